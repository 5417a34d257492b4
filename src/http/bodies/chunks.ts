/** Reads a body chunk by chunk, at little cost whether it is short or long. */

/** The number of chunks after which a body counts as long. The platform's own chunks are small. */
const SHORT_CHUNKS = 16

/** The size of the buffers that a long body is read into, in bytes. */
const BUFFER_BYTES = 16_384

/** A reader of the platform that can wait for more than one byte. */
interface StepReader {
  readAtLeast(bytes: number, into: Uint8Array): Promise<{ done: boolean; value?: Uint8Array }>
  cancel(reason: unknown): Promise<void>
}

const isStepReader = (reader: object): reader is StepReader => 'readAtLeast' in reader

export interface ChunkReader {
  /**
   * Resolves to the next chunk, or to null at the end. Rejects if the body breaks off, or if it was
   * given up. A reader of a long body may wait for `atLeast` bytes, or for the end.
   */
  read(atLeast?: number): Promise<Uint8Array | null>
  /** Gives the rest of the body up. Never throws. */
  cancel(reason: unknown): void
}

/** Returns a reader of a body, which it locks. */
export function chunkReader(body: ReadableStream<Uint8Array>): ChunkReader {
  let short = body.getReader()
  let long: StepReader | null = null
  let left = SHORT_CHUNKS
  let isCancelled = false

  /** Reads into large buffers from now on, if the body is one of the platform. */
  function lengthen(): void {
    short.releaseLock()
    try {
      const reader: object = body.getReader({ mode: 'byob' })
      if (isStepReader(reader)) long = reader
    } catch {
      short = body.getReader()
    }
  }

  return {
    async read(atLeast = 1) {
      if (left-- === 0) lengthen()
      const { done, value } =
        long === null
          ? await short.read()
          : await long.readAtLeast(Math.min(atLeast, BUFFER_BYTES), new Uint8Array(BUFFER_BYTES))
      // A read that waits for a body that is given up resolves as at the end of the body.
      if (isCancelled) throw new Error('the body was given up')
      return done ? null : (value ?? new Uint8Array())
    },
    cancel(reason) {
      isCancelled = true
      const reader = long ?? short
      reader.cancel(reason).catch(() => undefined) // rejects if the body breaks off meanwhile
    },
  }
}

/** Returns a reader of the pieces that were read of a body already, and then of its rest. */
export function continued(pieces: readonly Uint8Array[], rest: ChunkReader): ChunkReader {
  const waiting = [...pieces]
  return { read: async () => waiting.shift() ?? (await rest.read()), cancel: rest.cancel }
}

/** Reads a body to its end. Gives it up if the loop ends before. */
export async function* chunksOf(reader: ChunkReader): AsyncGenerator<Uint8Array, void> {
  try {
    for (let chunk = await reader.read(); chunk !== null; chunk = await reader.read()) yield chunk
  } finally {
    reader.cancel(new Error('the rest of the body is not read'))
  }
}

/** Returns a reader of bytes that are all there. */
export function readerOf(bytes: Uint8Array): ChunkReader {
  const chunks = [bytes]
  return { read: async () => chunks.shift() ?? null, cancel: () => undefined }
}
