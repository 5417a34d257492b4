/** How long the ends of payments are remembered. */
import { OWED_MS } from '../../src/contract/charge.ts'
import { PUSH_GOOD_MS } from './admission.ts'
import type { Claims } from './claims.ts'
import type { ChargeJournal } from './journal.ts'
import { FOUND_MS, type Purchases } from './purchases.ts'

/** How long the tries of a challenge and a kept answer are remembered, in milliseconds. */
export const REMEMBERED_MS = 86_400_000

/** Forgets what ended long ago. `now` is in epoch milliseconds. */
export function forgetEnded(
  claims: Claims,
  journal: ChargeJournal,
  purchases: Purchases,
  now: number,
): void {
  // A push can be presented for a day after its challenge: its use is remembered for a day more.
  claims.purgeUsed(now - PUSH_GOOD_MS - REMEMBERED_MS)
  claims.purgeTries(now - REMEMBERED_MS)
  for (const claim of claims.changedBefore('undelivered', now - OWED_MS)) journal.expired(claim)
  claims.purgeTransactions(now - OWED_MS)
  claims.purgeAnswers(now - REMEMBERED_MS)
  purchases.purge(now - FOUND_MS)
}

/** When there is something to forget again, in milliseconds from now; null: nothing is stored. */
export function forgetsWithin(claims: Claims, purchases: Purchases): number | null {
  if (
    claims.oldest(['delivered', 'spared', 'refunded', 'undelivered']) !== null ||
    claims.hasTries()
  )
    return REMEMBERED_MS / 24
  return purchases.isEmpty() ? null : REMEMBERED_MS
}
