/**
 * The object of one payment channel, which alone knows and moves its money. See
 * docs/decisions/0015.
 */
import { DurableObject } from 'cloudflare:workers'
import type {
  Accepted,
  ChannelOrder,
  ChannelReceipt,
  ChannelTerms,
  Drawn,
  PaymentChannel,
  Recovered,
  Unopened,
} from '../../src/contract/channel.ts'
import { logError } from '../../src/lib/log.ts'
import type { PaymentsEnv } from '../env.ts'
import {
  channelReceipt,
  EXPIRED,
  finalized,
  INVALID,
  NOT_FOUND,
  NOT_OURS,
  PENDING,
  UNAVAILABLE,
} from './answers.ts'
import { type Calls, createCalls } from './calls.ts'
import { type ChannelClosing, createClosing } from './closing.ts'
import { createDeposits, type Deposits } from './deposits.ts'
import { createEscrow, isOrdersChannel } from './escrow.ts'
import { type ChannelJournal, createChannelJournal } from './journal.ts'
import { createKeptCalls } from './kept.ts'
import { isInTime } from './late.ts'
import { createOpenings, type Openings } from './openings.ts'
import { type Payload, readPayload } from './payload.ts'
import { createRecovery, type Recovery } from './recovery.ts'
import { createSender, type Sender } from './sender.ts'
import {
  type ChannelSettlement,
  createSettlement,
  type Schedule,
  scheduleOf,
} from './settlement.ts'
import { type ChannelState, createChannelState } from './state.ts'
import { createTransactions, type Transactions } from './transactions.ts'
import type { ChannelPlace } from './voucher.ts'
import { createWaiters } from './waiters.ts'

/** How often the alarm asks about a transaction that was sent, in milliseconds. */
const CHANNEL_CHECK_MS = 2_000
/** How soon the alarm writes the waiting events to the ledger, in milliseconds. */
const LEDGER_DELAY_MS = 5_000
/** The alarm rings no sooner than this after it was set, in milliseconds. */
const MIN_ALARM_MS = 500

export class PaymentChannelObject extends DurableObject<PaymentsEnv> implements PaymentChannel {
  readonly #state: ChannelState
  readonly #journal: ChannelJournal
  readonly #transactions: Transactions
  readonly #calls: Calls
  readonly #sender: Sender
  readonly #deposits: Deposits
  readonly #openings: Openings
  readonly #settlement: ChannelSettlement
  readonly #closing: ChannelClosing
  readonly #recovery: Recovery
  readonly #waiters = createWaiters()
  readonly #schedule: Schedule
  /** When the alarm rings, epoch milliseconds, as far as this instance has set it. */
  #alarmAt = Number.POSITIVE_INFINITY

  constructor(object: DurableObjectState, env: PaymentsEnv) {
    super(object, env)
    const { storage } = object
    this.#state = createChannelState(storage.sql)
    this.#journal = createChannelJournal(storage, this.#state, env.DB)
    this.#transactions = createTransactions(storage.sql)
    this.#calls = createCalls(this.#state, createKeptCalls(storage.sql))
    const [state, journal, transactions] = [this.#state, this.#journal, this.#transactions]
    const [rpcUrl, scheduleAlarm] = [env.RPC_URL, () => this.#scheduleAlarm()]
    const parts = { state, journal, transactions, escrow: createEscrow(env), rpcUrl, scheduleAlarm }
    this.#sender = createSender(parts)
    this.#deposits = createDeposits(parts, this.#sender, this.#calls)
    this.#recovery = createRecovery(state, env.CHARGES, () => this.#isCurrent())
    const list = () => this.#recovery.list()
    this.#openings = createOpenings(parts, this.#sender, this.#calls, env.CHARGES, list)
    this.#schedule = scheduleOf(env)
    this.#settlement = createSettlement(parts, this.#sender, this.#waiters, this.#schedule)
    this.#closing = createClosing(state, this.#calls, this.#settlement, scheduleAlarm)
  }

  /**
   * Takes a payer's credential, which opens, tops up, authorizes or closes, and reserves what its
   * call can cost at most.
   */
  async accept(order: ChannelOrder): Promise<Accepted> {
    const payload = readPayload(order.credential)
    if (payload === null) return INVALID
    if (!isOrdersChannel(order, payload)) return NOT_OURS
    if (!isInTime(payload, order, this.#state, this.#transactions)) return EXPIRED
    try {
      return await this.#apply(payload, order)
    } finally {
      this.#scheduleAlarm()
    }
  }

  async #apply(payload: Payload, order: ChannelOrder): Promise<Accepted> {
    const { chainId, escrow } = order
    const place = { channelId: payload.channelId, chainId, escrow } as ChannelPlace
    if (payload.action === 'open') {
      const ended = await this.#openings.open(payload, place, order)
      if (ended !== null) return ended
    }
    const channel = this.#state.get()
    if (channel === null) return NOT_FOUND
    if (channel.status === 'prepared' || channel.status === 'opening') return PENDING
    if (payload.action === 'close') return this.#closing.close(payload, order)
    if (channel.status !== 'open') return finalized(channel)
    if (!(await this.#isCurrent())) return UNAVAILABLE
    if (payload.action === 'topUp') return this.#deposits.topUp(payload, place, order)
    const accepted = this.#authorize(payload, order)
    if (accepted.state !== 'refused' || accepted.type !== 'session/amount-exceeds-deposit')
      return accepted
    // The payer may have topped the deposit up on the chain, without this gateway.
    if (!(await this.#settlement.refresh())) return UNAVAILABLE
    return this.#authorize(payload, order)
  }

  /**
   * Reads the chain if it was not read for long: the payer may have requested a close there, or may
   * have closed the channel. False: the chain does not answer, or has no such channel.
   */
  async #isCurrent(): Promise<boolean> {
    const channel = this.#state.get()
    const isLong = channel !== null && Date.now() > channel.seenAt + 2 * this.#schedule.watchMs
    if (isLong && !(await this.#settlement.refresh())) return false
    return this.#state.get()?.goneAt == null
  }

  /** Accepts a voucher and reserves for its call. Synchronous, and so one step. */
  #authorize(payload: Payload & { action: 'open' | 'voucher' }, order: ChannelOrder): Accepted {
    const before = this.#state.get()
    if (before?.status !== 'open') return before === null ? NOT_FOUND : finalized(before)
    const fault = this.#calls.acceptVoucher(payload.voucher, order)
    if (fault === 'too-many') return UNAVAILABLE
    if (fault !== null) return fault
    if (payload.action === 'voucher') this.#calls.returned()
    this.#waiters.wake()
    const missing = order.purpose === 'call' ? this.#calls.reserve(order) : null
    if (missing !== null) return missing
    const channel = this.#state.get() ?? before
    const { channelId, descriptor, openedBy } = channel
    const hash = payload.action === 'open' ? openedBy : null
    const receipt = channelReceipt(channel, order.credential.challenge.id, hash)
    if (order.purpose === 'manage') return { state: 'managed', channelId, receipt }
    return { state: 'reserved', payer: descriptor.payer, channelId, receipt }
  }

  async recover(signer: string, terms: ChannelTerms): Promise<Recovered> {
    return this.#recovery.recover(signer, terms)
  }

  async keep(requestId: string, cost: string, units: number): Promise<ChannelReceipt | Unopened> {
    const opened = await this.#openings.openFor(requestId, 'whole')
    if (opened.state !== 'open') return opened
    const receipt = this.#calls.keep(requestId, cost, units, opened.hasOpened)
    this.#changed()
    return receipt
  }

  async confirm(requestId: string): Promise<void> {
    this.#calls.confirm(requestId)
  }

  async release(requestId: string): Promise<void> {
    this.#calls.release(requestId)
    if (this.#state.reserved(Date.now()).until === 0) this.#openings.forget()
    this.#changed()
  }

  async finish(requestId: string): Promise<void> {
    this.#calls.reached()
    await this.release(requestId)
  }

  async draw(requestId: string, amount: string, units: number): Promise<Drawn> {
    const opened = await this.#openings.openFor(requestId, 'stream')
    if (opened.state !== 'open') return opened
    const drawn = this.#calls.draw(requestId, amount, units)
    this.#openings.spent()
    this.#scheduleAlarm()
    return drawn
  }

  async awaitVoucher(required: string, timeoutMs: number): Promise<ChannelReceipt | null> {
    const until = Date.now() + timeoutMs
    for (let now = Date.now(); now < until; now = Date.now()) {
      const channel = this.#state.get()
      if (channel?.status !== 'open') return null
      if (channel.accepted.cumulative >= Number(required))
        return channelReceipt(channel, channel.challengeId)
      await this.#waiters.next(until - now)
    }
    return null
  }

  /**
   * Goes on with what requests have left behind: transactions whose outcome is not known, money
   * that is due to be settled, events that the ledger does not have yet.
   */
  override async alarm(): Promise<void> {
    this.#alarmAt = Number.POSITIVE_INFINITY
    for (const transaction of this.#transactions.sent()) await this.#sender.resume(transaction)
    const now = Date.now()
    this.#state.purgeReservations(now)
    if (this.#state.reserved(now).until === 0) this.#openings.forget()
    this.#calls.giveBackDue(now)
    await this.#settlement.runDue(now)
    const channel = this.#state.get()
    if (channel !== null) this.#state.trimVouchers(channel.settled)
    await this.#recovery.list()
    await this.#journal.write().catch((error) => logError('ledger_waits', error))
    this.#scheduleAlarm()
  }

  #changed(): void {
    this.#openings.spent()
    this.#waiters.wake()
    this.#scheduleAlarm()
  }

  /** Sets the alarm for what is due next. Nothing is due for a channel that was never opened. */
  #scheduleAlarm(): void {
    const now = Date.now()
    const dues = [this.#settlement.dueAt(now), this.#calls.returnsAt()].map(
      (at) => at ?? Number.POSITIVE_INFINITY,
    )
    if (this.#transactions.sent().length > 0) dues.push(now + CHANNEL_CHECK_MS)
    if (this.#journal.waits() || this.#recovery.isListingDue()) dues.push(now + LEDGER_DELAY_MS)
    const at = Math.max(now + MIN_ALARM_MS, Math.min(...dues))
    if (!Number.isFinite(at) || at >= this.#alarmAt) return
    this.#alarmAt = at
    void this.ctx.storage.setAlarm(at)
  }
}
