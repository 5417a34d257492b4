/** Checks a signed Tempo transaction before it is stored: who signed it, and how long it lives. */
import { type Client, type Hex, maxUint256 } from 'viem'
import { Transaction } from 'viem/tempo'
import { isSignedBySender } from './signature.ts'

/** The longest life of a signed transaction, in seconds: until its end it may still be mined. */
export const MAX_LIFE_S = 120

/** How long before its end the chain takes a transaction with an expiring nonce (TIP-1009). */
const EXPIRING_LIFE_S = 30

/** The seconds in which a transaction can be mined. */
export interface Lifetime {
  firstSecond: number
  lastSecond: number
}

/**
 * The seconds in which a transaction with an expiring nonce can be mined, as clients sign them.
 * Null for another transaction, which could be mined as soon as it was signed.
 */
export function lifetimeOf(raw: Hex): Lifetime | null {
  const { nonceKey } = Transaction.deserialize(raw as never) as { nonceKey?: unknown }
  const lastSecond = validBeforeOf(raw)
  if (lastSecond === null || nonceKey !== maxUint256) return null
  return { firstSecond: lastSecond - EXPIRING_LIFE_S, lastSecond }
}

/** The last second in which a signed transaction can be mined, or null if it never expires. */
export function validBeforeOf(raw: Hex): number | null {
  const transaction = Transaction.deserialize(raw as never) as { validBefore?: number | bigint }
  return transaction.validBefore === undefined ? null : Number(transaction.validBefore)
}

/**
 * Throws for a transaction that its sender has not signed, or that lives so long that it could be
 * mined when nobody waits for it any more.
 */
export async function checkTransaction(raw: Hex, client: Client): Promise<void> {
  const lastSecond = validBeforeOf(raw)
  if (lastSecond === null || lastSecond > Date.now() / 1000 + MAX_LIFE_S) {
    throw new Error('the transaction has no end, or one that is too far')
  }
  if (!(await isSignedBySender(raw, client))) throw new Error('the sender has not signed')
}
