/** Checks a signed Tempo transaction before it is stored: who signed it, and how long it lives. */
import type { Client, Hex } from 'viem'
import { Transaction } from 'viem/tempo'
import { isSignedBySender } from './signature.ts'

/** The longest life of a signed transaction, in seconds: until its end it may still be mined. */
export const MAX_LIFE_S = 120

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
