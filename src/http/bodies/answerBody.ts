/** An origin's answer on its way to the caller. See docs/decisions/0036. */

import type { Patience } from '../../lib/patience.ts'
import type { HeaderFields } from '../headerFields.ts'
import { Problem } from '../problem.ts'
import { type ChunkReader, chunkReader, readerOf } from './chunks.ts'
import { declaredLength } from './length.ts'
import { readInOneStep } from './oneStep.ts'
import { type BodyEnd, pumped } from './pump.ts'
import { isStreamType } from './streamTypes.ts'
import type { Watch } from './watch.ts'

/** A body of at most this declared length is passed whole. */
const SHORT_BYTES = 4_096

/** The statuses whose answers have no body, whatever length they declare (RFC 9110). */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304])

export interface AnswerBounds {
  /**
   * The longest time without a byte of the origin, in milliseconds. Streams of events or lines may
   * be silent.
   */
  silentMs: number
  /** Has the time limits of the call: a short body is one more step. */
  patience: Patience
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
  headers: HeaderFields,
  { silentMs, patience, watch, disconnected, endsAfter }: AnswerBounds,
): Promise<AnswerBody> {
  const isStream = isStreamType(headers.get('content-type'))
  const declared = declaredLength(headers)
  const bounded = (origin: ChunkReader): AnswerBody =>
    pumped(origin, declared, {
      silentMs: isStream ? undefined : silentMs,
      watch: watch?.(),
      disconnected: disconnected(),
      endsAfter,
    })
  const isShort = declared !== null && declared <= SHORT_BYTES && !isStream
  if (isShort && !BODILESS.has(from.status)) {
    // The platform makes a stream when it is asked for the body, so nobody asks.
    const whole = await wholeWithin(from, silentMs, patience)
    return endsAfter?.() === undefined ? { body: whole } : bounded(readerOf(new Uint8Array(whole)))
  }
  const { body } = from
  if (body === null || (isStream && watch === undefined)) return { body }
  return bounded(chunkReader(body))
}

/** Reads a short body. */
function wholeWithin(from: Response, ms: number, patience: Patience): Promise<ArrayBuffer> {
  return readInOneStep(from, patience, ms, {
    late: () => {
      const cause = new Error(`a short body took longer than ${ms} ms`)
      return new Problem('origin_timeout', { cause })
    },
    broken: (cause) => new Problem('origin_unavailable', { cause }),
  })
}
