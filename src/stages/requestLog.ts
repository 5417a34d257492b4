/** Writes one line for each request into the log, when its answer is there. */
import { logLine } from '../lib/log.ts'
import { describeCause, redact } from '../lib/redact.ts'
import { createSampler } from '../lib/sampler.ts'
import { when } from '../lib/when.ts'
import type { Call, Stage } from '../pipeline/call.ts'

/**
 * The shortest time between two lines for refusals of one kind, in milliseconds. Refusals are
 * sampled, so that a flood of requests does not become a flood of lines.
 */
const REFUSAL_EVERY_MS = 1_000

/**
 * Logs every request. Refused requests of anonymous callers are sampled: one line for each kind of
 * refusal and interval, with the number of requests that the line stands for.
 */
export function requestLog(): Stage {
  const sample = createSampler(REFUSAL_EVERY_MS)

  return (next) => (call) =>
    when(next(call), (answer) => {
      const now = Date.now()
      const kind = refusalOf(call, answer.status)
      const count = kind === null ? 1 : sample(kind, now)
      if (count !== null) writeLine(call, answer.status, now, count)
      return answer
    })
}

/**
 * Returns the kind of an anonymous caller's refusal, by which lines are sampled, or null for any
 * other answer. There are few kinds.
 */
function refusalOf({ caller, payment, problem, route }: Call, status: number): string | null {
  const isAnonymous = (caller === undefined || caller.kind === 'anonymous') && payment === undefined
  if (!isAnonymous || status < 400 || status >= 500) return null
  return `${status} ${route?.id ?? ''} ${problem?.reason ?? problem?.code ?? ''}`
}

/**
 * Writes one line, which stands for `count` requests. The JSON is put together by hand, because the
 * time that this takes is added to every request. Only values that come from outside are redacted:
 * the path, and the cause of a problem.
 */
function writeLine(call: Call, status: number, now: number, count: number): void {
  const { caller, problem, route, originStatus, target } = call
  const level = status >= 500 ? 'error' : 'info'
  let line = `{"time":"${new Date(now).toISOString()}","level":"${level}","event":"request"`
  line += `,"requestId":"${call.id}","method":"${call.method}"`
  if (route !== undefined) line += `,"route":${JSON.stringify(route.id)}`
  if (target.path !== '') line += `,"path":${JSON.stringify(redact(target.path))}`
  line += `,"status":${status},"durationMs":${now - call.startedAt}`
  if (caller !== undefined) {
    line += `,"caller":"${caller.kind}"`
    if ('accountId' in caller) line += `,"accountId":"${caller.accountId}"`
    if ('keyId' in caller) line += `,"keyId":"${caller.keyId}"`
    if ('grantId' in caller) line += `,"grantId":"${caller.grantId}"`
  }
  if (originStatus !== undefined) line += `,"originStatus":${originStatus}`
  if (count > 1) line += `,"count":${count}`
  if (problem !== undefined) {
    line += `,"problem":"${problem.code}"`
    if (problem.reason !== undefined) line += `,"reason":"${problem.reason}"`
    if (problem.cause !== undefined) line += `,"cause":${JSON.stringify(describeCause(problem))}`
  }
  logLine(level, `${line}}`)
}
