/**
 * Finds what a payer already has: before a verified payment buys anything, the payer's earlier
 * payments are asked for an answer that is owed or kept.
 * See docs/decisions/0030.
 */
import type { ChargeOrder, Opened } from '../../src/contract/charge.ts'
import { sha256Hex } from '../../src/lib/bytes.ts'
import { logError } from '../../src/lib/log.ts'
import { refusePayment } from '../refusal.ts'
import type { Claim } from './claims.ts'
import { type ChargeNamespace, claimsOf, purchasesOf, type Redeemed } from './peers.ts'

/** An earlier payment that gives something to this request instead of a purchase of its own. */
export interface Instead {
  /** The challenge of the earlier payment. */
  earlier: string
  opened: Exclude<Opened, { state: 'authorized' | 'unavailable' }>
}

export type Debts = ReturnType<typeof createDebts>

export function createDebts(charges: ChargeNamespace) {
  const redeem = (challengeId: string, order: ChargeOrder, payer: string): Promise<Redeemed> => {
    const { purchase, requestId, idempotencyKey } = order
    const key = idempotencyKey === undefined ? {} : { idempotencyKey }
    const by = { payer, purchase, requestId, ...key }
    return claimsOf(charges, challengeId).redeem(challengeId, by) as Promise<Redeemed>
  }

  return {
    /**
     * Enters the verified payment of an order, and resolves to what an earlier payment of this
     * payer gives instead. Null: there is nothing, so the payment buys. Rejects if an object does
     * not answer.
     */
    async find(order: ChargeOrder, payer: string): Promise<Instead | null> {
      const { id } = order.credential.challenge
      const index = purchasesOf(charges, payer)
      const bought = await sha256Hex(`${payer} ${order.purchase}`)
      const key = await keyHash(payer, order.idempotencyKey)
      const { withKey, forSame } = await index.enterPurchase({ challengeId: id, bought, key })
      const gone: string[] = []
      let instead: Instead | null = null
      for (const earlier of new Set([...withKey, ...forSame])) {
        const redeemed = await redeem(earlier, order, payer)
        // A call without a key may come twice at once, and then is two calls.
        if (redeemed.state === 'busy' && !withKey.includes(earlier)) continue
        if (redeemed.state === 'gone') gone.push(earlier)
        if (redeemed.state === 'other' && forSame.includes(earlier))
          await index.closePurchase(earlier, null)
        if (redeemed.state === 'gone' || redeemed.state === 'other') continue
        if (redeemed.state === 'paid') await index.replacePurchase(id, earlier)
        instead = { earlier, opened: openedBy(redeemed, payer) }
        break
      }
      if (gone.length > 0) await index.dropPurchases(gone)
      return instead
    },

    /** Asks again for the debt that a payment was spared for: its answer may have been lost. */
    async again(challengeId: string, order: ChargeOrder, payer: string): Promise<Opened> {
      return openedBy(await redeem(challengeId, order, payer), payer)
    },

    /**
     * Forgets a payment that was delivered, or keeps it for the `Idempotency-Key` by which its
     * answer may be asked for again. Never rejects.
     */
    async delivered({ id, payer, order }: Claim): Promise<void> {
      try {
        const index = purchasesOf(charges, payer)
        const key = await keyHash(payer, order.idempotencyKey)
        await (key === null ? index.dropPurchases([id]) : index.closePurchase(id, key))
      } catch (error) {
        // The next payment for the same finds out.
        logError('purchase_kept', error)
      }
    },
  }
}

async function keyHash(payer: string, idempotencyKey: string | undefined): Promise<string | null> {
  return idempotencyKey === undefined ? null : sha256Hex(`${payer} ${idempotencyKey}`)
}

/** Turns the outcome of an earlier payment into the answer to this request. */
function openedBy(redeemed: Redeemed, payer: string): Instead['opened'] {
  switch (redeemed.state) {
    case 'paid':
    case 'replayed':
      return { ...redeemed, payer }
    case 'gone':
    case 'other':
      return refusePayment('invalid-challenge', 'The payment has been used.')
    case 'busy':
    case 'pending':
      return { state: 'pending' }
    case 'conflict':
      return { state: 'conflict' }
  }
}
