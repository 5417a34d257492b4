/** A stream of server-sent events that is paid for event by event, as it flows. */

import { eventsOf, eventText } from '../http/eventStream.ts'
import { utf8 } from '../lib/bytes.ts'

/** How often a quiet stream is said to be still there: to the payer, who may have left, and to the channel. */
const ALIVE_MS = 50_000
const COMMENT = ':\n\n'

export interface StreamDraws {
  /**
   * Pays for the next event: whether it may leave. `tell` sends an event of ours, for a payer who has to do
   * something first.
   */
  pay: (tell: SendEvent) => Promise<boolean>
  /** Says that the stream is still there, though nothing is paid. */
  alive: () => Promise<unknown>
  /** What has been paid, for the stream's last event. */
  receipt: () => object
}

export type SendEvent = (type: string, data: object) => Promise<void>

/**
 * Passes an origin's events on, each one when it is paid for, and a receipt after the last. Events without
 * data are free, and those that would speak for the gateway are left out. Stops where nobody pays, and when
 * the caller has left. Never rejects: a stream that breaks off breaks off for the caller too.
 */
export async function passPaidEvents(
  body: ReadableStream<Uint8Array>,
  writable: WritableStream<Uint8Array>,
  toll: StreamDraws,
  gone: AbortSignal,
): Promise<void> {
  const writer = writable.getWriter()
  const left = new AbortController()
  writer.closed.catch((reason) => left.abort(reason))
  // A pipe can be ended while nothing comes through it; a read that waits cannot.
  const pipe = new IdentityTransformStream()
  const signal = AbortSignal.any([gone, left.signal])
  body.pipeTo(pipe.writable, { signal }).catch(() => undefined)
  const tell: SendEvent = (type, data) => writer.write(utf8(eventText(type, data)))
  // Who has left in silence is only noticed when something is sent.
  const timer = setInterval(() => {
    writer.write(utf8(COMMENT)).catch((reason) => left.abort(reason))
    toll.alive().catch(() => undefined) // the next event finds out
  }, ALIVE_MS)
  try {
    for await (const { raw, type, hasData } of eventsOf(pipe.readable)) {
      if (type.startsWith('payment-')) continue
      if (hasData && !(await toll.pay(tell))) break
      await writer.write(utf8(raw))
    }
    await tell('payment-receipt', toll.receipt())
    await writer.close()
  } catch (error) {
    await writer.abort(error).catch(() => undefined)
  } finally {
    clearInterval(timer)
    left.abort()
  }
}
