/** Writes one line for each request into the log, at the end of its answer (docs/log.md). */
import { ownPathOf } from '../config/ownPaths.ts'
import type { BodyEnd } from '../http/bodies/pump.ts'
import { createBoundedMap } from '../lib/boundedMap.ts'
import { logLine } from '../lib/log.ts'
import { describeCause, redact } from '../lib/redact.ts'
import { createSampler } from '../lib/sampler.ts'
import { isoTime } from '../lib/time.ts'
import { when } from '../lib/when.ts'
import type { Call, Stage } from '../pipeline/call.ts'

/**
 * The shortest time between two lines for refusals of one kind, in milliseconds. Refusals are
 * sampled, so that a flood of requests does not become a flood of lines.
 */
const REFUSAL_EVERY_MS = 1_000

/** The words of the log for the ends of bodies. */
const END_REASONS = {
  sender: 'broken_off',
  receiver: 'disconnected',
  too_large: 'overrun',
  silent: 'silent',
  stalled: 'stalled',
  unpaid: 'unpaid',
  revoked: 'revoked',
  unverified: 'unverified',
} as const satisfies Record<Exclude<BodyEnd, 'whole'>, string>

/** The time between two looks for calls that have lost their client, in milliseconds. */
const LOOK_EVERY_MS = 1_000

/** The most bytes of calls that are looked at. Beyond, the oldest may be lost without a line. */
const MAX_OPEN_BYTES = 4_194_304
/** The bytes of a call beside its URL and headers, as estimated. */
const CALL_BYTES = 2_048

/** Returns the bytes that a call holds, as estimated: its texts are there twice. */
const bytesOf = ({ headers, url }: Call): number => CALL_BYTES + 2 * (headers.length + url.length)

/** Methods that change nothing. */
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/** The status in the log of a request whose client disconnected before the answer began. */
const CLIENT_LEFT = 499

/**
 * Logs every request. Requests that anybody can send in any number are sampled: those of callers
 * without an account that are refused, and reads of the gateway's own pages and documents. One line
 * for each kind and interval, with the number of requests that the line stands for.
 */
export function requestLog(): Stage {
  const sample = createSampler(REFUSAL_EVERY_MS)
  const open = createBoundedMap<Call>(MAX_OPEN_BYTES, bytesOf)
  let lookedAt = 0

  /** Finds calls that have ended without a word, because a lost client ends its call's code. */
  function findLost(now: number): void {
    lookedAt = now
    for (const [, call] of open.entries())
      if (now >= call.lostAt && call.payment === undefined) call.onLost?.()
  }

  /** Writes the line of a call whose client left before the answer. */
  function writeLost(call: Call): void {
    const kind = `${CLIENT_LEFT} ${call.route?.id ?? ''}`
    const count = isAnybody(call, CLIENT_LEFT) ? sample(kind, Date.now()) : 1
    if (count !== null) writeLine(call, CLIENT_LEFT, count, 'receiver')
  }

  return (next) => (call) => {
    let isLost = false
    call.onLost = () => {
      if (isLost) return
      isLost = true
      open.delete(call.id)
      // A paid call goes on without its client, to its own end.
      if (call.payment === undefined) writeLost(call)
    }
    if (call.startedAt - lookedAt >= LOOK_EVERY_MS) findLost(call.startedAt)
    open.set(call.id, call)
    return when(next(call), (answer) => {
      open.delete(call.id)
      if (isLost) {
        if (call.payment !== undefined) writeLost(call)
        return answer
      }
      call.onLost = undefined
      // A stage may have replaced the body, which then is no longer the caller's.
      if (call.open !== undefined && call.open.body === answer.body) {
        call.waitUntil(call.open.ended.then((end) => writeLine(call, answer.status, 1, end)))
        return answer
      }
      const kind = sampledKind(call, answer.status)
      const count = kind === null ? 1 : sample(kind, Date.now())
      if (count !== null) writeLine(call, answer.status, count)
      return answer
    })
  }
}

/** Returns who ended a body or socket that did not come to its own end. */
function endedBy(end: BodyEnd): 'client' | 'origin' | 'gateway' {
  if (end === 'receiver') return 'client'
  return end === 'sender' || end === 'silent' ? 'origin' : 'gateway'
}

/**
 * Whether a call with this status has no account, and no payment that may have moved: anybody can
 * send any number of such calls.
 */
const isAnybody = ({ caller, isPaymentTried }: Call, status: number): boolean =>
  (caller === undefined || caller.kind === 'anonymous') && !(isPaymentTried && status !== 402)

/**
 * Returns the kind by which the line of a call is sampled, or null if it is not: the call has an
 * account or a payment, has changed something, or shows a failure. There are few kinds.
 */
function sampledKind(call: Call, status: number): string | null {
  if (!isAnybody(call, status)) return null
  const { route, problem, challenged } = call
  const isRefusal = (status >= 400 && status < 500) || status === 503
  const reason = problem?.reason ?? problem?.code ?? challenged?.reason ?? ''
  if (isRefusal) return `${status} ${route?.id ?? ''} ${reason}`
  const isOwn = route === undefined && status < 400
  if (!isOwn || !(SAFE_METHODS.has(call.method) || call.hasChangedNothing)) return null
  return `${status} ${call.method} ${ownPathOf(call.target.path) ?? ''}`
}

/**
 * Writes one line, which stands for `count` requests. The JSON is put together by hand, because the
 * time that this takes is added to every request. Only values that come from outside are redacted:
 * the path, and the cause of a problem.
 */
function writeLine(call: Call, status: number, count: number, end: BodyEnd = 'whole'): void {
  const { caller, problem, route, originStatus, target } = call
  const now = Date.now()
  const level = status >= 500 ? 'error' : 'info'
  let line = `{"time":"${isoTime(now)}","level":"${level}","event":"request"`
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
  if (end !== 'whole') line += `,"endedBy":"${endedBy(end)}","end":"${END_REASONS[end]}"`
  else if (problem?.reason === 'body_broken_off' || problem?.code === 'request_timeout')
    line += ',"endedBy":"client","end":"broken_off"'
  if (originStatus !== undefined) line += `,"originStatus":${originStatus}`
  if (count > 1) line += `,"count":${count}`
  if (problem !== undefined) {
    line += `,"problem":"${problem.code}"`
    if (problem.reason !== undefined) line += `,"reason":"${problem.reason}"`
    if (problem.cause !== undefined) line += `,"cause":${JSON.stringify(describeCause(problem))}`
  } else if (call.challenged !== undefined && status === 402) {
    line += `,"problem":"${call.challenged.problem}","reason":"${call.challenged.reason}"`
  }
  logLine(level, `${line}}`)
}
