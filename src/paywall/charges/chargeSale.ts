/** A call that is sold: the claim that pays for it, and what its money has become. */
import { type ChargeOrder, type Opened, OWED_MS } from '../../contract/charge.ts'
import type { Receipt } from '../../contract/wire.ts'
import type { Caller } from '../../credentials/caller.ts'
import type { PaymentStatus } from '../paymentStatus.ts'

/**
 * A claim that this request holds. Its payment is verified ("authorized") or has moved ("paid").
 */
export type HeldClaim = Extract<Opened, { state: 'authorized' | 'paid' }>

export interface Sale {
  order: ChargeOrder
  claim: HeldClaim
  /** The challenge whose payment pays: the presented one, or that of a debt. */
  id: string
  /** The amount that pays for the call, in the smallest unit: the order's, or that of a debt. */
  amount: string
  /** The presented payment, if it has moved though a debt pays: then it is owed itself. */
  moved: Moved | null
}

/** Money of a presented payment that is owed to its payer, because another payment pays. */
export interface Moved {
  amount: string
  receipt: Receipt
}

/** Returns the sale of an order for which this request holds a claim. */
export function saleOf(order: ChargeOrder, claim: HeldClaim): Sale {
  const debt = claim.state === 'paid' ? claim.debt : undefined
  const id = debt?.challengeId ?? order.credential.challenge.id
  const amount = debt?.amount ?? order.amount
  return { order, claim, id, amount, moved: movedOf(order, debt?.moved) }
}

/** Returns the caller of a call that is sold. */
export const payerOf = ({ id, order, claim, amount }: Sale): Caller => ({
  kind: 'payment',
  payer: claim.payer,
  challengeId: id,
  amount,
  currency: order.currency,
  moved: claim.state === 'paid',
})

/** Returns the presented payment as money that is owed, or null if it has not moved. */
export const movedOf = ({ amount }: ChargeOrder, receipt: Receipt | undefined): Moved | null =>
  receipt === undefined ? null : { amount, receipt }

/** Returns the status of an answer that was given for `amount`. */
export function soldStatus(amount: string, { reference }: Receipt, moved: Moved | null) {
  const owed = moved === null ? {} : { owed: moved.amount, until: owedUntil() }
  return { charged: true, amount, reference, ...owed } satisfies PaymentStatus
}

/** Returns the status of a payment that has moved and whose answer is owed. */
export function owedStatus(
  amount: string,
  { reference }: Receipt,
  moved: Moved | null = null,
): OwedStatus {
  const owed = String(BigInt(amount) + BigInt(moved?.amount ?? 0))
  return { charged: false, owed, reference, until: owedUntil() }
}

/** The status of money that is owed. */
export type OwedStatus = Required<Pick<PaymentStatus, 'charged' | 'owed' | 'reference' | 'until'>>

const owedUntil = () => Math.floor((Date.now() + OWED_MS) / 1000)
