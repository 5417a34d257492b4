/** What has become of a transaction that was sent, or was about to be. */
import type { Hex } from 'viem'
import { askChain } from './rpc.ts'
import { validBeforeOf } from './transaction.ts'

/** By how much one node may be behind another that has the same address, in seconds. */
export const NODES_LAG_S = 10

/** A transaction's receipt, as far as it is read here. */
export interface TransactionReceipt {
  status?: string
  blockNumber: Hex
  logs: unknown[]
}

/** gone: it never will be in a block · open: nobody knows yet. */
export type TransactionStatus =
  | { state: 'mined'; receipt: TransactionReceipt }
  | { state: 'gone' | 'open' }

/** Finds it out, and sends it again while it can still be mined. Throws when the chain does not answer. */
export async function transactionStatusOf(
  rpcUrl: string,
  raw: Hex,
  hash: Hex,
): Promise<TransactionStatus> {
  // The head before the receipt: what is not in a chain that is past its last second never will be.
  const { timestamp } = await headOf(rpcUrl)
  const receipt = await askChain(rpcUrl, 'eth_getTransactionReceipt', [hash])
  if (receipt !== null) return { state: 'mined', receipt: receipt as TransactionReceipt }
  const lastSecond = validBeforeOf(raw) ?? Number.POSITIVE_INFINITY
  if (timestamp > lastSecond + NODES_LAG_S) return { state: 'gone' }
  await askChain(rpcUrl, 'eth_sendRawTransaction', [raw])
  return { state: 'open' }
}

/** The chain's last block: its number as the chain writes it, and its time in seconds. */
export async function headOf(rpcUrl: string): Promise<{ number: Hex; timestamp: number }> {
  const head = await askChain(rpcUrl, 'eth_getBlockByNumber', ['latest', false])
  const { number, timestamp } = (head ?? {}) as { number?: Hex; timestamp?: Hex }
  return { number: number ?? '0x0', timestamp: Number(timestamp) }
}
