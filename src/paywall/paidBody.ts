/** Withholds the bodies of answers until they are paid for, or forwards them. */
import { joined } from '../http/body.ts'

/** The largest body that can be withheld until it is paid for, in bytes. */
const MAX_WITHHELD_BYTES = 1_048_576

/**
 * Forwards a body. Calls `onOutcome` once: with true when the first bytes have gone out (or, if the
 * body is empty, when it has ended), with false if nothing could be written. Rejects only if
 * `onOutcome` does.
 */
export async function forwardBody(
  body: ReadableStream<Uint8Array> | null,
  writable: WritableStream<Uint8Array>,
  onOutcome: (hasBegun: boolean) => Promise<void>,
): Promise<void> {
  const writer = writable.getWriter()
  let reported: Promise<void> | undefined
  try {
    for await (const chunk of body ?? []) {
      await writer.write(chunk)
      reported ??= onOutcome(true)
    }
    await writer.close()
    reported ??= onOutcome(true)
  } catch (error) {
    reported ??= onOutcome(false)
    await writer.abort(error).catch(() => undefined)
  }
  await reported
}

interface HasBody {
  readonly body: BodyInit | null
}

/** A body that is whole, or that is a stream because it is too large to be withheld. */
export type HeldBody = { whole: Uint8Array<ArrayBuffer> } | { stream: ReadableStream<Uint8Array> }

/**
 * Resolves to an answer's body: whole, or as a stream if it is too large to be withheld. Resolves
 * to null if the body breaks off or takes longer than `withinMs` milliseconds; then it is
 * cancelled.
 */
export async function heldBody(answer: HasBody, withinMs: number): Promise<HeldBody | null> {
  if (answer.body === null) return { whole: new Uint8Array() }
  const reader = streamOf(answer.body).getReader()
  const chunks: Uint8Array[] = []
  const read = async (): Promise<HeldBody> => {
    let length = 0
    while (length <= MAX_WITHHELD_BYTES) {
      const { done, value } = await reader.read()
      if (done) return { whole: joined(chunks) }
      chunks.push(value)
      length += value.byteLength
    }
    return { stream: continued(chunks, reader) }
  }
  let timer: number | null = null
  const timeout = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), Math.max(0, withinMs))
  })
  const held = await Promise.race([read().catch(() => null), timeout]).finally(() =>
    clearTimeout(timer),
  )
  // Only the reader can cancel the body of an origin that is too slow.
  if (held === null) reader.cancel().catch(() => undefined)
  return held
}

/** Returns any body as a stream. */
export function streamOf(body: BodyInit): ReadableStream<Uint8Array> {
  return body instanceof ReadableStream ? body : (new Response(body).body ?? new ReadableStream())
}

/** Cancels the body of an answer that is not given, so that the origin need not go on with it. */
export function cancelBody(body: BodyInit | null): void {
  if (body instanceof ReadableStream) body.cancel().catch(() => undefined)
}

/** Returns a stream of the chunks that were read of a body, and then of the rest of the body. */
function continued(
  chunks: readonly Uint8Array[],
  reader: ReadableStreamDefaultReader<Uint8Array>,
): ReadableStream<Uint8Array> {
  const waiting = [...chunks]
  return new ReadableStream({
    async pull(controller) {
      const chunk = waiting.shift() ?? (await reader.read()).value
      if (chunk === undefined) controller.close()
      else controller.enqueue(chunk)
    },
    cancel: (reason) => reader.cancel(reason),
  })
}
