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

/** A whole answer within the time, or null: it breaks off, takes too long, or is too large to be withheld. */
export async function withheldBody(answer: Response, withinMs: number) {
  const { body } = answer
  let timer: number | null = null
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), Math.max(0, withinMs))
  })
  const read = readBytes(body, MAX_WITHHELD_BYTES).catch(() => null)
  return Promise.race([read, late]).finally(() => clearTimeout(timer))
}
