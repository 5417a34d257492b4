/** Finds out what became of a transaction. */
import type { Hex } from 'viem'
import type { TransactionReceipt } from './results.ts'
import { askChain } from './rpc.ts'
import { validBeforeOf } from './transaction.ts'
import { ChainUnavailable } from './unavailable.ts'

/** By how many seconds one node may be behind another node that has the same address. */
export const NODES_LAG_S = 10

/**
 * expired: the transaction is in no block, and never can be. pending: it is not known yet. over: it
 * is not known, but the transaction can be mined in no block after `head`.
 */
export type TransactionStatus =
  | { state: 'mined'; receipt: TransactionReceipt }
  | { state: 'over'; head: Block }
  | { state: 'expired' | 'pending' }

/**
 * The status of a transaction that was sent, or was about to be; one that can still be mined is
 * sent again. A node that has no receipt may have lost it, so that an absent transaction counts as
 * expired only from `absentAt` on (epoch milliseconds), or if blocks show it (`wasNeverMined`).
 * Throws ChainUnavailable.
 */
export async function transactionStatusOf(
  rpcUrl: string,
  raw: Hex,
  hash: Hex,
  absentAt = 0,
): Promise<TransactionStatus> {
  // The head is read before the receipt: a transaction that has no receipt on a chain that is past
  // the transaction's last second never gets one.
  const head = await headOf(rpcUrl)
  const receipt = await receiptOf(rpcUrl, hash)
  if (receipt !== null) return { state: 'mined', receipt }
  const lastSecond = validBeforeOf(raw) ?? Number.POSITIVE_INFINITY
  if (head.timestamp > lastSecond + NODES_LAG_S)
    return Date.now() < absentAt ? { state: 'over', head } : { state: 'expired' }
  await askChain(rpcUrl, 'eth_sendRawTransaction', [raw])
  return { state: 'pending' }
}

/** The receipt of a transaction, or null if the node has not seen it. Throws ChainUnavailable. */
export async function receiptOf(rpcUrl: string, hash: Hex): Promise<TransactionReceipt | null> {
  return (await askChain(rpcUrl, 'eth_getTransactionReceipt', [hash])) as TransactionReceipt | null
}

/** A block of the chain: its number as the chain writes it, and its time in seconds. */
export interface Block {
  number: Hex
  timestamp: number
}

/** The chain's last block. Throws ChainUnavailable. */
export const headOf = (rpcUrl: string): Promise<Block> => blockOf(rpcUrl, 'latest')

/** The block of a number. Throws ChainUnavailable, also if the node does not have it yet. */
export async function blockOf(rpcUrl: string, at: Hex | 'latest'): Promise<Block> {
  const { number, timestamp } = (await askChain(rpcUrl, 'eth_getBlockByNumber', [at, false])) as {
    number: Hex
    timestamp: Hex
  }
  if (at !== 'latest' && BigInt(at) !== BigInt(number))
    throw new ChainUnavailable('another block than the one that was asked for')
  return { number, timestamp: Number(timestamp) }
}
