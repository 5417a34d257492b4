import type { Client, Hex } from 'viem'
import { Transaction } from 'viem/tempo'
import { isSignedBySender } from './signature.ts'

/** The last second in which a signed transaction can be mined, or null if it never ends. */
export function validBeforeOf(raw: Hex): number | null {
  const transaction = Transaction.deserialize(raw as never) as { validBefore?: number | bigint }
  return transaction.validBefore === undefined ? null : Number(transaction.validBefore)
}

/** Throws for a transaction that its sender has not signed, or that could be mined when all have given up on it. */
export async function checkTransaction(raw: Hex, client: Client): Promise<void> {
  const lastSecond = validBeforeOf(raw)
  if (lastSecond === null || lastSecond > Date.now() / 1000 + MAX_LIFE_S) {
    throw new Error('the transaction has no end, or one that is too far')
  }
  if (!(await isSignedBySender(raw, client))) throw new Error('the sender has not signed')
}

/** The longest that a signed transaction may live, in seconds: until then its fate can be open. */
export const MAX_LIFE_S = 120
