/** Withholds the answer of a sale until its payment has moved. */
import type { Share } from '../../http/bodies/hold.ts'
import { giveUp, type HeldBody, withheld } from '../../http/bodies/withheld.ts'
import { Problem } from '../../http/problem.ts'
import type { Answer } from '../../pipeline/answer.ts'
import type { Call } from '../../pipeline/call.ts'
import { paymentUnavailable } from '../paywall.ts'
import type { Sale } from './chargeSale.ts'

/**
 * Reads the body of an answer, in memory that `share` gives. Resolves to the problem of an answer
 * that cannot be given: it breaks off, takes longer than `withinMs` milliseconds, is too large to
 * wait for a payment that has not moved, or has lost its payer. Its body is given up.
 */
export async function withheldFor(
  call: Call,
  { claim, order }: Sale,
  answer: Answer,
  withinMs: number,
  share: Share,
): Promise<HeldBody | Problem> {
  const held = await withheld(answer.body, withinMs, share)
  // A payer that leaves pays for nothing, unless the payer can get this very answer by its key.
  const hasLeft = call.request.signal.aborted && order.idempotencyKey === undefined
  if (held === null || hasLeft) {
    giveUp(held)
    const cause = new Error('the answer broke off or was late, or the payer disconnected')
    return new Problem('origin_unavailable', { cause })
  }
  if ('rest' in held && claim.state === 'authorized') {
    giveUp(held)
    return held.lacksRoom ? paymentUnavailable() : new Problem('answer_too_large')
  }
  return held
}
