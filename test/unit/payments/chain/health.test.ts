/** The payments Worker says which chain fails, without the URL of its node. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { chainFaults } from '../../../../payments/chain/health.ts'

const RPC_URL = 'https://node.example/v2/key-of-a-provider'
const EVM_RPC_URL = 'https://evm.example'

/** Nodes that answer with these results, by the host of their URL. */
function nodes(results: Record<string, unknown>): void {
  vi.stubGlobal('fetch', async (url: string, { body }: { body: string }) => {
    const result = results[new URL(url).hostname]
    if (result instanceof Error) throw result
    return Response.json({ jsonrpc: '2.0', id: (JSON.parse(body) as { id: number }).id, result })
  })
}

afterEach(() => vi.unstubAllGlobals())

describe('each chain by itself', () => {
  it.each<[what: string, results: Record<string, unknown>, faults: Record<string, string | null>]>([
    ['answers', { 'node.example': '0x1079', 'evm.example': '0x2105' }, { tempo: null, evm: null }],
    [
      'is another one',
      { 'node.example': '0x1', 'evm.example': '0x2105' },
      { tempo: 'RPC_URL leads to another chain', evm: null },
    ],
    [
      'does not answer',
      { 'node.example': '0x1079', 'evm.example': new TypeError(`cannot reach ${EVM_RPC_URL}`) },
      { tempo: null, evm: 'the node of EVM_RPC_URL does not answer' },
    ],
    [
      'is reached by a URL that is wrong',
      { 'node.example': new TypeError(`Invalid URL: ${RPC_URL}`), 'evm.example': '0x2105' },
      { tempo: 'the node of RPC_URL does not answer', evm: null },
    ],
  ])('%s', async (_, results, faults) => {
    nodes(results)
    const chains = { tempo: 4217, evm: 8453 }
    expect(await chainFaults({ RPC_URL, EVM_RPC_URL }, chains)).toEqual(faults)
  })

  it('has no node', async () => {
    const faults = await chainFaults({ RPC_URL }, { evm: 8453 })
    expect(faults).toEqual({ evm: 'EVM_RPC_URL is not set' })
  })
})
