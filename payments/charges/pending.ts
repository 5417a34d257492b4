/** Finds out what became of payments that were sent and are not known to have moved. */

import type { ChargeOrder } from '../../src/contract/charge.ts'
import { logError } from '../../src/lib/log.ts'
import { askPatiently } from '../chain/patience.ts'
import { ChainUnavailable } from '../chain/unavailable.ts'
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
  /** The questions under way, by the challenge's id: many requests may wait for one answer. */
  const asking = new Map<string, Promise<void>>()

  async function resume(claim: Claim): Promise<void> {
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
  }

  async function askUntilKnown(id: string): Promise<void> {
    const ask = async () => {
      const claim = claims.get(id)
      if (claim?.state !== 'pending') return
      await resume(claim)
      if (claims.get(id)?.state === 'pending') throw new ChainUnavailable('it is still pending')
    }
    await askPatiently(ask).catch(() => undefined)
  }

  return {
    /**
     * Asks once what became of a payment, and sends the payment again while it can still move.
     * Never rejects: a payment that stays unknown is asked about again after the others.
     */
    resume,

    /** Does the same again and again for some seconds, until the outcome is known. */
    resumePatiently({ id }: Claim): Promise<void> {
      const asked = asking.get(id) ?? askUntilKnown(id).finally(() => void asking.delete(id))
      asking.set(id, asked)
      return asked
    },
  }
}
