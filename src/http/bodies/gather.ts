/** Reads a body into memory, as far as it fits. See docs/decisions/0036. */
import { type ChunkReader, chunkReader } from './chunks.ts'

/**
 * How the reading of a body ended:
 *
 * - `whole`: all of the body was read.
 * - `sender`: the sender broke it off.
 * - `silent`: the next chunk was late.
 * - `too_large`: it has more than `maxBytes`.
 * - `no_room`: no memory was given for it.
 */
export type GatherEnd = 'whole' | 'sender' | 'silent' | 'too_large' | 'no_room'

export interface GatherBounds {
  maxBytes: number
  /** The longest time without a chunk, in milliseconds. */
  silentMs?: number
  /** The time for the whole body, in milliseconds. */
  withinMs?: number | undefined
  /** Takes memory. Returns false if there is too little. */
  take?: (bytes: number) => boolean
}

export interface Gathered {
  end: GatherEnd
  /** All that was read, in order: one piece if the body is whole and not empty. */
  pieces: Uint8Array<ArrayBuffer>[]
  /** The error of a body that broke off. */
  cause?: unknown
}

/** A body whose chunk came within this time is read in larger steps, in milliseconds. */
const QUICK_MS = 50
/** The largest step, in bytes: thousands of chunks of one byte cost a second of CPU otherwise. */
const MAX_STEP_BYTES = 8_192

/** The size from which a buffer grows, in bytes. */
const SMALL_BYTES = 1_024

/**
 * Reads a body until one of its bounds ends that. Never rejects, and never gives the body up: what
 * was not read is still there. The chunks are copied together as they come, because a chunk of few
 * bytes can keep a large buffer of the platform.
 */
export async function gather(reader: ChunkReader, bounds: GatherBounds): Promise<Gathered> {
  const { maxBytes, silentMs = Number.POSITIVE_INFINITY, withinMs, take = () => true } = bounds
  const until = withinMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + withinMs
  let held = new Uint8Array()
  let bytes = 0
  let step = 1

  /** Adds a chunk to what is held. Returns false if there is no memory for it. */
  function add(chunk: Uint8Array): boolean {
    const length = bytes + chunk.byteLength
    if (length > held.byteLength) {
      // Most bodies are one chunk, and need no more than its size.
      const size =
        bytes === 0 ? length : Math.min(Math.max(length, 2 * bytes, SMALL_BYTES), maxBytes)
      if (!take(size - held.byteLength)) return false
      const grown = new Uint8Array(size)
      grown.set(held.subarray(0, bytes))
      held = grown
    }
    held.set(chunk, bytes)
    bytes = length
    return true
  }
  function ended(end: GatherEnd, more?: Uint8Array, cause?: unknown): Gathered {
    const pieces = bytes === 0 ? [] : [held.subarray(0, bytes)]
    if (more !== undefined) pieces.push(more.slice())
    return { end, pieces, cause }
  }

  for (;;) {
    let chunk: Uint8Array | null | 'late'
    const askedAt = Date.now()
    try {
      const atLeast = Math.min(step, maxBytes - bytes + 1)
      chunk = await chunkWithin(reader, Math.min(silentMs, until - askedAt), atLeast)
    } catch (cause) {
      return ended('sender', undefined, cause)
    }
    if (chunk === 'late') return ended('silent')
    if (chunk === null) return ended('whole')
    step = Date.now() - askedAt < QUICK_MS ? Math.min(2 * step, MAX_STEP_BYTES) : 1
    if (bytes + chunk.byteLength > maxBytes) return ended('too_large', chunk)
    if (!add(chunk)) return ended('no_room', chunk)
  }
}

/** Resolves to the next chunk, to null at the end, or to "late" after `ms` milliseconds. */
async function chunkWithin(
  reader: ChunkReader,
  ms: number,
  atLeast: number,
): Promise<Uint8Array | null | 'late'> {
  if (ms === Number.POSITIVE_INFINITY) return reader.read(atLeast)
  if (ms < 0) return 'late'
  const { promise: late, resolve } = Promise.withResolvers<'late'>()
  const timer = setTimeout(() => resolve('late'), ms)
  try {
    return await Promise.race([reader.read(atLeast), late])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Resolves to a whole body, or to null if it has more than `maxBytes`. Rejects if it breaks off, or
 * takes longer than `withinMs` milliseconds. A body that is not read whole is given up.
 */
export async function readBytes(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  withinMs?: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  if (body === null) return new Uint8Array()
  const reader = chunkReader(body)
  const { end, pieces, cause } = await gather(reader, { maxBytes, withinMs })
  if (end === 'whole') return wholeOf(pieces)
  reader.cancel(new Error(`the body is not read: ${end}`))
  if (end === 'too_large') return null
  throw end === 'sender' ? cause : new Error(`the body took longer than ${withinMs} ms`)
}

/** Returns the pieces of a whole body, of which there is one at most, as its bytes. */
export function wholeOf([whole]: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  return whole ?? new Uint8Array()
}
