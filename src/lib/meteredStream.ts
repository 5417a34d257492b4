/** A stream of server-sent events that is paid for event by event, as it flows. */
import { utf8 } from './bytes.ts'
import { eventsOf, eventText } from './eventStream.ts'

export interface Toll {
  /**
   * Pays for the next event: whether it may leave. `tell` sends an event of ours, for a payer who has to do
   * something first.
   */
  pay: (tell: Tell) => Promise<boolean>
  /** What has been paid, for the stream's last event. */
  receipt: () => object
}

export type Tell = (type: string, data: object) => Promise<void>

/**
 * Passes an origin's events on, each one when it is paid for, and a receipt after the last. Events without
 * data are free, and those that would speak for the gateway are left out. Stops where nobody pays or
 * listens. Never rejects: a stream that breaks off breaks off for the caller too.
 */
export async function passPaidEvents(
  body: ReadableStream<Uint8Array>,
  writable: WritableStream<Uint8Array>,
  toll: Toll,
): Promise<void> {
  const writer = writable.getWriter()
  let gone = false
  writer.closed.catch(() => {
    gone = true
  })
  const tell: Tell = (type, data) => writer.write(utf8(eventText(type, data)))
  try {
    for await (const { raw, type, hasData } of eventsOf(body)) {
      if (type.startsWith('payment-')) continue
      // Who has left is not charged for what comes afterwards.
      if (gone || (hasData && !(await toll.pay(tell)))) break
      await writer.write(utf8(raw))
    }
    await tell('payment-receipt', toll.receipt())
    await writer.close()
  } catch (error) {
    await writer.abort(error).catch(() => undefined)
  }
}
