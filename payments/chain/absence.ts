/**
 * Proves that a transaction was never mined. A node that shows no receipt may be behind, or may
 * have lost it; blocks that follow each other from before the transaction's first second to after
 * its last one, and that do not list it, leave no place for it.
 * See docs/decisions/0028.
 */
import type { Hex } from 'viem'
import { deadline } from '../../src/lib/deadline.ts'
import { askChain } from './rpc.ts'
import { type Lifetime, lifetimeOf } from './transaction.ts'
import { type Block, blockOf } from './transactionStatus.ts'
import { ChainUnavailable } from './unavailable.ts'

/** How many blocks are read at once, and at most. */
const AT_ONCE = 6
const MAX_BLOCKS = 300
/** How long the reading may take, in milliseconds: the alarm waits for it. */
const READ_TIMEOUT_MS = 20_000
/** How many blocks before a later one the search for the first block begins. */
const FIRST_STEP = 64

/** A block with the hashes that link it to the one before, and that it lists. */
interface ListedBlock {
  hash: string
  parentHash: string
  timestamp: number
  transactions: string[]
}

/**
 * Whether the blocks up to `head`, which is past the transaction's life, show that the transaction
 * is in none of them. False: they do not show it. Throws ChainUnavailable.
 */
export async function wasNeverMined(
  rpcUrl: string,
  raw: Hex,
  hash: Hex,
  head: Block,
): Promise<boolean> {
  const lifetime = lifetimeOf(raw)
  if (lifetime === null) return false
  const read = () => isInNoBlock(rpcUrl, hash, lifetime, Number(head.number))
  return deadline(READ_TIMEOUT_MS, read, () => new ChainUnavailable('the blocks take too long'))
}

async function isInNoBlock(
  rpcUrl: string,
  hash: Hex,
  { firstSecond, lastSecond }: Lifetime,
  head: number,
): Promise<boolean> {
  const from = await lastBefore(rpcUrl, firstSecond, head)
  const until = (await lastBefore(rpcUrl, lastSecond + 1, head)) + 1
  if (until - from >= MAX_BLOCKS) return false
  const blocks: ListedBlock[] = []
  for (let next = from; next <= until; next += AT_ONCE) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, until + 1 - next) }, (_, i) => next + i)
    blocks.push(...(await Promise.all(numbers.map((number) => listedBlock(rpcUrl, number)))))
  }
  const [first, last] = [blocks.at(0), blocks.at(-1)]
  // Nothing can be mined before the first block of the chain.
  const beginsBefore = from === 0 || (first !== undefined && first.timestamp < firstSecond)
  const endsAfter = last !== undefined && last.timestamp > lastSecond
  const isLinked = blocks.every((block, i) => i === 0 || block.parentHash === blocks[i - 1]?.hash)
  if (!beginsBefore || !endsAfter || !isLinked)
    throw new ChainUnavailable('blocks that do not follow each other')
  return blocks.every(({ transactions }) => !transactions.includes(hash.toLowerCase()))
}

/** The number of the last block before a second, as far as there is one, else 0. */
async function lastBefore(rpcUrl: string, second: number, head: number): Promise<number> {
  const isBefore = async (number: number) =>
    (await blockOf(rpcUrl, hexOf(number))).timestamp < second
  let late = head
  let early = head
  for (let step = FIRST_STEP; early > 0; step *= 2) {
    early = Math.max(0, late - step)
    if (await isBefore(early)) break
    late = early
  }
  while (late - early > 1) {
    const middle = Math.floor((early + late) / 2)
    if (await isBefore(middle)) early = middle
    else late = middle
  }
  return early
}

/** A block with the hashes of its transactions. Throws ChainUnavailable. */
async function listedBlock(rpcUrl: string, number: number): Promise<ListedBlock> {
  const asked = [hexOf(number), false]
  const block = (await askChain(rpcUrl, 'eth_getBlockByNumber', asked)) as Record<string, unknown>
  const { hash, parentHash, timestamp, transactions } = block
  if (
    Number(block.number) !== number ||
    typeof hash !== 'string' ||
    typeof parentHash !== 'string' ||
    !Array.isArray(transactions) ||
    !transactions.every((one) => typeof one === 'string')
  )
    throw new ChainUnavailable('another block than the one that was asked for')
  const listed = transactions.map((one) => one.toLowerCase())
  return { hash, parentHash, timestamp: Number(timestamp), transactions: listed }
}

const hexOf = (number: number): Hex => `0x${number.toString(16)}`
