/**
 * A node of a chain that is made of logs alone: it answers what `npm run ledger -- --reconcile`
 * asks.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { encodeEventTopics, type Hex, numberToHex } from 'viem'
import { Abis } from 'viem/tempo'

/** A log as `eth_getLogs` has it. */
export interface NodeLog {
  address: string
  topics: readonly (Hex | Hex[] | null)[]
  data: Hex
  blockNumber: Hex
  transactionHash: Hex
  blockHash: Hex
  transactionIndex: Hex
  logIndex: Hex
}

/**
 * A log of one block. The block's number, in 32 bytes, is the transaction's hash and the block's.
 */
export function logIn(
  block: number,
  { address, topics, data }: Pick<NodeLog, 'address' | 'topics' | 'data'>,
): NodeLog {
  return {
    address,
    topics,
    data,
    blockNumber: numberToHex(block),
    transactionHash: numberToHex(block, { size: 32 }),
    blockHash: numberToHex(block, { size: 32 }),
    transactionIndex: '0x0',
    logIndex: '0x0',
  }
}

/** A transfer of a token in one block. */
export function transferIn(
  block: number,
  token: Hex,
  { from, to, amount }: { from: Hex; to: Hex; amount: bigint },
): NodeLog {
  const topics = encodeEventTopics({ abi: Abis.tip20, eventName: 'Transfer', args: { from, to } })
  return logIn(block, { address: token, topics, data: numberToHex(amount, { size: 32 }) })
}

/**
 * Starts the node: a block each second up to `head`, and at most `mostBlocks` of them in one
 * request for logs.
 */
export async function startLogNode(its: { head: number; mostBlocks: number; logs: NodeLog[] }) {
  const answer = (method: string, [asked]: unknown[] = []) => {
    if (method === 'eth_blockNumber') return { result: numberToHex(its.head) }
    if (method === 'eth_getBlockByNumber') return { result: { number: asked, timestamp: asked } }
    const filter = asked as LogFilter
    const blocks = Number(filter.toBlock) - Number(filter.fromBlock) + 1
    if (blocks > its.mostBlocks) return { error: { code: -32602, message: 'too many blocks' } }
    return { result: its.logs.filter((log) => isAskedFor(log, filter)) }
  }
  const server = createServer(async (request, response) => {
    const { id, method, params } = JSON.parse(await text(request))
    response.end(JSON.stringify({ jsonrpc: '2.0', id, ...answer(method, params) }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, end: () => server.close() }
}

interface LogFilter {
  fromBlock: string
  toBlock: string
  address: string | string[]
  topics: (string | string[] | null)[]
}

function isAskedFor(log: NodeLog, { fromBlock, toBlock, address, topics }: LogFilter): boolean {
  const block = Number(log.blockNumber)
  if (block < Number(fromBlock) || block > Number(toBlock)) return false
  const isSame = (asked: string | string[], found: unknown) =>
    [asked].flat().some((one) => one.toLowerCase() === String(found).toLowerCase())
  if (!isSame(address, log.address)) return false
  return topics.every((topic, i) => topic === null || isSame(topic, log.topics[i]))
}
