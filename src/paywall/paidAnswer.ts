/** What an answer says about the payment that it was given, or not given, for. */

import type { Receipt } from '../contract/wire.ts'
import { serializeReceipt } from '../credentials/payments/credential.ts'
import { Problem } from '../http/problem.ts'
import { type Answer, headerOf, withHeaders } from '../pipeline/answer.ts'

/** The answer with its receipt, and with another body if that was read; for nobody else's cache. */
export function withReceipt(answer: Answer, body: BodyInit | null, receipt: Receipt): Answer {
  const headers: Record<string, string> = { 'payment-receipt': serializeReceipt(receipt) }
  const control = headerOf(answer, 'cache-control') ?? ''
  if (!/\bprivate\b/.test(control)) headers['cache-control'] = `private, ${control || 'no-store'}`
  // 204 and its like have no body, not even an empty one.
  return withHeaders(answer, headers, answer.body === null ? null : body)
}

/** A problem after a payment was presented: with a receipt the answer is owed, without one nothing was charged. */
export function afterFailure(problem: Problem, receipt: Receipt | null): Problem {
  const { code, headers, cause } = problem
  const sentence =
    receipt === null
      ? 'Nothing was charged.'
      : 'You have paid: send the very same credential again.'
  const said =
    receipt === null ? { charged: false } : { charged: true, reference: receipt.reference }
  const fields = { ...problem.fields, ...said }
  return new Problem(code, { message: `${problem.message} ${sentence}`, fields, headers, cause })
}
