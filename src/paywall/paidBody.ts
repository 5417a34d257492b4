/** Bodies of answers that are paid for. */
import { joined } from '../http/body.ts'

/** The most of an answer that can be withheld until it is paid for, in bytes. */
const MAX_WITHHELD_BYTES = 1_048_576

/** Passes a body on, and tells once whether any of it went out, or all of it when it is empty. */
export async function passOn(
  body: ReadableStream<Uint8Array> | null,
  writable: WritableStream<Uint8Array>,
  begun: (wrote: boolean) => Promise<void>,
): Promise<void> {
  const writer = writable.getWriter()
  let told: Promise<void> | undefined
  try {
    for await (const chunk of body ?? []) {
      await writer.write(chunk)
      told ??= begun(true)
    }
    await writer.close()
    told ??= begun(true)
  } catch (error) {
    told ??= begun(false)
    await writer.abort(error).catch(() => undefined)
  }
  await told
}

/**
 * A whole answer within the time, or null: it breaks off, takes too long, or is too large to be withheld. What is not
 * taken is cancelled, so that the origin need not go on with it.
 */
export async function withheldBody(answer: HasBody, withinMs: number) {
  const held = await heldBody(answer, withinMs)
  if (held === null || 'whole' in held) return held?.whole ?? null
  held.stream.cancel().catch(() => undefined)
  return null
}

interface HasBody {
  readonly body: BodyInit | null
}

/** What came of an answer's body: all of it; or, if it is too large to be withheld, a stream of it. */
export type HeldBody = { whole: Uint8Array<ArrayBuffer> } | { stream: ReadableStream<Uint8Array> }

/** An answer's body, held back as far as that goes. Null, and cancelled, if it breaks off or takes too long. */
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
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), Math.max(0, withinMs))
  })
  const held = await Promise.race([read().catch(() => null), late]).finally(() =>
    clearTimeout(timer),
  )
  // Nobody else can let go of an origin that is too slow.
  if (held === null) reader.cancel().catch(() => undefined)
  return held
}

/** Any body as a stream. */
export function streamOf(body: BodyInit): ReadableStream<Uint8Array> {
  return body instanceof ReadableStream ? body : (new Response(body).body ?? new ReadableStream())
}

/** What was read of a body, and then the rest of it. */
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
