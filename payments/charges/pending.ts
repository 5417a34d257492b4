/** Payments that were sent, and of which nobody knows yet whether they have moved. */

import type { ChargeOrder } from '../../src/contract/charge.ts'
import { logError } from '../../src/lib/log.ts'
import type { PaymentMethod } from '../methods/method.ts'
import type { Claim, Claims } from './claims.ts'
import type { ChargeJournal } from './journal.ts'

export type Pending = ReturnType<typeof createPending>

/** The pending payments of one object. */
export function createPending(
  methodOf: (order: ChargeOrder) => PaymentMethod,
  claims: Claims,
  journal: ChargeJournal,
) {
  return {
    /**
     * Finds out what became of a payment, and sends it again while it can still move. Rejects never: what
     * is not found out now is looked at again, after the others.
     */
    async resume(claim: Claim): Promise<void> {
      const { id, order } = claim
      claims.put(claim) // as the one that was changed last, it comes last
      try {
        const progress = await methodOf(order).resume(claim)
        if (progress === 'open' || claims.get(id)?.state !== 'pending') return
        if (progress === 'gone') return journal.released(claim)
        journal.settled(id, progress)
        const settled = claims.get(id)
        // Nobody has it: the answer is owed from here on.
        if (settled !== null && Date.now() >= settled.heldUntil) journal.undelivered(settled)
      } catch (error) {
        logError('still_pending', error)
      }
    },
  }
}
