/** Blocks as a proof that a transaction was never mined. */
import { TxEnvelopeTempo } from 'ox/tempo'
import { type Hex, keccak256, maxUint256 } from 'viem'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { wasNeverMined } from '../../../../payments/chain/absence.ts'
import { isUnanswered } from '../../../../payments/chain/unavailable.ts'

afterEach(() => vi.unstubAllGlobals())

/** The last second of the transaction's life: its first one is 30 s before. */
const END = 1_800_000_000
const HEAD = 2_000
/** The number of the block of that second, and of the first one of the life. */
const [LAST, FIRST] = [1_600, 1_570]

function transactionOf(nonceKey: bigint): Hex {
  const transaction = TxEnvelopeTempo.from({
    chainId: 1,
    calls: [{ to: `0x${'1'.repeat(40)}` }],
    nonceKey,
    validBefore: END,
  })
  return TxEnvelopeTempo.serialize(transaction)
}

const RAW = transactionOf(maxUint256)
const HASH = keccak256(RAW)

type TestedBlock = Record<string, unknown> | null

/** A node with a block for each second, which gives the block of a number as `change` makes it. */
function nodeWith(
  change: (block: Record<string, unknown>, number: number) => TestedBlock = (block) => block,
  genesis = 0,
): number[] {
  const read: number[] = []
  vi.stubGlobal('fetch', async (_: string, { body }: { body: string }) => {
    const { id, params } = JSON.parse(body) as { id: number; params: [Hex] }
    const number = Number(params[0])
    read.push(number)
    const block = {
      number: params[0],
      timestamp: `0x${(END - LAST + genesis + number).toString(16)}`,
      hash: `0xb${number}`,
      parentHash: `0xb${number - 1}`,
      transactions: [`0x${'ab'.repeat(32)}`],
    }
    return Response.json({ jsonrpc: '2.0', id, result: change(block, number) })
  })
  return read
}

async function proofOf(raw = RAW, head = HEAD): Promise<boolean | 'unknown'> {
  try {
    const block = { number: `0x${head.toString(16)}` as Hex, timestamp: END - LAST + head }
    return await wasNeverMined('https://node.test', raw, HASH, block)
  } catch (error) {
    if (isUnanswered(error)) return 'unknown'
    throw error
  }
}

describe('a transaction that no block of its life lists', () => {
  it('was never mined: each of these blocks was read, and the ones beside them', async () => {
    const read = nodeWith()
    expect(await proofOf()).toBe(true)
    const life = Array.from({ length: LAST - FIRST + 3 }, (_, i) => FIRST - 1 + i)
    expect(read).toEqual(expect.arrayContaining(life))
    expect(read.length, 'and few others').toBeLessThan(life.length + 30)
  })

  it('was never mined on a chain that is younger than the transaction', async () => {
    nodeWith(undefined, FIRST + 10)
    expect(await proofOf(RAW, LAST)).toBe(true)
  })

  it('may have been mined before, if its nonce does not bind it to its last seconds', async () => {
    nodeWith()
    expect(await proofOf(transactionOf(0n))).toBe(false)
  })
})

it.each([FIRST, FIRST + 13, LAST])('a transaction that block %d lists was mined', async (at) => {
  const listed = [HASH.toUpperCase().replace('X', 'x')]
  nodeWith((block, number) => (number === at ? { ...block, transactions: listed } : block))
  expect(await proofOf()).toBe(false)
})

describe('nothing is known if a node', () => {
  it.each<[what: string, change: (block: Record<string, unknown>) => TestedBlock]>([
    ['does not have a block', () => null],
    ['gives another block', (block) => ({ ...block, number: '0x1' })],
    ['gives a block of another chain', (block) => ({ ...block, hash: '0xc', parentHash: '0xd' })],
    ['gives a block without a list', (block) => ({ ...block, transactions: undefined })],
    ['gives a list of another form', (block) => ({ ...block, transactions: [{ hash: HASH }] })],
  ])('%s', async (_, change) => {
    nodeWith((block, number) => (number === FIRST + 5 ? change(block) : block))
    expect(await proofOf()).toBe('unknown')
  })

  it('gives other times for blocks than it gave at first', async () => {
    nodeWith((block, number) => (number > LAST ? { ...block, timestamp: '0x1' } : block))
    expect(await proofOf()).toBe('unknown')
  })
})
