/** The one way to fail: what a later stage throws becomes an answer in the contract's form. */
import { rpcErrorBody } from '../http/jsonRpc.ts'
import { asProblem, type Problem } from '../http/problem.ts'
import { attempt } from '../lib/when.ts'
import { type Answer, json } from '../pipeline/answer.ts'
import type { Call, Stage } from '../pipeline/call.ts'

/** Anything thrown → its Problem's answer; what is not a Problem is `internal_error`, and only the log knows why. */
export const failures: Stage = (next) => (call) =>
  attempt(
    () => next(call),
    (error) => problemAnswer(call, asProblem(error)),
  )

/** `{"error","message",…}`, or JSON-RPC's form of it on a route that speaks MCP. */
export function problemAnswer(call: Call, problem: Problem): Answer {
  call.problem = problem
  const body =
    call.route?.protocol === 'mcp'
      ? rpcErrorBody(problem)
      : { error: problem.code, message: problem.message, ...problem.fields }
  return json(body, problem.status, problem.headers)
}
