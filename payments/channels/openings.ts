/**
 * Opens a channel: checks the payer's transaction, stores it, sends it, and reads the channel back
 * from the chain. The opening of a call is sent when the call has an answer, so that a call without
 * an answer locks no deposit.
 * See docs/decisions/0031.
 */
import { type Hex, keccak256 } from 'viem'
import type {
  Accepted,
  ChannelOrder,
  LimitedOpenings,
  Unopened,
} from '../../src/contract/channel.ts'
import { logError } from '../../src/lib/log.ts'
import { validBeforeOf } from '../chain/transaction.ts'
import type { ChargeNamespace } from '../charges/peers.ts'
import {
  channelReceipt,
  PENDING,
  refuseVoucher,
  TRANSACTION_FAILED,
  UNAVAILABLE,
} from './answers.ts'
import type { Calls } from './calls.ts'
import { countOpening, uncountOpening } from './openingBudget.ts'
import { checkOpening, newChannel, type OpenPayload, openingFault } from './openingChecks.ts'
import type { Sender, SenderParts } from './sender.ts'
import type { Channel } from './state.ts'
import type { Transaction } from './transactions.ts'
import type { ChannelPlace } from './voucher.ts'

/** How long the origin may take for a call that opens its channel, in milliseconds. */
const ANSWER_MS = 15_000
/** How much of a signature's life is left for sending the opening, in milliseconds. */
const SENDING_MS = 5_000
/** How long a request waits for a transaction that is not seen yet, in milliseconds. */
const FOLLOW_FOR_MS = 8_000
/** How long a reservation lives at least while its channel opens, in milliseconds. */
const OPENING_HOLD_MS = 40_000

export type Openings = ReturnType<typeof createOpenings>

/** The channel is open; `hasOpened`: this very call has opened it. */
interface OpenedFor {
  state: 'open'
  hasOpened: boolean
}

/** `list` enters an open channel into the index of its payer's channels. It never rejects. */
export function createOpenings(
  parts: SenderParts,
  sender: Sender,
  calls: Calls,
  charges: ChargeNamespace,
  list: () => Promise<void>,
) {
  const { state, journal, transactions, escrow, scheduleAlarm } = parts

  /** Forgets a channel whose opening was not sent, or can never be mined. */
  function forget(): void {
    const transaction = transactions.opening()
    const channel = state.get()
    if (transaction?.state !== 'held' || channel === null) return
    transactions.put({ ...transaction, state: 'failed' })
    journal.dropped()
    if (channel.isCounted) uncount(channel)
  }

  function uncount({ descriptor, channelId }: Channel): void {
    // A count that cannot be given back now is free again tomorrow.
    uncountOpening(charges, descriptor.payer, channelId).catch(() => undefined)
  }

  /** Counts an opening that is not sent for a whole answer. Null: it may be sent. */
  async function count(): Promise<LimitedOpenings | null> {
    const channel = state.get()
    if (channel === null || channel.isCounted) return null
    const { descriptor, channelId } = channel
    const limited = await countOpening(charges, descriptor.payer, channelId)
    const current = state.get()
    if (limited === null && current !== null) state.put({ ...current, isCounted: true })
    return limited
  }

  /** Sends the opening that a request has reserved for. Null: the channel is open. */
  async function sendOpening(requestId: string): Promise<Unopened | null> {
    const transaction = transactions.opening()
    const channel = state.get()
    const now = Date.now()
    const reservation = state.reservation(requestId, now)
    if (reservation === null) throw new Error('the reservation has ended')
    const heldUntil = Math.max(reservation.heldUntil, now + OPENING_HOLD_MS)
    state.reserve({ ...reservation, heldUntil })
    if (transaction?.state === 'held' && channel !== null) {
      const sent = { ...transaction, state: 'sent' } as const
      transactions.put(sent)
      state.put({ ...channel, status: 'opening' })
      await sender.send(sent)
    }
    if (transaction !== null) await sender.follow(transaction.hash, FOLLOW_FOR_MS)
    const after = state.get()
    if (after === null) return TRANSACTION_FAILED
    return after.status === 'opening' ? PENDING : null
  }

  /** Stores a good opening and reserves for its request. Undefined: it may go on. */
  async function prepare(
    payload: OpenPayload,
    place: ChannelPlace,
    order: ChannelOrder,
    hash: Hex,
  ): Promise<Accepted | undefined> {
    const { transaction: raw, voucher } = payload
    const transaction: Transaction = { hash, raw, action: 'open', state: 'held', at: Date.now() }
    transactions.put(transaction)
    journal.opening(newChannel(payload, place, order, hash), order.row, order.requestId)
    state.addVoucher(voucher, order.credential.challenge.id, order.requestId)
    const holdMs = Math.max(order.holdMs, OPENING_HOLD_MS)
    const missing = calls.reserve({ ...order, holdMs })
    scheduleAlarm()
    if (missing !== null) {
      forget()
      return missing
    }
    try {
      // Without the ledger no channel opens.
      await journal.write()
      const limited = order.purpose === 'manage' || order.isStream ? await count() : null
      if (limited === null) return undefined
      forget()
      return limited
    } catch (error) {
      logError('ledger_unavailable', error)
      forget()
      return UNAVAILABLE
    }
  }

  return {
    forget,

    /**
     * Opens the channel. Null: it is open, and its first voucher is accepted. For a call, the
     * opening is only stored, and the most that the call can cost is reserved.
     */
    async open(
      payload: OpenPayload,
      place: ChannelPlace,
      order: ChannelOrder,
    ): Promise<Accepted | null> {
      const known = state.get()
      if (known?.status === 'prepared') {
        if (state.reserved(Date.now()).until > 0) return PENDING // another request came first
        forget()
      }
      if (known !== null && known.status !== 'prepared') {
        const waiting = transactions.opening()
        if (waiting !== null) await sender.resume(waiting)
        if (state.get()?.status === 'opening') return PENDING
        return state.get() === null ? TRANSACTION_FAILED : null
      }
      const fault = openingFault(payload, place, order)
      if (fault !== null) return fault
      const deposit = await checkOpening(escrow, payload, place, order)
      if (typeof deposit !== 'number') return deposit
      if (state.get() !== null) return PENDING
      const endsAt = (validBeforeOf(payload.transaction) ?? 0) * 1000 - SENDING_MS
      const answerWithinMs = Math.min(ANSWER_MS, endsAt - Date.now())
      if (answerWithinMs <= 0)
        return refuseVoucher('verification-failed', 'The transaction ends too soon: sign it again.')
      const hash = keccak256(payload.transaction)
      const ended = await prepare(payload, place, order, hash)
      if (ended !== undefined) return ended
      const channel = state.get()
      if (channel === null) return UNAVAILABLE
      if (order.purpose === 'call') {
        const receipt = channelReceipt(channel, order.credential.challenge.id)
        const { channelId, descriptor } = channel
        return { state: 'reserved', payer: descriptor.payer, channelId, receipt, answerWithinMs }
      }
      const unopened = await sendOpening(order.requestId)
      state.unreserve(order.requestId)
      return unopened
    },

    /**
     * Opens the channel for a call that has an answer, unless the channel is open already: for a
     * whole answer, or for the beginning of a stream. Rejects if the request's reservation has
     * ended.
     */
    async openFor(requestId: string, answer: 'whole' | 'stream'): Promise<OpenedFor | Unopened> {
      const { status } = state.get() ?? {}
      if (status !== 'prepared' && status !== 'opening') return { state: 'open', hasOpened: false }
      const limited = answer === 'stream' ? await count() : null
      const unopened = limited ?? (await sendOpening(requestId))
      if (unopened === null) {
        await list()
        return { state: 'open', hasOpened: true }
      }
      state.unreserve(requestId)
      forget()
      return unopened
    },

    /** Something was spent: the opening counts no more against its payer's day. */
    spent(): void {
      const channel = state.get()
      if (channel === null || !channel.isCounted || channel.spent === 0) return
      state.put({ ...channel, isCounted: false })
      uncount(channel)
    },
  }
}
