/**
 * A request's body on its way to an origin. The platform ends a body of unknown length properly
 * even if it broke off, once the origin has begun to answer. So such a body is held and sent with
 * its length; only a stream of events or lines, and a body that no memory is left for, is not.
 * See docs/decisions/0036.
 */

import { deadline } from '../../lib/deadline.ts'
import { joined, tooLarge } from '../body.ts'
import { Problem } from '../problem.ts'
import { type ChunkReader, chunkReader } from './chunks.ts'
import { drainable } from './drain.ts'
import type { Hold } from './hold.ts'
import { type BodyEnd, pump } from './pump.ts'
import { isStreamType } from './streamTypes.ts'

/** A body of at most this declared length is read whole, because that is cheaper than a stream. */
const SHORT_BYTES = 16_384

export interface UploadBounds {
  maxBytes: number
  /** The longest time without a byte of the client, in milliseconds. */
  silentMs: number
  /** The time for the whole body, in milliseconds. Undefined: any time, so it may be streamed. */
  withinMs?: number | undefined
  /** The longest time for which the origin may take nothing of a streamed body, in milliseconds. */
  stalledMs: number
}

/** A body that is whole, with the function that gives its memory back to the hold. */
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
  headers: ReadonlyMap<string, string>,
  bounds: UploadBounds,
  hold: Hold,
): Promise<WholeUpload | StreamedUpload | null> {
  if (request.body === null) return null
  const declared = declaredLength(headers)
  if (declared !== null && declared > bounds.maxBytes) throw tooLarge(bounds.maxBytes)
  const client = chunkReader(request.body)
  const isStreamed =
    declared === null ? isStreamType(headers.get('content-type')) : declared > SHORT_BYTES
  if (isStreamed && bounds.withinMs === undefined) return streamed(client, declared, bounds)
  return held(client, declared, bounds, hold)
}

/**
 * Returns the length that a request declares, or null if it declares none that counts (RFC 9112
 * section 6.3). The platform's framing enforces the length.
 */
export function declaredLength(headers: ReadonlyMap<string, string>): number | null {
  const length = headers.get('content-length')
  if (length === undefined || headers.has('transfer-encoding')) return null
  return /^[0-9]{1,15}$/.test(length) ? Number(length) : null
}

/** Reads a body until its end, or until there is no memory for it, from where it is streamed. */
async function held(
  client: ChunkReader,
  declared: number | null,
  bounds: UploadBounds,
  hold: Hold,
): Promise<WholeUpload | StreamedUpload> {
  const { maxBytes, silentMs, withinMs = Number.POSITIVE_INFINITY } = bounds
  const until = Date.now() + withinMs
  const chunks: Uint8Array[] = []
  let bytes = 0
  const release = () => hold.give(bytes)
  try {
    for (;;) {
      const chunk = await chunkWithin(client, Math.min(silentMs, until - Date.now()))
      if (chunk === null) return { body: joined(chunks), release }
      if (bytes + chunk.byteLength > maxBytes) throw tooLarge(maxBytes)
      chunks.push(chunk)
      if (hold.take(chunk.byteLength)) bytes += chunk.byteLength
      else if (bounds.withinMs === undefined) break
      else throw new Problem('service_unavailable', { headers: { 'retry-after': '1' } })
    }
  } catch (error) {
    release()
    client.cancel(error)
    throw error
  }
  release()
  const read = async () => chunks.shift() ?? (await client.read())
  return streamed({ read, cancel: client.cancel }, declared, bounds)
}

/**
 * Resolves to the next chunk, or to null at the end. Rejects with `request_timeout` if there is
 * none within `ms` milliseconds, and with `invalid_input` if the body breaks off.
 */
export async function chunkWithin(client: ChunkReader, ms: number): Promise<Uint8Array | null> {
  const read = () =>
    client.read().catch((cause) => {
      throw new Problem('invalid_input', { cause, reason: 'body_broken_off' })
    })
  return await deadline(ms, read, () => new Problem('request_timeout'))
}

/** Sends a body on while it arrives, with its length if that is known. */
function streamed(
  client: ChunkReader,
  declared: number | null,
  { maxBytes, silentMs, stalledMs }: UploadBounds,
): StreamedUpload {
  const { readable, writable } =
    declared === null ? new IdentityTransformStream() : new FixedLengthStream(declared)
  const origin = writable.getWriter()
  const sender = drainable(client)
  const takeRest = (pending: Promise<unknown>) => void sender.drain(pending, maxBytes)
  const ended = pump(sender, origin, { maxBytes, silentMs, stalledMs, takeRest })
  const problemOf = (end: BodyEnd) => problemOfEnd(end, maxBytes)
  if (declared === null) return { body: readable, ended, problemOf, rest: sender.rest }
  // A body that is shorter than its length breaks the request to the origin, at any time.
  const broken = ended.then((end) => {
    if (end !== 'whole')
      origin.abort(new Error(`the body has ended: ${end}`)).catch(() => undefined)
    return end
  })
  return { body: readable, ended: broken, problemOf, rest: sender.rest }
}

function problemOfEnd(end: BodyEnd, maxBytes: number): Problem {
  if (end === 'too_large') return tooLarge(maxBytes)
  if (end === 'silent') return new Problem('request_timeout')
  if (end === 'stalled')
    return new Problem('origin_timeout', {
      cause: new Error('the origin took no more of the body'),
    })
  return new Problem('invalid_input', {
    cause: new Error('the body broke off'),
    reason: 'body_broken_off',
  })
}
