/**
 * Moves a body from its sender to its receiver, in either direction, within its bounds. Only one
 * chunk is held at a time, so a receiver that reads slowly slows the sender down.
 * See docs/decisions/0036.
 */
import type { ChunkReader } from './chunks.ts'
import type { Watch, WatchEnd } from './watch.ts'

/**
 * How a body ended:
 *
 * - `whole`: it was moved to its end.
 * - `sender`: the sender broke it off.
 * - `receiver`: the receiver took no more of it.
 * - `too_large`: it has more than `maxBytes`.
 * - `silent`: the sender sent nothing for `silentMs`.
 * - `stalled`: the receiver took nothing for `stalledMs`, or held memory that others needed.
 * - `unpaid`: its next part was not paid for.
 * - otherwise the reason of the watch.
 */
export type BodyEnd =
  | 'whole'
  | 'sender'
  | 'receiver'
  | 'too_large'
  | 'silent'
  | 'stalled'
  | 'unpaid'
  | WatchEnd

export interface PumpBounds {
  maxBytes?: number
  /** The longest time without a chunk of the sender, in milliseconds. */
  silentMs?: number | undefined
  /** The longest time for which the receiver may take nothing, in milliseconds. */
  stalledMs?: number
  /** Whether a receiver that is slow must be given up, because others need the memory. */
  isCut?: (() => boolean) | undefined
  /** The watch of the credential that the body depends on. */
  watch?: Watch | undefined
  /** Aborted when the receiver disconnects, which a pipe shows only when something is written. */
  disconnected?: AbortSignal | undefined
  /**
   * Takes the sender over if the receiver takes no more, so that the rest is not given up.
   * `pending` settles when the read that is under way has ended.
   */
  takeRest?: (pending: Promise<unknown>) => void
  /** Returns what a body that was moved waits for before it ends, if anything. */
  endsAfter?: (() => Promise<void> | undefined) | undefined
}

/**
 * Moves a body to its end, and then closes `receiver`. Resolves to the way in which it ended; never
 * rejects. A body that did not end whole is given up at the sender's side, and `receiver` neither
 * closed nor aborted: the caller of this function knows what a part of the body means there.
 */
export async function pump(
  sender: ChunkReader,
  receiver: WritableStreamDefaultWriter<Uint8Array>,
  bounds: PumpBounds,
): Promise<BodyEnd> {
  const { maxBytes = Number.POSITIVE_INFINITY, silentMs, stalledMs, watch } = bounds
  const { isCut, disconnected, takeRest, endsAfter } = bounds
  const { promise: stopped, resolve: stop } = Promise.withResolvers<BodyEnd>()
  let hasStopped = false
  let waitsFor: 'sender' | 'receiver' = 'sender'
  let since = Date.now()
  receiver.closed.catch(() => stop('receiver'))
  disconnected?.addEventListener('abort', () => stop('receiver'))
  if (disconnected?.aborted) stop('receiver')

  function check(): void {
    const waitedMs = Date.now() - since
    const ended = watch?.check() ?? null
    if (ended !== null) stop(ended)
    else if (waitsFor === 'sender' && silentMs !== undefined && waitedMs >= silentMs) stop('silent')
    else if (waitsFor === 'receiver' && stalledMs !== undefined && waitedMs >= stalledMs)
      stop('stalled')
    else if (waitsFor === 'receiver' && isCut?.()) stop('stalled')
  }

  async function move(): Promise<BodyEnd> {
    for (let bytes = 0; ; ) {
      waitsFor = 'sender'
      since = Date.now()
      const chunk = await sender.read().catch(() => 'broken' as const)
      if (chunk === 'broken') return 'sender'
      if (hasStopped) return 'receiver'
      if (chunk === null) break
      bytes += chunk.byteLength
      if (bytes > maxBytes) return 'too_large'
      waitsFor = 'receiver'
      since = Date.now()
      if (await fails(receiver.write(chunk))) return 'receiver'
    }
    waitsFor = 'receiver'
    since = Date.now()
    await endsAfter?.()
    return (await fails(receiver.close())) ? 'receiver' : 'whole'
  }

  const timer = setInterval(check, tickOf(silentMs, stalledMs, watch?.everyMs))
  const moved = move()
  const end = await Promise.race([stopped, moved])
  hasStopped = true
  clearInterval(timer)
  watch?.stop()
  if (end === 'receiver' && takeRest !== undefined) takeRest(moved)
  else if (end !== 'whole') sender.cancel(new Error(`the body has ended: ${end}`))
  return end
}

/** A body on its way, and how it ended. */
export interface Pumped {
  body: ReadableStream<Uint8Array>
  /** Resolves when the body has ended. Never rejects. */
  ended: Promise<BodyEnd>
}

/**
 * Moves a body into a new stream, of `length` bytes if that is known. A body that does not end
 * whole breaks the stream off.
 */
export function pumped(sender: ChunkReader, length: number | null, bounds: PumpBounds): Pumped {
  const { readable, writable } =
    length === null ? new IdentityTransformStream() : new FixedLengthStream(length)
  const receiver = writable.getWriter()
  const ended = pump(sender, receiver, bounds).then((end) => {
    if (end !== 'whole') receiver.abort(new Error(`the body has ended: ${end}`)).catch(() => {})
    return end
  })
  return { body: readable, ended }
}

/** Returns the time between two checks: a quarter of the shortest bound, at most a second. */
const tickOf = (silentMs = 4_000, stalledMs = 4_000, everyMs = 1_000) =>
  Math.min(silentMs / 4, stalledMs / 4, everyMs, 1_000)

const fails = (work: Promise<void>): Promise<boolean> =>
  work.then(
    () => false,
    () => true,
  )
