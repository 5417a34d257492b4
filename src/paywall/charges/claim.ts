/** The claim of a payment on the gateway's side: opened, kept, and released without an answer. */
import { type ChargeOrder, type Opened, RENEW_MS } from '../../contract/charge.ts'
import { log } from '../../lib/log.ts'
import type { Call } from '../../pipeline/call.ts'
import { charges } from '../../store/payments/charges.ts'
import { setPaymentStatus } from '../paymentStatus.ts'
import { told } from '../told.ts'
import { type HeldClaim, type OwedStatus, owedStatus, type Sale } from './chargeSale.ts'

/** Shows an order to the claim's object, which checks its payment. */
export async function openClaim(call: Call, order: ChargeOrder): Promise<Opened> {
  // As long as the object does not answer, nobody knows.
  setPaymentStatus(call, { pending: true, amount: order.amount })
  const { id } = order.credential.challenge
  const opened = await charges.open(call.env, order, () =>
    call.waitUntil(endClaim(call, id, false)),
  )
  setPaymentStatus(call, { charged: false })
  return opened
}

/** Whether this request holds the claim, so that the call is sold. */
export const isHeld = (opened: Opened): opened is HeldClaim =>
  opened.state === 'authorized' || opened.state === 'paid'

/**
 * Tells the claim's object again and again that this request still holds the claim, for `maxMs` at
 * most: if the isolate dies, the claim is soon free for the payer's next try. Returns the function
 * that ends it.
 */
export function keepClaim(call: Call, challengeId: string, maxMs: number): () => void {
  const until = Date.now() + maxMs
  const renew = () =>
    charges
      .hold(call.env, challengeId, call.id)
      .catch(() => log('warn', 'hold_not_renewed', { requestId: call.id }))
  const timer = setInterval(() => {
    if (Date.now() < until) call.waitUntil(renew())
    else clearInterval(timer)
  }, RENEW_MS)
  return () => clearInterval(timer)
}

/**
 * Ends the hold of a call whose answer was delivered, or that gives none, so that the payer's next
 * call finds what has become of the payment. Resolves to whether the claim's object has heard of
 * it. Never rejects.
 */
export function endClaim(call: Call, challengeId: string, isDelivered: boolean): Promise<boolean> {
  const end = isDelivered ? charges.deliver : charges.fail
  return told(call, () => end(call.env, challengeId, call.id))
}

/**
 * Releases a claim whose answer cannot be given. If the payment has moved, the answer is owed to
 * the payer, and the status of the money is returned; else null. Never rejects: the object ends the
 * claim by itself if it does not hear of this.
 */
export async function releaseClaim(
  call: Call,
  { id, claim, amount, moved }: Sale,
): Promise<OwedStatus | null> {
  const owed = claim.state === 'paid' ? owedStatus(amount, claim.receipt, moved) : null
  if (owed !== null) setPaymentStatus(call, owed)
  await endClaim(call, id, false)
  return owed
}
