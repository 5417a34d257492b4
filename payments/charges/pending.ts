/** Finds out what became of payments that were sent and are not known to have moved. */

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
     * Asks what became of a payment, and sends the payment again while it can still move. Never
     * rejects: a payment that stays unknown is asked about again after the others.
     */
    async resume(claim: Claim): Promise<void> {
      const { id, order } = claim
      claims.put(claim) // the latest change, so that the others come first the next time
      try {
        const progress = await methodOf(order).resume(claim)
        if (progress === 'pending' || claims.get(id)?.state !== 'pending') return
        if (progress === 'failed') return journal.released(claim)
        journal.settled(id, progress)
        const settled = claims.get(id)
        // No request holds the claim: its answer is owed from now on.
        if (settled !== null && Date.now() >= settled.heldUntil) journal.undelivered(settled)
      } catch (error) {
        logError('still_pending', error)
      }
    },
  }
}
