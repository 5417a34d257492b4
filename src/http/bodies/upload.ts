/**
 * A request's body on its way to an origin. The platform ends a body of unknown length properly
 * even if it broke off, once the origin has begun to answer. So such a body is held and sent with
 * its length; only a stream of events or lines, and a body that no memory is left for, is not.
 * See docs/decisions/0036.
 */

import type { Patience } from '../../lib/patience.ts'
import type { HeaderFields } from '../headerFields.ts'
import { Problem } from '../problem.ts'
import { type ChunkReader, chunkReader, continued } from './chunks.ts'
import { drainable } from './drain.ts'
import { gather, wholeOf } from './gather.ts'
import type { Share } from './hold.ts'
import { declaredLength, isPlainCoding } from './length.ts'
import { readInOneStep } from './oneStep.ts'
import { type BodyEnd, pump, pumped } from './pump.ts'
import { tooLarge } from './requestBody.ts'
import { isStreamType } from './streamTypes.ts'
import type { Watch, WatchEnd } from './watch.ts'

/** A body of at most this declared length is read whole, because that is cheaper than a stream. */
const SHORT_BYTES = 16_384
/** A body of at most this declared length is read in one step, which is cheaper than in chunks. */
const TINY_BYTES = 4_096

export interface UploadBounds {
  maxBytes: number
  /** The longest time without a byte of the client, in milliseconds. */
  silentMs: number
  /** The time for the whole body, in milliseconds. Undefined: any time, so it may be streamed. */
  withinMs?: number | undefined
  /** The longest time for which the origin may take nothing of a streamed body, in milliseconds. */
  stalledMs: number
  /** The memory for a body that is held. */
  memory: Share
  /** Has the time limits of the call: a tiny body is one step. */
  patience: Patience
  /** Watches the caller's credential, because a streamed body may be open for long. */
  watched?: { start: () => Watch; problemOf: (end: WatchEnd) => Problem } | undefined
}

/** A body that is whole, with the function that gives its memory back. */
export interface WholeUpload {
  body: Uint8Array<ArrayBuffer>
  release: () => void
}

/** A body that arrives while the origin is asked. */
export interface StreamedUpload {
  body: ReadableStream<Uint8Array>
  /** Resolves when the body has ended. Never rejects. */
  ended: Promise<BodyEnd>
  /** Returns the problem of a body that did not end whole. */
  problemOf: (end: BodyEnd) => Problem
  /**
   * Returns a promise of the time when the body has ended, or has stopped; undefined if it has
   * ended. The answer must not end earlier.
   */
  rest: () => Promise<void> | undefined
}

/**
 * Resolves to a request's body for the origin, or to null if there is none. Rejects with
 * `payload_too_large`, with `request_timeout` for a body that stops or is late, with
 * `invalid_input` for a body that breaks off, and with `service_unavailable` if there is no memory.
 */
export async function uploadOf(
  request: Request,
  headers: HeaderFields,
  bounds: UploadBounds,
): Promise<WholeUpload | StreamedUpload | null> {
  const declared = declaredLength(headers)
  if (declared !== null && declared > bounds.maxBytes) throw tooLarge(bounds.maxBytes)
  // The platform makes a stream when it is asked for the body, so nobody asks.
  if (declared !== null && declared > 0 && declared <= TINY_BYTES) return tiny(request, bounds)
  if (request.body === null) return null
  if (!isPlainCoding(headers.get('transfer-encoding'))) throw unreadable()
  const client = chunkReader(request.body)
  const isStreamed =
    declared === null ? isStreamType(headers.get('content-type')) : declared > SHORT_BYTES
  if (isStreamed && bounds.withinMs === undefined) return streamed(client, declared, bounds)
  return held(client, declared, bounds)
}

const unreadable = () =>
  new Problem('invalid_input', { message: 'The only transfer coding that is taken is chunked.' })

/** Reads a tiny body. If there is no memory for it, it is refused only if anybody may send it. */
async function tiny(request: Request, bounds: UploadBounds): Promise<WholeUpload> {
  const { maxBytes, silentMs, withinMs, memory, patience } = bounds
  const { take, release } = memory
  const read = readInOneStep(request, patience, Math.min(silentMs, withinMs ?? silentMs), {
    late: () => problemOfEnd('silent', maxBytes),
    broken: (cause) => problemOfEnd('sender', maxBytes, cause),
  })
  const body = new Uint8Array(await read)
  if (!take(body.byteLength) && withinMs !== undefined) throw noRoom()
  return { body, release }
}

/** Reads a body until its end, or until there is no memory for it, from where it is streamed. */
async function held(
  client: ChunkReader,
  declared: number | null,
  bounds: UploadBounds,
): Promise<WholeUpload | StreamedUpload> {
  const { maxBytes, silentMs, withinMs, memory } = bounds
  const { take, release } = memory
  const { end, pieces, cause } = await gather(client, { maxBytes, silentMs, withinMs, take })
  if (end === 'whole') return { body: wholeOf(pieces), release }
  release()
  if (end === 'no_room' && withinMs === undefined)
    return streamed(continued(pieces, client), declared, bounds)
  client.cancel(new Error(`the body is not read: ${end}`))
  if (end === 'no_room') throw noRoom()
  throw problemOfEnd(end, maxBytes, cause)
}

/** Sends a body on while it arrives, with its length if that is known. */
function streamed(
  client: ChunkReader,
  declared: number | null,
  { maxBytes, silentMs, stalledMs, watched }: UploadBounds,
): StreamedUpload {
  const sender = drainable(client)
  const { rest } = sender
  const takeRest = (pending: Promise<unknown>) => void sender.drain(pending, maxBytes)
  const bounds = { maxBytes, silentMs, stalledMs, takeRest, watch: watched?.start() }
  const problemOf = (end: BodyEnd) =>
    watched !== undefined && (end === 'revoked' || end === 'unverified')
      ? watched.problemOf(end)
      : problemOfEnd(end, maxBytes)
  // A body that is shorter than its length breaks the request to the origin, at any time.
  if (declared !== null) return { ...pumped(sender, declared, bounds), problemOf, rest }
  const { readable, writable } = new IdentityTransformStream()
  const ended = pump(sender, writable.getWriter(), bounds)
  return { body: readable, ended, problemOf, rest }
}

const noRoom = () => new Problem('service_unavailable', { headers: { 'retry-after': '1' } })

function problemOfEnd(
  end: BodyEnd,
  maxBytes: number,
  cause: unknown = new Error('the body broke off'),
): Problem {
  if (end === 'too_large') return tooLarge(maxBytes)
  if (end === 'silent') return new Problem('request_timeout')
  if (end === 'stalled')
    return new Problem('origin_timeout', {
      cause: new Error('the origin took no more of the body'),
    })
  return new Problem('invalid_input', { cause, reason: 'body_broken_off' })
}
