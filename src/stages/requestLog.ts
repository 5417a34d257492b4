/** The request's one line in the log, written once its answer is there. */
import { logLine } from '../lib/log.ts'
import { describeCause, redact } from '../lib/redact.ts'
import { createSampler } from '../lib/sampler.ts'
import { when } from '../lib/when.ts'
import type { Call, Stage } from '../pipeline/call.ts'

/** How often refusals of one kind get a line, in milliseconds: a flood of them must not be one of lines. */
const REFUSAL_EVERY_MS = 1_000

/** Logs every request; of strangers' refused requests one for each kind and second, with their number. */
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

/** The kind of a refusal of nobody in particular, or null for any other answer. There are few kinds. */
function refusalOf({ caller, payment, problem, route }: Call, status: number): string | null {
  const isStranger = (caller === undefined || caller.kind === 'anonymous') && payment === undefined
  if (!isStranger || status < 400 || status >= 500) return null
  return `${status} ${route?.id ?? ''} ${problem?.reason ?? problem?.code ?? ''}`
}

/**
 * One line, written by hand because it is on the way of every answer. Only what comes from outside (the path, a
 * cause) is redacted. `count` is how many requests the line stands for.
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
