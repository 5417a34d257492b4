/** An origin's answer on its way to the caller. See docs/decisions/0036. */
import { deadline } from '../../lib/deadline.ts'
import { Problem } from '../problem.ts'
import { chunkReader, readerOf } from './chunks.ts'
import { lengthIn } from './length.ts'
import { type BodyEnd, pumped } from './pump.ts'
import { isStreamType } from './streamTypes.ts'
import type { Watch } from './watch.ts'

/** A body of at most this declared length is passed whole. */
const SHORT_BYTES = 4_096

export interface AnswerBounds {
  /**
   * The longest time without a byte of the origin, in milliseconds. Streams of events or lines may
   * be silent.
   */
  silentMs: number
  /** Starts the watch of the caller's credential; undefined: there is none that could end. */
  watch: (() => Watch) | undefined
  /** Returns a signal that is aborted when the caller disconnects. */
  disconnected: () => AbortSignal
  /** Returns what the answer waits for before it ends, if anything. */
  endsAfter?: (() => Promise<void> | undefined) | undefined
}

/** A body for the caller. */
export interface AnswerBody {
  body: BodyInit | null
  /** Resolves when the body has ended; undefined if it is whole, or the platform moves it alone. */
  ended?: Promise<BodyEnd>
}

/**
 * Resolves to an answer's body within bounds. A short body is passed whole, and one that nothing
 * bounds natively. Rejects with `origin_timeout` for a short body that is late, and with
 * `origin_unavailable` for one that breaks off.
 */
export async function answerBody(
  from: Response,
  headers: ReadonlyMap<string, string>,
  { silentMs, watch, disconnected, endsAfter }: AnswerBounds,
): Promise<AnswerBody> {
  if (from.body === null) return { body: null }
  const isStream = isStreamType(headers.get('content-type'))
  if (isStream && watch === undefined) return { body: from.body }
  const declared = lengthIn(headers.get('content-length'))
  const isShort = declared !== null && declared <= SHORT_BYTES && !isStream
  const whole = isShort ? await wholeWithin(from, silentMs) : null
  if (whole !== null && endsAfter?.() === undefined) return { body: whole }
  const origin = whole === null ? chunkReader(from.body) : readerOf(new Uint8Array(whole))
  return pumped(origin, declared, {
    silentMs: isStream ? undefined : silentMs,
    watch: watch?.(),
    disconnected: disconnected(),
    endsAfter,
  })
}

/** Reads a short body. The platform does that faster than JavaScript could pass it on. */
async function wholeWithin(from: Response, ms: number): Promise<ArrayBuffer> {
  const read = () =>
    from.arrayBuffer().catch((cause) => {
      throw new Problem('origin_unavailable', { cause })
    })
  return await deadline(ms, read, () => {
    const cause = new Error(`a short body took longer than ${ms} ms`)
    return new Problem('origin_timeout', { cause })
  })
}
