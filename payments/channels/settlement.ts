/**
 * Decides when and how much of a channel's money is taken: by its age and its amount, and at the
 * close. A settlement takes the whole amount of a voucher, so it uses the highest voucher that is
 * not over what was spent: money that is authorized and not spent is never taken, and the highest
 * voucher, with which that money could be taken, is not published.
 * See docs/decisions/0016.
 */
import { logError } from '../../src/lib/log.ts'
import type { PaymentsEnv } from '../env.ts'
import type { Sender, SenderParts } from './sender.ts'
import type { Channel } from './state.ts'
import type { TransactionAction } from './transactions.ts'
import type { Waiters } from './waiters.ts'

/**
 * When a channel is settled and when the chain is read. Times are in milliseconds, amounts in the
 * currency's smallest unit.
 */
export interface Schedule {
  /** How long spent money may wait. */
  afterMs: number
  /** The least amount that is settled for its age: less is not worth a settlement's fee. */
  least: number
  /** The amount from which on spent money does not wait. */
  amount: number
  /** How often the chain is read while spent money waits. */
  watchMs: number
  /** After how long without a call a channel is closed of which nobody has had an answer. */
  unusedMs: number
}

/** The most that WATCH_EVERY_MS may be: three reads in the 15 minutes of a forced close. */
const MAX_WATCH_MS = 300_000
/** How long the chain must say that a channel is gone before that is believed, in milliseconds. */
const GONE_MS = 60_000
/**
 * After how long without a call a channel is closed, in milliseconds
 * (draft-tempo-session-00, 12.2: 30 days).
 */
const IDLE_MS = 30 * 86_400_000
/** The same for a channel to which its payer has not come back: its first answer may be lost. */
const NEW_MS = 2 * 86_400_000
/** The same for a channel of which nobody has had an answer: its payer may not know of it. */
const UNUSED_MS = 15 * 60_000

/**
 * The schedule that the variables set. Throws if one is missing or wrong: without a schedule, spent
 * money would never be taken.
 */
export function scheduleOf(env: PaymentsEnv): Schedule {
  const read = (
    name:
      | 'SETTLE_AFTER_MS'
      | 'SETTLE_LEAST'
      | 'SETTLE_AMOUNT'
      | 'WATCH_EVERY_MS'
      | 'UNUSED_AFTER_MS',
  ) => {
    const value = Number(env[name])
    if (Number.isSafeInteger(value) && value > 0) return value
    throw new Error(`${name} must be a whole number, not "${env[name]}"`)
  }
  const watchMs = read('WATCH_EVERY_MS')
  const unusedMs = env.UNUSED_AFTER_MS === undefined ? UNUSED_MS : read('UNUSED_AFTER_MS')
  if (watchMs > MAX_WATCH_MS) throw new Error('WATCH_EVERY_MS must be 300000 or less')
  const [afterMs, least, amount] = [
    read('SETTLE_AFTER_MS'),
    read('SETTLE_LEAST'),
    read('SETTLE_AMOUNT'),
  ]
  return { afterMs, least, amount, watchMs, unusedMs }
}

export type ChannelSettlement = ReturnType<typeof createSettlement>

export function createSettlement(
  { state, journal, transactions, escrow }: SenderParts,
  sender: Sender,
  waiters: Waiters,
  { afterMs, least, amount, watchMs, unusedMs }: Schedule,
) {
  const confirmMs = Math.min(GONE_MS, watchMs)
  let refreshing: Promise<boolean> | null = null
  let capturing: Promise<void> | null = null

  const isUnderWay = (action: TransactionAction) =>
    transactions.sent().some((one) => one.action === action)

  /** The channel takes no more calls, and requests that wait for a voucher are woken. */
  function startClosing(): void {
    const channel = state.get()
    if (channel?.status !== 'open') return
    state.put({ ...channel, status: 'closing', retryAt: 0 })
    waiters.wake()
  }

  /**
   * The chain has no such channel: its payer or somebody else has closed it. Believed when the
   * chain still says so after a while.
   */
  function notFound(): void {
    const channel = state.get()
    if (channel === null) return
    const now = Date.now()
    const goneAt = channel.goneAt ?? now
    if (now >= goneAt + confirmMs) journal.closed(channel.settled, null)
    else state.put({ ...channel, goneAt })
  }

  async function readChain(): Promise<boolean> {
    const channel = state.get()
    if (channel === null || isUnopened(channel)) return true
    try {
      const said = await escrow.read(channel)
      // A change is most likely the work of a transaction that is on its way. A close of our own is
      // recorded by its receipt.
      if (said.deposit > 0) journal.seen(said, transactions.sent()[0]?.hash ?? null)
      else if (!isUnderWay('close')) notFound()
      if (said.closeRequestedAt !== 0) startClosing()
      return true
    } catch (error) {
      logError('channel_not_seen', error)
      sender.backOff()
      return false
    }
  }

  /** Signs, stores and sends a transaction. A failure before it is sent is tried again later. */
  async function sendCapture(action: 'settle' | 'close'): Promise<void> {
    const channel = state.get()
    if (channel === null || isUnderWay(action)) return
    const { spent, settled } = channel
    const voucher = state.voucherUpTo(spent)
    if (action === 'settle' && voucher === null) return
    try {
      const signed =
        action === 'settle' && voucher !== null
          ? await escrow.signSettle(channel, voucher)
          : await escrow.signClose(channel, Math.max(spent, settled))
      const transaction = { ...signed, action, state: 'sent', at: Date.now() } as const
      transactions.put(transaction)
      const known = state.get()
      if (action === 'settle' && voucher !== null && known !== null)
        state.put({ ...known, published: Math.max(known.published ?? 0, voucher.cumulative) })
      await sender.send(transaction)
    } catch (error) {
      logError('channel_not_settled', error)
      sender.backOff()
    }
  }

  /**
   * Takes money out, one transaction at a time (a mutex): each must see what the one before has
   * taken.
   */
  async function captureInTurn(action: 'settle' | 'close'): Promise<void> {
    while (capturing !== null) await capturing
    if (state.get()?.status === 'closed') return
    capturing = sendCapture(action).finally(() => {
      capturing = null
    })
    await capturing
  }

  /** How much a settlement would take now, in the currency's smallest unit. */
  function settleable({ spent, settled }: Channel): number {
    const voucher = state.voucherUpTo(spent)
    return voucher === null ? 0 : Math.max(0, voucher.cumulative - settled)
  }

  function isUnsettled({ status, spent, settled }: Channel): boolean {
    return status === 'open' && spent > settled
  }

  /** When the chain must be read next, epoch milliseconds, or infinity. */
  function refreshDueAt(channel: Channel): number {
    if (channel.status === 'closed') return Number.POSITIVE_INFINITY
    if (channel.goneAt !== null) return channel.goneAt + confirmMs
    return isUnsettled(channel) ? channel.seenAt + watchMs : Number.POSITIVE_INFINITY
  }

  /** When a channel has been without a call for so long that it is closed. */
  function idleAt({ lastUsedAt, isUnused, isNew }: Channel, now: number): number {
    const idleMs = isUnused ? unusedMs : isNew ? NEW_MS : IDLE_MS
    return Math.max(lastUsedAt, state.reserved(now).until) + idleMs
  }

  return {
    startClosing,

    /** Reads the channel from the chain, one read at a time. False: no answer. Never rejects. */
    refresh(): Promise<boolean> {
      refreshing ??= readChain().finally(() => {
        refreshing = null
      })
      return refreshing
    },

    /** Closes a closing channel when no call has a reservation; waits at most `waitMs`. */
    async close(waitMs: number): Promise<void> {
      const until = Date.now() + waitMs
      for (let now = Date.now(); state.reserved(now).amount > 0; now = Date.now()) {
        if (now >= until) return
        await waiters.next(Math.min(until, state.reserved(now).until) - now)
      }
      if (state.get()?.status !== 'closing' || !(await this.refresh())) return
      if (state.get()?.goneAt === null) await captureInTurn('close')
    },

    /** Does what is due: a read, a settlement, a close. Never rejects. */
    async runDue(now: number): Promise<void> {
      const channel = state.get()
      if (channel === null || isUnopened(channel) || now < channel.retryAt) return
      if (channel.status === 'open' && now >= idleAt(channel, now)) startClosing()
      if (now >= refreshDueAt(channel)) await this.refresh()
      if (state.get()?.status === 'closing') return this.close(0)
      if (!isUnsettled(channel)) return
      const isOld = now >= (channel.unsettledSince ?? now) + afterMs
      const due = settleable(channel)
      if (due >= amount || (isOld && due >= least)) return captureInTurn('settle')
      const after = state.get()
      if (isOld && after !== null) state.put({ ...after, unsettledSince: now })
    },

    /** When something is due next, epoch milliseconds, or null. */
    dueAt(now: number): number | null {
      const channel = state.get()
      if (channel === null || channel.status === 'opening' || channel.status === 'closed')
        return null
      // The opening is forgotten when its call is over.
      if (channel.status === 'prepared') return Math.max(now, state.reserved(now).until)
      const { status, retryAt, unsettledSince } = channel
      const reserved = state.reserved(now)
      const dues = [refreshDueAt(channel)]
      if (status === 'closing' && !isUnderWay('close') && channel.goneAt === null)
        dues.push(reserved.amount > 0 ? reserved.until : now)
      if (status === 'open') dues.push(idleAt(channel, now))
      if (isUnsettled(channel) && !isUnderWay('settle'))
        dues.push(settleable(channel) >= amount ? now : (unsettledSince ?? now) + afterMs)
      const at = Math.max(retryAt, Math.min(...dues))
      return Number.isFinite(at) ? at : null
    },
  }
}

const isUnopened = ({ status }: Channel) => status === 'prepared' || status === 'opening'
