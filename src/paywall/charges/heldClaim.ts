/** Keeps the claim of a payment while the origin works on the answer. */
import { RENEW_MS } from '../../contract/charge.ts'
import { log } from '../../lib/log.ts'
import type { Call } from '../../pipeline/call.ts'
import { charges } from '../../store/payments/charges.ts'

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
