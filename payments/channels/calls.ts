/**
 * The steps of a call on a channel: authorize, reserve, spend. Each function is synchronous, so
 * that nothing else happens in the object between its reads and its writes; and the object answers
 * only when the writes are on disk.
 */
import type {
  ChannelOrder,
  ChannelReceipt,
  Drawn,
  RefusedChannel,
} from '../../src/contract/channel.ts'
import { channelReceipt, insufficient, overDeposit, refuseVoucher, snapshotOf } from './answers.ts'
import { createCheckBudget } from './checkBudget.ts'
import type { KeptCall, KeptCalls } from './kept.ts'
import { amountOf, type Voucher } from './payload.ts'
import type { Channel, ChannelState, Reservation } from './state.ts'
import { faultOf, signerOf } from './voucher.ts'

/** How long a reservation lives at least after its stream has drawn, in milliseconds. */
const DRAW_HOLD_MS = 120_000
/** How long the receipt of a call is stored, in milliseconds: the gateway may ask for it again. */
const KEPT_MS = 120_000
/**
 * How long a call whose receipt was lost once may go without a confirmation before its cost is
 * given back, in milliseconds.
 */
const RETURN_MS = 60_000

export type Calls = ReturnType<typeof createCalls>

export function createCalls(state: ChannelState, keptCalls: KeptCalls) {
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

  /**
   * Returns the fault of a voucher's signature, or null. A stored voucher is not checked again. A
   * check counts as bad if the voucher is to be refused whoever has signed it.
   */
  function signatureFault(
    voucher: Voucher,
    channel: Channel,
    source: string,
    isRefused = false,
  ): RefusedChannel | 'too-many' | null {
    if (state.hasVoucher(voucher)) return null
    const now = Date.now()
    if (!checkBudget.mayCheck(now, source)) return 'too-many'
    const fault = faultOf(voucher, channel, signerOf(channel.descriptor))
    checkBudget.checked(fault === null && !isRefused ? 'good' : 'bad', now, source)
    if (fault === null) return null
    return refuseVoucher(`session/${fault}`, "The voucher is not signed by the channel's signer.")
  }

  /** Refuses a voucher that is below the highest one; tells its signer where the channel stands. */
  function lowerVoucher(voucher: Voucher, channel: Channel, order: ChannelOrder): RefusedChannel {
    const { cumulative } = channel.accepted
    const fields = { acceptedCumulative: String(cumulative) }
    const detail = 'A higher voucher has been accepted before.'
    const refused = refuseVoucher('verification-failed', detail, fields)
    if (signatureFault(voucher, channel, order.source, true) !== null) return refused
    const missing = (amountOf(order.most) ?? 0) - available(channel, Date.now())
    return { ...refused, snapshot: snapshotOf(channel, cumulative + Math.max(0, missing)) }
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

  /** Gives the cost of a call back whose answer did not reach its payer. */
  function giveBack({ requestId, row, amount, units }: KeptCall): void {
    const channel = existing()
    keptCalls.drop(requestId)
    if (channel.status === 'closed') return
    const spent = channel.spent - amount
    const unsettledSince = spent > channel.settled ? channel.unsettledSince : null
    // As far as the gateway knows, nobody has an answer that was paid for by this channel.
    const isUnused = spent === 0 || channel.isUnused === true
    state.put({ ...channel, spent, units: channel.units - units, unsettledSince, isUnused })
    state.addSpend({ row, amount: -amount, units: -units })
  }

  return {
    /** Accepts a voucher. Null: it is the highest now; again it changes nothing, unchecked. */
    acceptVoucher(voucher: Voucher, order: ChannelOrder): RefusedChannel | 'too-many' | null {
      const channel = existing()
      if (voucher.cumulative < channel.accepted.cumulative)
        return lowerVoucher(voucher, channel, order)
      // The deposit comes last: the chain is asked about it only for a voucher of the payer's.
      const fault = signatureFault(voucher, channel, order.source) ?? overDeposit(voucher, channel)
      if (fault === null) store(voucher, channel, order)
      return fault
    },

    /** Returns the fault of a voucher's signature, or null. Accepts nothing. */
    checkVoucher: (
      voucher: Voucher,
      { source }: ChannelOrder,
    ): RefusedChannel | 'too-many' | null => signatureFault(voucher, existing(), source),

    /**
     * Accepts the voucher of a close, of any amount: the highest voucher covers what is spent, and
     * no more than that is taken. Null: the close is good. Everybody can read a voucher that was
     * sent to the chain, so one that is not above what was sent, and below what is spent, must come
     * with a challenge that has brought a voucher before.
     */
    acceptClosingVoucher(
      voucher: Voucher,
      order: ChannelOrder,
    ): RefusedChannel | 'too-many' | null {
      const channel = existing()
      const fault = signatureFault(voucher, channel, order.source)
      if (fault !== null) return fault
      const { spent, settled, published = 0, deposit } = channel
      const isPublic =
        voucher.cumulative < spent && voucher.cumulative <= Math.max(settled, published)
      if (isPublic && !state.hasChallenge(order.credential.challenge.id)) {
        const detail = 'This voucher was published on the chain: sign one for what is spent.'
        return refuseVoucher('verification-failed', detail, { spent: String(spent) })
      }
      if (voucher.cumulative <= deposit) store(voucher, channel, order)
      return null
    },

    /** Whether one more proof may be checked that comes from where an order does. */
    mayCheck: ({ source }: ChannelOrder): boolean => checkBudget.mayCheck(Date.now(), source),

    /** Counts a proof that was bad. */
    countBad: ({ source }: ChannelOrder): void => checkBudget.checked('bad', Date.now(), source),

    /** An answer has reached the payer, if it was paid for. */
    reached(): void {
      const channel = state.get()
      if (channel?.isUnused && channel.spent > 0) state.put({ ...channel, isUnused: false })
    },

    /** The payer comes back to the channel, and so knows it. */
    returned(): void {
      if (state.get()?.isNew) state.put({ ...existing(), isNew: false })
      this.reached()
    },

    /** Reserves the most that a call can cost, of what is authorized and free. Null: reserved. */
    reserve({ most, requestId, row, holdMs, credential }: ChannelOrder): RefusedChannel | null {
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
     * Spends what a call has cost; the rest of its reservation is free again. A call that was kept
     * with this cost gets the same receipt: its first one was lost, so the cost is given back if
     * `confirm` does not come. Throws if the reservation has ended, or is smaller than the cost.
     */
    keep(requestId: string, cost: string, units: number, hasOpened: boolean): ChannelReceipt {
      const now = Date.now()
      const amount = amountOf(cost)
      const kept = keptCalls.get(requestId)
      if (kept !== null && kept.amount === amount && kept.units === units) {
        keptCalls.put({ ...kept, returnAt: kept.returnAt ?? now + RETURN_MS })
        return JSON.parse(kept.receipt)
      }
      const reservation = state.reservation(requestId, now)
      if (kept !== null || reservation === null) throw new Error('the reservation has ended')
      if (amount === null || amount > reservation.amount)
        throw new Error('a call costs no more than is reserved for it')
      state.put({ ...existing(), isUnused: false })
      const channel = spend(reservation, amount, units)
      state.unreserve(requestId)
      const { row, challengeId } = reservation
      const receipt = channelReceipt(channel, challengeId, hasOpened ? channel.openedBy : null)
      const record = { requestId, row, amount, units, at: now, returnAt: null }
      keptCalls.put({ ...record, receipt: JSON.stringify(receipt) })
      return receipt
    },

    /** The receipt of a call that was kept again has come. */
    confirm(requestId: string): void {
      const kept = keptCalls.get(requestId)
      if (kept !== null) keptCalls.put({ ...kept, returnAt: null })
    },

    /** Ends a call without an answer: its reservation is free again, and so is its cost. */
    release(requestId: string): void {
      state.unreserve(requestId)
      const kept = keptCalls.get(requestId)
      if (kept !== null) giveBack(kept)
    },

    /** Gives back the cost of calls whose receipts nobody has, and forgets old receipts. */
    giveBackDue(now: number): void {
      for (const kept of keptCalls.returning())
        if (kept.returnAt !== null && kept.returnAt <= now) giveBack(kept)
      keptCalls.purge(now - KEPT_MS)
    },

    /** When the next cost is given back, epoch milliseconds, or null. */
    returnsAt: (): number | null => keptCalls.returning()[0]?.returnAt ?? null,

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
      state.put({ ...next, lastUsedAt: now })
      const left = Math.max(0, reservation.amount - cost)
      const heldUntil = Math.max(reservation.heldUntil, now + DRAW_HOLD_MS)
      state.reserve({ ...reservation, amount: left, heldUntil })
      return { state: 'drawn', receipt: channelReceipt(next, reservation.challengeId) }
    },
  }
}
