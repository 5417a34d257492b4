/** Withholds the bodies of answers until they are paid for. */
import { type ChunkReader, chunkReader, continued } from './chunks.ts'
import { gather, wholeOf } from './gather.ts'
import type { Share } from './hold.ts'

/** The largest body that can be withheld until it is paid for, in bytes. */
const MAX_WITHHELD_BYTES = 1_048_576

/**
 * A body that was read whole, or of which a rest is to be read. `lacksRoom`: only because the
 * isolate had no memory for it. `share` is the memory of what was read of it already.
 */
export type HeldBody =
  | { whole: Uint8Array<ArrayBuffer> }
  | { rest: ChunkReader; lacksRoom?: boolean; share?: Share }

/**
 * Reads a body until it is whole, in memory that `share` gives, and that the caller gives back.
 * Resolves to a reader of all of it if it is too large to be withheld or has no room, and to null
 * if it breaks off or takes longer than `withinMs` milliseconds; then it is given up.
 */
export async function withheld(
  body: BodyInit | null,
  withinMs: number,
  share: Share,
): Promise<HeldBody | null> {
  if (body === null) return { whole: new Uint8Array() }
  const origin = bodyReader(body)
  const { take } = share
  const { end, pieces } = await gather(origin, { maxBytes: MAX_WITHHELD_BYTES, withinMs, take })
  if (end === 'whole') return { whole: wholeOf(pieces) }
  if (end === 'too_large' || end === 'no_room')
    return { rest: continued(pieces, origin), lacksRoom: end === 'no_room', share }
  origin.cancel(new Error(`the body is not read: ${end}`))
  return null
}

/** Returns a body of any kind that is not withheld. */
export function notWithheld(body: BodyInit | null): HeldBody {
  return body === null ? { whole: new Uint8Array() } : { rest: bodyReader(body) }
}

/** A body whose beginning is in memory, while its caller reads it. */
export interface GivenBody {
  reader: ChunkReader
  /** Whether its caller was too slow, and others need the memory. */
  isCut: () => boolean
}

/** Counts the memory of a body until its first chunk, which is what is in memory, was taken. */
export function givenBody({ read, cancel }: ChunkReader, share: Share): GivenBody {
  let isCut = false
  let reads = 0
  const free = share.give(() => {
    isCut = true
  })
  return {
    isCut: () => isCut,
    reader: {
      read() {
        reads += 1
        if (reads === 2) free()
        return read()
      },
      cancel(reason) {
        free()
        cancel(reason)
      },
    },
  }
}

/** Gives a body up that the caller does not get, so that the origin need not go on with it. */
export function giveUp(held: HeldBody | null): void {
  if (held !== null && 'rest' in held) held.rest.cancel(new Error('the answer is not given'))
}

/** Returns a reader of a body of any kind, which it locks. */
export function bodyReader(body: BodyInit): ChunkReader {
  const stream = body instanceof ReadableStream ? body : new Response(body).body
  return chunkReader(stream ?? new ReadableStream())
}
