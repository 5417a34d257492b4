/** Draws on a payment channel for a stream: each event is paid for before it leaves. */
import type { ChannelReceipt, Drawn } from '../../contract/channel.ts'
import { eventText } from '../../http/bodies/eventStream.ts'
import type { Env } from '../../store/env.ts'
import { channels } from '../../store/payments/channels.ts'

/** How long a stream waits for a voucher, in milliseconds. */
const VOUCHER_MS = 60_000

/** The terms of a stream that is paid for by the event. */
export interface StreamTerms {
  channelId: string
  requestId: string
  /** The price of one event, in the currency's smallest unit. */
  price: bigint
  /**
   * The number of events that the payer is asked to cover with each voucher. If `isCapped`, also
   * the number of events that are paid for at all: later events are free.
   */
  maxEvents: number
  isCapped: boolean
}

/**
 * Starts drawing for a stream, and opens the channel if the call is to open it. Resolves to null if
 * the request's reservation has ended, or to the outcome of an opening that did not go through. The
 * holder of the draws must call `end()`. Every method that asks the channel rejects with
 * `service_unavailable` if the channel's object does not answer.
 */
export async function openStreamDraws(env: Env, terms: StreamTerms) {
  const { channelId, requestId, price, maxEvents, isCapped } = terms
  const draw = (amount: bigint, units: number): Promise<Drawn> =>
    channels.draw(env, channelId, requestId, String(amount), units)
  const first = await draw(0n, 0)
  if (first.state === 'over' || first.state === 'need-voucher') return null
  if (first.state !== 'drawn') return first
  let { receipt } = first
  let paid = 0
  let isUnpaid = false

  return {
    state: 'drawing' as const,

    /** Returns the receipt of all that has been drawn. */
    receipt: (): ChannelReceipt => receipt,

    /** Whether any event has been paid for. */
    hasPaid: (): boolean => paid > 0,

    /** Whether the payment for the last event is missing. */
    isUnpaid: (): boolean => isUnpaid,

    /** Renews the reservation, so that it does not expire while the origin sends nothing. */
    renew: () => draw(0n, 0),

    /**
     * Pays for the next event. If the channel's vouchers do not cover the event, yields an event
     * that asks the payer for one, and waits. Returns false if no voucher came, or if the
     * reservation has ended.
     */
    async *pay(): AsyncGenerator<string, boolean> {
      if (isCapped && paid >= maxEvents) return true
      isUnpaid = true
      for (;;) {
        const drawn = await draw(price, 1)
        if (drawn.state === 'drawn') {
          receipt = drawn.receipt
          paid += 1
          isUnpaid = false
          return true
        }
        if (drawn.state !== 'need-voucher') return false
        yield eventText('payment-need-voucher', {
          channelId,
          requiredCumulative: cumulativeFor(drawn, price * BigInt(maxEvents - 1)),
          acceptedCumulative: drawn.accepted,
          deposit: drawn.deposit,
        })
        const voucher = await channels.awaitVoucher(env, channelId, drawn.required, VOUCHER_MS)
        if (voucher === null) return false
      }
    },

    /**
     * Ends the reservation: what was not drawn is free again. `hasReached`: the payer
     * has had the head of the stream at least, and so knows the channel.
     */
    end: (hasReached: boolean) =>
      channels[hasReached ? 'finish' : 'release'](env, channelId, requestId),
  }
}

/**
 * Returns the cumulative amount that a voucher should have: enough for the next event and for
 * `more`. If the deposit covers the next event but not `more`, the amount is the deposit, so that
 * the payer need not top the channel up yet.
 */
function cumulativeFor(need: { required: string; deposit: string }, more: bigint): string {
  const [required, deposit] = [BigInt(need.required), BigInt(need.deposit)]
  const wanted = required + more
  return String(required > deposit || wanted <= deposit ? wanted : deposit)
}
