/** Bodies of answers that are paid for. */
import { readBytes } from './cappedBody.ts'

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
export async function withheldBody({ body }: Response, withinMs: number) {
  const reader = body?.getReader()
  let timer: number | null = null
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), Math.max(0, withinMs))
  })
  const read = readBytes(reader ? chunksOf(reader) : null, MAX_WITHHELD_BYTES).catch(() => null)
  const whole = await Promise.race([read, late]).finally(() => clearTimeout(timer))
  if (whole === null) reader?.cancel().catch(() => undefined)
  return whole
}

/** The chunks that a reader reads; the reader stays its owner's. */
async function* chunksOf(reader: ReadableStreamDefaultReader<Uint8Array>) {
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    yield value
  }
}
