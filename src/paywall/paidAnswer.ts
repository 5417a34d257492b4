/** Answers that say what has become of a payment. */
import type { KeptAnswer } from '../contract/charge.ts'
import type { Receipt } from '../contract/wire.ts'
import { serializeReceipt } from '../credentials/payments/credential.ts'
import type { Share } from '../http/bodies/hold.ts'
import { Problem } from '../http/problem.ts'
import { type Answer, headerOf, toResponse, withHeaders } from '../pipeline/answer.ts'
import { wholeBody } from '../pipeline/bodies.ts'
import type { Call } from '../pipeline/call.ts'
import type { OwedStatus } from './charges/chargeSale.ts'
import { paymentUnavailable } from './paywall.ts'

/**
 * Returns an answer with its receipt and with `body` as its body. Shared caches may not keep the
 * answer.
 */
export function withReceipt(answer: Answer, body: BodyInit | null, receipt: Receipt): Answer {
  const headers: Record<string, string> = { 'payment-receipt': serializeReceipt(receipt) }
  const control = headerOf(answer, 'cache-control') ?? ''
  if (!/\bprivate\b/.test(control)) headers['cache-control'] = `private, ${control || 'no-store'}`
  // An answer like 204 has no body, not even an empty body.
  return withHeaders(answer, headers, answer.body === null ? null : body)
}

/**
 * Returns a problem that also says what has become of the payment. `owed` is the status of a
 * payment that has moved and whose answer is owed; null: nothing was charged.
 */
export function afterFailure(problem: Problem, owed: OwedStatus | null): Problem {
  const { code, headers, cause } = problem
  const sentence =
    owed === null
      ? 'Nothing was charged.'
      : 'You have paid, and the answer is owed to you: call again, with this or a new payment.'
  const fields = { ...problem.fields, ...(owed ?? { charged: false }) }
  return new Problem(code, { message: `${problem.message} ${sentence}`, fields, headers, cause })
}

/**
 * Returns an answer in the form in which it is stored, to be given again. Has all its headers but
 * those that every answer of the gateway carries. `withheld` is its whole body.
 */
export function keptAnswerOf(answer: Answer, withheld: Uint8Array<ArrayBuffer>): KeptAnswer {
  return {
    status: answer.status,
    headers: [...toResponse({ ...answer, body: null }, {}).headers],
    body: answer.body === null ? null : withheld,
  }
}

/**
 * Returns an answer that was stored, with the receipt of its payment. Its payer may ask for it any
 * number of times, and read slowly, so it needs memory of `share`. Throws `service_unavailable` if
 * there is too little.
 */
export function replayedAnswer(
  call: Call,
  { answer: { status, headers, body }, receipt }: { answer: KeptAnswer; receipt: Receipt },
  share: Share,
): Answer {
  if (body !== null && !share.take(body.byteLength)) throw paymentUnavailable()
  // The body was kept as it came, compressed or not.
  const from = new Response(null, { status, headers, encodeBody: 'manual' })
  const answer = { status, headers: {}, body, from }
  const given = body && wholeBody(call, answer, body, share)
  share.release()
  return withReceipt(answer, given, receipt)
}
