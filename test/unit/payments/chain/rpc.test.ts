/** The three answers of a question to the chain: yes, no, and unknown. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { askChain } from '../../../../payments/chain/rpc.ts'
import { isReverted, isUnanswered } from '../../../../payments/chain/unavailable.ts'

afterEach(() => vi.unstubAllGlobals())

const HASH = `0x${'ab'.repeat(32)}`
const RECEIPT = {
  transactionHash: HASH,
  status: '0x1',
  blockNumber: '0x10',
  logs: [{ address: '0x20c0', topics: [HASH], data: '0x' }],
}

/** A node that answers each question with what `answer` makes of the question's id. */
function nodeThat(answer: (id: number) => Response | Promise<Response>): void {
  vi.stubGlobal('fetch', async (_: string, { body }: { body: string }) =>
    answer(JSON.parse(body).id),
  )
}

const says = (answer: object) => (id: number) => Response.json({ jsonrpc: '2.0', id, ...answer })
const failure = (code: unknown, message: unknown = 'no') => says({ error: { code, message } })
const asText =
  (text: string, status = 200) =>
  () =>
    new Response(text, { status })

/** The knowledge after a question: its result, "no", or "unknown". */
async function knownOf(method: string, params: unknown[]): Promise<unknown> {
  try {
    return { is: await askChain('https://node.test', method, params) }
  } catch (error) {
    return isReverted(error) ? 'no' : isUnanswered(error) ? 'unknown' : error
  }
}

describe('a question is not answered by', () => {
  const result = (id: number) => JSON.stringify({ jsonrpc: '2.0', id, result: '0x' })
  it.each<[what: string, answer: (id: number) => Response | Promise<Response>]>([
    ...[-32_700, -32_603, -32_602, -32_005, -32_000, 0, 4, 429, '3', null].map(
      (code) => [`the error ${code}`, failure(code)] as [string, (id: number) => Response],
    ),
    ['an error that is no object', says({ error: 'no' })],
    ['no result', says({})],
    ['a result of another form', says({ result: { data: '0x' } })],
    ['a result with half a byte', says({ result: '0x1' })],
    ['null', says({ result: null })],
    ['a page', asText('<html>hello</html>')],
    ['nothing in its body', asText('')],
    ['JSON that is no object', asText('null')],
    ['a list of answers', (id) => Response.json([{ id, result: '0x' }])],
    ['two answers', (id) => new Response(result(id).repeat(2))],
    ['half an answer', (id) => new Response(result(id).slice(0, -3))],
    ['the answer to another question', (id) => says({ result: '0x' })(id + 1)],
    ['an answer without an id', () => Response.json({ jsonrpc: '2.0', result: '0x' })],
    ...[301, 400, 404, 429, 500, 502, 503].map(
      (status) =>
        [`HTTP ${status}`, (id: number) => new Response(result(id), { status })] as [
          string,
          (id: number) => Response,
        ],
    ),
    ['a connection that breaks', () => Promise.reject(new TypeError('broken'))],
  ])('%s', async (_, answer) => {
    nodeThat(answer)
    expect(await knownOf('eth_call', [{}])).toBe('unknown')
  })
})

describe('a simulated call', () => {
  it.each([
    ['code 3', failure(3)],
    ['a message that says so', failure(-32_000, 'execution reverted: custom error')],
    [
      'the message of another node',
      failure(-32_603, 'VM Exception while processing transaction: reverted'),
    ],
  ])('reverts by %s', async (_, answer) => {
    nodeThat(answer)
    expect(await knownOf('eth_call', [{}])).toBe('no')
  })

  it('is the only question with a "no"', async () => {
    nodeThat(failure(3, 'execution reverted'))
    for (const method of ['eth_getTransactionReceipt', 'eth_sendRawTransaction', 'eth_getLogs'])
      expect(await knownOf(method, [HASH])).toBe('unknown')
  })

  it('has a result, beside an error that is null too', async () => {
    nodeThat(says({ result: '0x01', error: null }))
    expect(await knownOf('eth_call', [{}])).toEqual({ is: '0x01' })
  })
})

describe('a receipt', () => {
  const ask = () => knownOf('eth_getTransactionReceipt', [HASH.toUpperCase().replace('X', 'x')])

  it.each([
    ['of a success', RECEIPT],
    ['of a failure', { ...RECEIPT, status: '0x0', logs: [] }],
    ['that is not there', null],
  ])('%s is an answer', async (_, result) => {
    nodeThat(says({ result }))
    expect(await ask()).toEqual({ is: result })
  })

  it.each([
    ['of another transaction', { ...RECEIPT, transactionHash: `0x${'cd'.repeat(32)}` }],
    ['without a status', { ...RECEIPT, status: undefined }],
    ['of no block', { ...RECEIPT, blockNumber: null }],
    ['without logs', { ...RECEIPT, logs: null }],
    ['whose logs cannot be read', { ...RECEIPT, logs: [{ address: '0x20c0', data: '0x' }] }],
  ])('%s is none', async (_, result) => {
    nodeThat(says({ result }))
    expect(await ask()).toBe('unknown')
  })
})
