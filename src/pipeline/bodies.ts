/** The bodies of a call, in and out, and its socket, within the bounds of its route and caller. */
import type { Config, Route } from '../config/config.ts'
import { unauthorizedChallenge } from '../credentials/unauthorizedChallenge.ts'
import { answerBody } from '../http/bodies/answerBody.ts'
import { type ChunkReader, readerOf } from '../http/bodies/chunks.ts'
import type { Share } from '../http/bodies/hold.ts'
import { lengthIn } from '../http/bodies/length.ts'
import { type BodyEnd, type Pumped, pumped } from '../http/bodies/pump.ts'
import { guardedSocket } from '../http/bodies/sockets.ts'
import { isStreamType } from '../http/bodies/streamTypes.ts'
import { type StreamedUpload, uploadOf, type WholeUpload } from '../http/bodies/upload.ts'
import type { WatchEnd } from '../http/bodies/watch.ts'
import { type GivenBody, givenBody } from '../http/bodies/withheld.ts'
import { Problem } from '../http/problem.ts'
import type { Patience } from '../lib/patience.ts'
import type { Isolate } from '../store/isolate.ts'
import { type Answer, headerOf } from './answer.ts'
import { type Call, callerOf } from './call.ts'

/**
 * A call that is with its origin for this time, and does not notice losses, has lost its client, in
 * milliseconds. It is much longer than the time after which such a call is slow.
 */
const EARLY_MS = 2_000

/** Says that the next step of a call takes at most `ms` milliseconds, or notices losses. */
export function mayBeLost(call: Call, ms = 0): void {
  call.lostAt = Date.now() + ms + EARLY_MS
}

/**
 * Has the log told if the client disconnects before its answer. The platform otherwise ends a call
 * without a word; listening costs too much for a call that is answered at once.
 */
export function noticeLoss(call: Call): void {
  call.lostAt = Number.POSITIVE_INFINITY
  call.request.signal.addEventListener('abort', () => call.onLost?.(), { once: true })
}

/**
 * Resolves to a call's body for the origin, or to null: the body that an earlier stage has read, or
 * what the client sends. A body of a caller without an account, who may be anybody, is small and
 * arrives soon. Rejects as `uploadOf` does.
 */
export async function uploadFor(
  call: Call,
  route: Route,
  config: Config,
  isolate: Isolate,
  patience: Patience,
): Promise<WholeUpload | StreamedUpload | null> {
  if (call.held !== undefined) return { body: call.held.body, release: () => undefined }
  const caller = callerOf(call)
  const hasAccount = 'accountId' in caller
  const { accounts, strangers } = isolate.heldBodies
  const bounds = {
    maxBytes: hasAccount ? route.bodyBytes : route.unpaidBytes,
    silentMs: config.bodies.idleMs,
    withinMs: hasAccount ? undefined : config.bodies.unpaidMs,
    stalledMs: route.timeoutMs,
    memory: hasAccount ? accounts.share(caller.accountId) : strangers.share(call.address),
    patience,
    watched:
      hasAccount && call.watch !== undefined
        ? {
            start: call.watch,
            problemOf: (end: WatchEnd) => problemOfWatch(end, caller.kind, route, config),
          }
        : undefined,
  }
  const upload = await uploadOf(call.request, call.headers, bounds)
  // The body goes on arriving when the answer has begun.
  if (upload !== null && 'ended' in upload) call.waitUntil(upload.ended)
  return upload
}

/** Returns the problem of a call whose credential ends while its body arrives. */
function problemOfWatch(
  end: WatchEnd,
  kind: 'api_key' | 'session' | 'oauth',
  route: Route,
  config: Config,
): Problem {
  if (end === 'unverified')
    return new Problem('service_unavailable', { headers: { 'retry-after': '1' } })
  const challenge = unauthorizedChallenge(route, config, { kind })
  const headers = { 'www-authenticate': challenge }
  return new Problem('unauthenticated', { headers, reason: `${kind}_not_valid` })
}

/**
 * Resolves to an answer of an origin with the body of `from` within bounds, as long as the caller's
 * credential is valid. It does not end before a streamed `upload` has. Rejects as `answerBody`
 * does.
 */
export async function withBoundedBody(
  call: Call,
  answer: Answer,
  from: Response,
  { bodies }: Config,
  patience: Patience,
  upload?: StreamedUpload,
): Promise<Answer> {
  const { fromHeaders } = answer
  if (fromHeaders === undefined) return answer
  if (call.method === 'HEAD') return { ...answer, body: from.body }
  const bounds = {
    silentMs: bodies.idleMs,
    patience,
    watch: call.watch,
    disconnected: () => call.request.signal,
    endsAfter: upload?.rest,
  }
  const { body, ended } = await answerBody(from, fromHeaders, bounds)
  if (ended !== undefined) {
    const end = upload === undefined ? ended : ended.then((how) => endBeside(how, upload))
    leaveOpen(call, body, end)
  }
  return { ...answer, body }
}

/**
 * Resolves to the way in which an answer ended whose request's body is streamed: where the client
 * has broken that off, the request to the origin breaks, and with it the answer.
 */
async function endBeside(end: BodyEnd, upload: StreamedUpload): Promise<BodyEnd> {
  if (end !== 'sender') return end
  const before = await Promise.race([upload.ended, null])
  if (before === 'sender' || before === 'silent') return 'receiver'
  return before === 'too_large' || before === 'revoked' || before === 'unverified' ? before : end
}

/**
 * Moves the rest of a paid answer to its payer, as the answer's new body. No credential is watched,
 * because a payment cannot be revoked. `share` is the memory of what was read already.
 */
export function paidBody(
  call: Call,
  answer: Answer,
  rest: ChunkReader,
  { bodies }: Config,
  share?: Share,
): Pumped {
  const isStream = isStreamType(headerOf(answer, 'content-type'))
  const given = share === undefined ? { reader: rest } : givenBody(rest, share)
  return movedTo(call, given, lengthIn(lengthOf(answer)), isStream ? undefined : bodies.idleMs)
}

/** A body of at most this size costs less than the connection that it goes to, in bytes. */
const SMALL_BYTES = 4_096

/**
 * Returns the bytes of a whole paid answer as its body. `share`, their memory, counts them until
 * the payer has read them: a payer that reads slowly could otherwise fill the isolate.
 */
export function wholeBody(call: Call, answer: Answer, bytes: Uint8Array, share: Share): BodyInit {
  if (bytes.byteLength <= SMALL_BYTES) return bytes
  const length = lengthOf(answer, String(bytes.byteLength))
  return movedTo(call, givenBody(readerOf(bytes), share), lengthIn(length)).body
}

/** Moves a body to a payer, and leaves it open. */
function movedTo(
  call: Call,
  { reader, isCut }: Pick<GivenBody, 'reader'> & Partial<GivenBody>,
  length: number | null,
  silentMs?: number,
): Pumped {
  const bounds = { silentMs, isCut, disconnected: call.request.signal }
  const moved = pumped(reader, length, bounds)
  leaveOpen(call, moved.body, moved.ended)
  return moved
}

/** Has the call last until its answer's body has ended, and the log tell how that was. */
export function leaveOpen(call: Call, body: BodyInit | null, ended: Promise<BodyEnd>): void {
  call.open = { body, ended }
  call.waitUntil(ended)
}

/** Returns the length of an answer's body, or null: the platform has decompressed what is read. */
function lengthOf(answer: Answer, declared = headerOf(answer, 'content-length')): string | null {
  return headerOf(answer, 'content-encoding') === null ? declared : null
}

/**
 * Returns the caller's socket to an origin's: the origin's own if there is no credential to watch,
 * because the platform then connects both sides, and slows the faster one down.
 */
export function guardedFor(call: Call, origin: WebSocket): WebSocket {
  if (call.watch === undefined) return origin
  const { socket, ended } = guardedSocket(origin, call.watch())
  leaveOpen(call, null, ended)
  return socket
}
