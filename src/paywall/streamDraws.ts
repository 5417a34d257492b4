/** Draws on a channel for a stream: each event before it leaves. */

import type { Env } from '../store/env.ts'
import { type ChannelReceipt, channels, type Drawn } from '../store/payments/channels.ts'
import type { SendEvent } from './meteredStream.ts'

/** How long a stream waits for a voucher. */
const VOUCHER_MS = 60_000

export interface StreamSale {
  channelId: string
  requestId: string
  /** Of one event, in the currency's smallest unit. */
  price: bigint
  /** How many events each voucher is asked to pay for; if `capped`, how many are paid for at all. */
  most: number
  capped: boolean
}

/** The toll of a stream whose reservation holds, or null: it has ended. Whoever got it ends it. */
export async function openStreamDraws(env: Env, sale: StreamSale) {
  const { channelId, requestId, price, most, capped } = sale
  const draw = (amount: bigint, units: number): Promise<Drawn> =>
    channels.draw(env, channelId, requestId, String(amount), units)
  const first = await draw(0n, 0)
  if (first.state !== 'drawn') return null
  let { receipt } = first
  let paid = 0

  return {
    receipt: (): ChannelReceipt => receipt,

    hasPaid: (): boolean => paid > 0,

    /** Holds the reservation: a quiet origin is no reason to end a stream. */
    alive: () => draw(0n, 0),

    async pay(tell: SendEvent): Promise<boolean> {
      if (capped && paid >= most) return true
      for (;;) {
        const drawn = await draw(price, 1)
        if (drawn.state === 'over') return false
        if (drawn.state === 'drawn') {
          receipt = drawn.receipt
          paid += 1
          return true
        }
        await tell('payment-need-voucher', {
          channelId,
          requiredCumulative: requiredFor(drawn, price * BigInt(most - 1)),
          acceptedCumulative: drawn.accepted,
          deposit: drawn.deposit,
        })
        const voucher = await channels.awaitVoucher(env, channelId, drawn.required, VOUCHER_MS)
        if (voucher === null) return false
      }
    },

    /** Frees what was not drawn. */
    end: () => channels.release(env, channelId, requestId),
  }
}

/** What a voucher should come to: the next event and `more`, as far as that needs no deposit which the next does not. */
function requiredFor(need: { required: string; deposit: string }, more: bigint): string {
  const [required, deposit] = [BigInt(need.required), BigInt(need.deposit)]
  const wanted = required + more
  return String(required > deposit || wanted <= deposit ? wanted : deposit)
}
