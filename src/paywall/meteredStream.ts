/** Forwards a stream of server-sent events, each of which is paid for before it leaves. */
import { eventsOf, eventText } from '../http/eventStream.ts'
import { utf8 } from '../lib/bytes.ts'

/**
 * How often a comment is sent and the reservation renewed, in milliseconds. The comment shows
 * whether a silent payer has disconnected; the renewal keeps the reservation of a stream without
 * events.
 */
const KEEP_ALIVE_MS = 50_000
const COMMENT = ':\n\n'

/** Sends an event of the gateway to the payer. `data` is sent as JSON. */
export type SendEvent = (type: string, data: object) => Promise<void>

/** The payments of one stream. */
export interface StreamDraws {
  /**
   * Pays for the next event. Resolves to whether the event may leave. Uses `sendEvent` to tell the
   * payer that a voucher is needed first.
   */
  pay: (sendEvent: SendEvent) => Promise<boolean>
  /** Renews the reservation without paying. */
  renew: () => Promise<unknown>
  /** Returns the receipt of all that has been paid. It is sent as the last event. */
  receipt: () => object
}

/**
 * Forwards an origin's events, each after it is paid for, and then sends a receipt. Events
 * without data are free. Events that look like the gateway's own ("payment-…") are left out. The
 * stream ends with a receipt when an event is not paid for. It ends without a receipt when the
 * caller disconnects (`disconnected` is aborted, or a write fails) or when the origin's stream
 * breaks off. Never rejects: the caller sees each failure as a stream that breaks off.
 */
export async function passPaidEvents(
  body: ReadableStream<Uint8Array>,
  writable: WritableStream<Uint8Array>,
  draws: StreamDraws,
  disconnected: AbortSignal,
): Promise<void> {
  const writer = writable.getWriter()
  const ended = new AbortController()
  writer.closed.catch((reason) => ended.abort(reason))
  // A signal can end a pipe while no event comes, but it cannot end a read that waits.
  const pipe = new IdentityTransformStream()
  const signal = AbortSignal.any([disconnected, ended.signal])
  body.pipeTo(pipe.writable, { signal }).catch(() => undefined)
  const sendEvent: SendEvent = (type, data) => writer.write(utf8(eventText(type, data)))
  const timer = setInterval(() => {
    writer.write(utf8(COMMENT)).catch((reason) => ended.abort(reason))
    // If this fails, the next event's payment fails as well.
    draws.renew().catch(() => undefined)
  }, KEEP_ALIVE_MS)
  try {
    for await (const { raw, type, hasData } of eventsOf(pipe.readable)) {
      if (type.startsWith('payment-')) continue
      if (hasData && !(await draws.pay(sendEvent))) break
      await writer.write(utf8(raw))
    }
    await sendEvent('payment-receipt', draws.receipt())
    await writer.close()
  } catch (error) {
    await writer.abort(error).catch(() => undefined)
  } finally {
    clearInterval(timer)
    ended.abort()
  }
}
