/** Finds out what became of a transaction that was sent, or was about to be. */
import type { Hex } from 'viem'
import { askChain } from './rpc.ts'
import { validBeforeOf } from './transaction.ts'

/** By how many seconds one node may be behind another node that has the same address. */
export const NODES_LAG_S = 10

/** The fields of a transaction's receipt that are read here. */
export interface TransactionReceipt {
  status?: string
  blockNumber: Hex
  logs: unknown[]
}

/** expired: the transaction is in no block, and never can be. pending: it is not known yet. */
export type TransactionStatus =
  | { state: 'mined'; receipt: TransactionReceipt }
  | { state: 'expired' | 'pending' }

/**
 * The status of a transaction; one that can still be mined is sent again. Throws ChainUnavailable
 * or ChainRefused.
 */
export async function transactionStatusOf(
  rpcUrl: string,
  raw: Hex,
  hash: Hex,
): Promise<TransactionStatus> {
  // The head is read before the receipt: a transaction that has no receipt on a chain that is past
  // the transaction's last second never gets one.
  const { timestamp } = await headOf(rpcUrl)
  const receipt = await askChain(rpcUrl, 'eth_getTransactionReceipt', [hash])
  if (receipt !== null) return { state: 'mined', receipt: receipt as TransactionReceipt }
  const lastSecond = validBeforeOf(raw) ?? Number.POSITIVE_INFINITY
  if (timestamp > lastSecond + NODES_LAG_S) return { state: 'expired' }
  await askChain(rpcUrl, 'eth_sendRawTransaction', [raw])
  return { state: 'pending' }
}

/** The chain's last block: its number as the chain writes it, and its time in seconds. */
export async function headOf(rpcUrl: string): Promise<{ number: Hex; timestamp: number }> {
  const head = await askChain(rpcUrl, 'eth_getBlockByNumber', ['latest', false])
  const { number, timestamp } = (head ?? {}) as { number?: Hex; timestamp?: Hex }
  return { number: number ?? '0x0', timestamp: Number(timestamp) }
}
