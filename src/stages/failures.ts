/** Turns the errors of later stages into answers, all in one form. */
import { rpcErrorBody } from '../http/jsonRpc.ts'
import { asProblem, type Problem } from '../http/problem.ts'
import { attempt } from '../lib/when.ts'
import { setPaymentStatus } from '../paywall/paymentStatus.ts'
import { type Answer, json } from '../pipeline/answer.ts'
import type { Call, Stage } from '../pipeline/call.ts'

/**
 * Answers a Problem with its status and code. Any other error is answered with `internal_error`,
 * and its cause goes to the log only.
 */
export const failures: Stage = (next) => (call) =>
  attempt(
    () => next(call),
    (error) => problemAnswer(call, asProblem(error)),
  )

/**
 * Returns the answer of a Problem: `{"error","message",…}`, or a JSON-RPC error for a route of MCP.
 */
export function problemAnswer(call: Call, problem: Problem): Answer {
  call.problem = problem
  // A stage that knows more of the money has said so.
  if (!('payment-status' in call.responseHeaders) && presentsPayment(call))
    setPaymentStatus(call, { charged: false })
  const body =
    call.route?.protocol === 'mcp'
      ? rpcErrorBody(problem)
      : { error: problem.code, message: problem.message, ...problem.fields }
  return json(body, problem.status, problem.headers)
}

/** Whether a request presents a payment, also where no paywall has read it. */
function presentsPayment({ headers, payment }: Call): boolean {
  if (payment !== undefined) return true
  if (headers.has('x-api-key')) return false
  return /^\s*payment(?:\s|$)/i.test(headers.get('authorization') ?? '')
}
