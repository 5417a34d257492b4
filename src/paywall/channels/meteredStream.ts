/** Forwards a stream of server-sent events, each of which is paid for before it leaves. */
import { type ChunkReader, chunksOf } from '../../http/bodies/chunks.ts'
import { eventsOf, eventText } from '../../http/bodies/eventStream.ts'
import { type Pumped, pumped } from '../../http/bodies/pump.ts'
import { utf8 } from '../../lib/bytes.ts'
import { leaveOpen } from '../../pipeline/bodies.ts'
import type { Call } from '../../pipeline/call.ts'

/**
 * How often a comment is sent to a payer who gets no events, and the reservation renewed, in
 * milliseconds. The comment shows whether the payer has disconnected; the renewal keeps the
 * reservation of a stream without events.
 */
const KEEP_ALIVE_MS = 50_000
const COMMENT = utf8(':\n\n')

/** The payments of one stream. */
export interface StreamDraws {
  /**
   * Pays for the next event. Returns whether the event may leave. Yields the events of the gateway
   * that the payer has to get first, because a voucher is needed.
   */
  pay: () => AsyncGenerator<string, boolean>
  /** Renews the reservation without paying. */
  renew: () => Promise<unknown>
  /** Returns the receipt of all that has been paid. It is sent as the last event. */
  receipt: () => object
  /** Whether the payment for the last event is missing. */
  isUnpaid: () => boolean
}

/** Moves an origin's events to their payer. The stream ends as `paidEvents` says. */
export function meteredBody(call: Call, origin: ChunkReader, draws: StreamDraws): Pumped {
  const events = paidEvents(origin, draws)
  const { body, ended } = pumped(events, null, { disconnected: call.request.signal })
  const told = ended.then((end) =>
    (end === 'whole' || end === 'sender') && draws.isUnpaid() ? 'unpaid' : end,
  )
  leaveOpen(call, body, told)
  return { body, ended: told }
}

/**
 * Returns a reader of an origin's events, each of which it has paid for, and then of a receipt.
 * Events without data are free. Events that look like the gateway's own ("payment-…") are left out.
 * The stream ends with a receipt when an event is not paid for. The reader must be read to its end,
 * or cancelled; it rejects if the origin breaks off, or if a payment fails.
 */
export function paidEvents(origin: ChunkReader, draws: StreamDraws): ChunkReader {
  const events = eventsFor(origin, draws)
  let next: Promise<IteratorResult<Uint8Array, void>> | null = null
  let beat = () => {}
  const timer = setInterval(() => {
    beat()
    // If this fails, the next event's payment fails as well.
    draws.renew().catch(() => undefined)
  }, KEEP_ALIVE_MS)
  const stop = () => clearInterval(timer)

  return {
    async read() {
      next ??= events.next()
      next.catch(stop)
      const silent = new Promise<null>((resolve) => {
        beat = () => resolve(null)
      })
      const result = await Promise.race([next, silent])
      if (result === null) return COMMENT // the event is still to come
      next = null
      if (!result.done) return result.value
      stop()
      return null
    },
    cancel(reason) {
      stop()
      origin.cancel(reason)
    },
  }
}

async function* eventsFor(
  origin: ChunkReader,
  draws: StreamDraws,
): AsyncGenerator<Uint8Array, void> {
  for await (const { raw, type, hasData } of eventsOf(chunksOf(origin))) {
    if (type.startsWith('payment-')) continue
    if (hasData && !(yield* paid(draws))) break
    yield utf8(raw)
  }
  yield utf8(eventText('payment-receipt', draws.receipt()))
}

/** Pays for one event. Yields what the payer has to get first; returns whether it may leave. */
async function* paid(draws: StreamDraws): AsyncGenerator<Uint8Array, boolean> {
  const payment = draws.pay()
  for (;;) {
    const { done, value } = await payment.next()
    if (done) return value
    yield utf8(value)
  }
}
