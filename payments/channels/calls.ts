/**
 * The steps of a call on a channel: authorize, reserve, spend. Each function is synchronous, so
 * that nothing else happens in the object between its reads and its writes; and the object answers
 * only when the writes are on disk.
 */
import type { ChannelOrder, ChannelReceipt, Drawn } from '../../src/contract/channel.ts'
import { channelReceipt, insufficient, type RefusedVoucher, refuseVoucher } from './answers.ts'
import { createCheckBudget } from './checkBudget.ts'
import { amountOf, type Voucher } from './payload.ts'
import type { Channel, ChannelState, Reservation } from './state.ts'
import { faultOf, signerOf } from './voucher.ts'

/** How long a reservation lives at least after its stream has drawn, in milliseconds. */
const DRAW_HOLD_MS = 120_000

export type Calls = ReturnType<typeof createCalls>

export function createCalls(state: ChannelState) {
  const checkBudget = createCheckBudget()

  /** The channel. Throws if it was never opened: then nothing can be reserved on it. */
  function existing(): Channel {
    const channel = state.get()
    if (channel === null) throw new Error('there is no channel')
    return channel
  }

  function available(channel: Channel, now: number): number {
    return channel.accepted.cumulative - channel.spent - state.reserved(now).amount
  }

  /** Returns the fault of a voucher's signature, or null. A stored voucher is not checked again. */
  function signatureFault(voucher: Voucher, channel: Channel): RefusedVoucher | 'too-many' | null {
    if (state.hasVoucher(voucher)) return null
    if (!checkBudget.mayCheck(Date.now())) return 'too-many'
    const fault = faultOf(voucher, channel, signerOf(channel.descriptor))
    checkBudget.checked(fault === null ? 'good' : 'bad')
    if (fault === null) return null
    return refuseVoucher(`session/${fault}`, "The voucher is not signed by the channel's signer.")
  }

  function store(voucher: Voucher, channel: Channel, order: ChannelOrder): void {
    if (voucher.cumulative <= channel.accepted.cumulative) return
    state.put({ ...channel, accepted: voucher })
    state.addVoucher(voucher, order.credential.challenge.id, order.requestId)
  }

  function spend(reservation: Reservation, amount: number, units: number): Channel {
    const channel = existing()
    if (channel.status === 'closed') throw new Error('the channel is closed')
    const spent = channel.spent + amount
    const unsettledSince = channel.unsettledSince ?? (spent > channel.settled ? Date.now() : null)
    state.put({ ...channel, spent, units: channel.units + units, unsettledSince })
    state.addSpend({ row: reservation.row, amount, units })
    return existing()
  }

  return {
    /**
     * Accepts a voucher. Null: it is the highest now. The highest one again changes nothing, and
     * costs no check.
     */
    acceptVoucher(voucher: Voucher, order: ChannelOrder): RefusedVoucher | 'too-many' | null {
      const channel = existing()
      if (voucher.cumulative < channel.accepted.cumulative) {
        const fields = { acceptedCumulative: String(channel.accepted.cumulative) }
        return refuseVoucher(
          'verification-failed',
          'A higher voucher has been accepted before.',
          fields,
        )
      }
      const fault = overDeposit(voucher, channel) ?? signatureFault(voucher, channel)
      if (fault === null) store(voucher, channel, order)
      return fault
    },

    /** Returns the fault of a voucher's signature, or null. Accepts nothing. */
    checkVoucher: (voucher: Voucher): RefusedVoucher | 'too-many' | null =>
      signatureFault(voucher, existing()),

    /**
     * Accepts the voucher of a close: it may be lower than the highest, but must cover what is
     * spent and what is settled. Null: it is good.
     */
    acceptClosingVoucher(
      voucher: Voucher,
      order: ChannelOrder,
    ): RefusedVoucher | 'too-many' | null {
      const channel = existing()
      if (voucher.cumulative < Math.max(channel.spent, channel.settled)) {
        const fields = { spent: String(channel.spent) }
        return refuseVoucher(
          'verification-failed',
          'The voucher is for less than is spent.',
          fields,
        )
      }
      const fault = overDeposit(voucher, channel) ?? signatureFault(voucher, channel)
      if (fault === null) store(voucher, channel, order)
      return fault
    },

    /** Reserves the most that a call can cost, of what is authorized and free. Null: reserved. */
    reserve({ most, requestId, row, holdMs, credential }: ChannelOrder): RefusedVoucher | null {
      const channel = existing()
      const now = Date.now()
      const amount = amountOf(most) ?? Number.POSITIVE_INFINITY
      const free = available(channel, now)
      if (amount > free) return insufficient(channel, free, amount)
      const challengeId = credential.challenge.id
      state.reserve({ requestId, challengeId, row, amount, heldUntil: now + holdMs })
      state.put({ ...channel, lastUsedAt: now })
      return null
    },

    /**
     * Spends what a call has cost; the rest of its reservation is free again. Throws if the
     * reservation has ended, or is smaller than the cost.
     */
    keep(requestId: string, cost: string, units: number): ChannelReceipt {
      const reservation = state.reservation(requestId, Date.now())
      const amount = amountOf(cost)
      if (reservation === null) throw new Error('the reservation has ended')
      if (amount === null || amount > reservation.amount)
        throw new Error('a call costs no more than is reserved for it')
      const channel = spend(reservation, amount, units)
      state.unreserve(requestId)
      return channelReceipt(channel, reservation.challengeId)
    },

    /** Spends the next part of a stream: of its reservation first, then of what is free. */
    draw(requestId: string, amount: string, units: number): Drawn {
      const now = Date.now()
      const cost = amountOf(amount)
      if (cost === null) throw new Error('a stream draws an amount')
      const reservation = state.reservation(requestId, now)
      const channel = state.get()
      if (reservation === null || channel?.status !== 'open') return { state: 'over' }
      const { accepted, deposit } = channel
      const missing = cost - reservation.amount - available(channel, now)
      if (missing > 0) {
        const required = String(accepted.cumulative + missing)
        const [highest, most] = [String(accepted.cumulative), String(deposit)]
        return { state: 'need-voucher', required, accepted: highest, deposit: most }
      }
      const next = spend(reservation, cost, units)
      const left = Math.max(0, reservation.amount - cost)
      const heldUntil = Math.max(reservation.heldUntil, now + DRAW_HOLD_MS)
      state.reserve({ ...reservation, amount: left, heldUntil })
      return { state: 'drawn', receipt: channelReceipt(next, reservation.challengeId) }
    },
  }
}

function overDeposit(voucher: Voucher, { deposit }: Channel): RefusedVoucher | null {
  if (voucher.cumulative <= deposit) return null
  const fields = { requiredTopUp: String(voucher.cumulative - deposit), deposit: String(deposit) }
  const detail = 'The voucher is higher than what is deposited.'
  return refuseVoucher('session/amount-exceeds-deposit', detail, fields)
}
