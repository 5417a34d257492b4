/**
 * Taking what was earned: by age and by amount, and at the close. A settlement takes a whole voucher, so it is the highest one that is
 * not over what was spent: the payer's unspent authorization is never taken, and the highest voucher, which is as good as the payer's
 * word, is not published while it is worth something.
 */
import { logError } from '../../src/lib/log.ts'
import type { PaymentsEnv } from '../env.ts'
import type { Sender, SenderParts } from './sender.ts'
import type { Channel } from './state.ts'
import type { TransactionAction } from './transactions.ts'
import type { Waiters } from './waiters.ts'

/** When to settle and to look, in milliseconds, and from what amount on. */
export interface Schedule {
  afterMs: number
  /** Less is not worth its fee, however old it is: it waits for more, or for the close. */
  least: number
  amount: number
  watchMs: number
}

/** A payer's forced close has 15 minutes: time for three looks. */
const MAX_WATCH_MS = 300_000
/** How long the chain must say that a channel is gone before that is believed. */
const GONE_MS = 60_000
/** After how long without a call a channel is closed (TS 12.2: 30 days). */
const IDLE_MS = 30 * 86_400_000

/** The schedule of an env. Throws for one without: what is not settled is lost. */
export function scheduleOf(env: PaymentsEnv): Schedule {
  const read = (name: 'SETTLE_AFTER_MS' | 'SETTLE_LEAST' | 'SETTLE_AMOUNT' | 'WATCH_EVERY_MS') => {
    const value = Number(env[name])
    if (Number.isSafeInteger(value) && value > 0) return value
    throw new Error(`${name} must be a whole number, not "${env[name]}"`)
  }
  const watchMs = read('WATCH_EVERY_MS')
  if (watchMs > MAX_WATCH_MS) throw new Error('WATCH_EVERY_MS must be 300000 or less')
  const [afterMs, least, amount] = [
    read('SETTLE_AFTER_MS'),
    read('SETTLE_LEAST'),
    read('SETTLE_AMOUNT'),
  ]
  return { afterMs, least, amount, watchMs }
}

export type ChannelSettlement = ReturnType<typeof createSettlement>

export function createSettlement(
  { state, journal, transactions, escrow }: SenderParts,
  sender: Sender,
  waiters: Waiters,
  { afterMs, least, amount, watchMs }: Schedule,
) {
  const confirmMs = Math.min(GONE_MS, watchMs)
  let looking: Promise<boolean> | null = null
  let taking: Promise<void> | null = null

  const isUnderWay = (action: TransactionAction) =>
    transactions.sent().some((one) => one.action === action)

  /** No more calls, and whoever waits for a voucher waits in vain. */
  function startClosing(): void {
    const channel = state.get()
    if (channel?.status !== 'open') return
    state.put({ ...channel, status: 'closing', retryAt: 0 })
    waiters.wake()
  }

  /** The chain knows no such channel: somebody else has closed it, or the payer has. */
  function gone(): void {
    const channel = state.get()
    if (channel === null) return
    const now = Date.now()
    const goneAt = channel.goneAt ?? now
    if (now >= goneAt + confirmMs) journal.closed(channel.settled, null)
    else state.put({ ...channel, goneAt })
  }

  async function look(): Promise<boolean> {
    const channel = state.get()
    if (channel === null || channel.status === 'opening') return true
    try {
      const said = await escrow.read(channel)
      // What is new is most likely by what is under way. A close of our own is taken note of by its receipt.
      if (said.deposit > 0) journal.seen(said, transactions.sent()[0]?.hash ?? null)
      else if (!isUnderWay('close')) gone()
      if (said.closeRequestedAt !== 0) startClosing()
      return true
    } catch (error) {
      logError('channel_not_seen', error)
      sender.failed()
      return false
    }
  }

  /** Signs and sends. Anything that fails before it is sent is tried again later. */
  async function takeOut(action: 'settle' | 'close'): Promise<void> {
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
      await sender.send(transaction)
    } catch (error) {
      logError('channel_not_settled', error)
      sender.failed()
    }
  }

  /** One at a time: what takes money out must see what the one before has done. */
  async function once(action: 'settle' | 'close'): Promise<void> {
    while (taking !== null) await taking
    if (state.get()?.status === 'closed') return
    taking = takeOut(action).finally(() => {
      taking = null
    })
    await taking
  }

  /** What may be settled now, or 0. */
  function settleable({ spent, settled }: Channel): number {
    const voucher = state.voucherUpTo(spent)
    return voucher === null ? 0 : Math.max(0, voucher.cumulative - settled)
  }

  function isUnsettled({ status, spent, settled }: Channel): boolean {
    return status === 'open' && spent > settled
  }

  /** When the chain is to be asked next, or never. */
  function lookDueAt(channel: Channel): number {
    if (channel.status === 'closed') return Number.POSITIVE_INFINITY
    if (channel.goneAt !== null) return channel.goneAt + confirmMs
    return isUnsettled(channel) ? channel.seenAt + watchMs : Number.POSITIVE_INFINITY
  }

  return {
    startClosing,

    /** Reads what the chain says, one question at a time. False: it does not answer. Rejects never. */
    look(): Promise<boolean> {
      looking ??= look().finally(() => {
        looking = null
      })
      return looking
    },

    /** Closes a channel that is closing, once no call has anything reserved; waits that long, at most. */
    async close(waitMs: number): Promise<void> {
      const until = Date.now() + waitMs
      for (let now = Date.now(); state.reserved(now).amount > 0; now = Date.now()) {
        if (now >= until) return
        await waiters.next(Math.min(until, state.reserved(now).until) - now)
      }
      if (state.get()?.status !== 'closing' || !(await this.look())) return
      if (state.get()?.goneAt === null) await once('close')
    },

    /** Does what is due. Rejects never. */
    async tend(now: number): Promise<void> {
      const channel = state.get()
      if (channel === null || now < channel.retryAt) return
      if (channel.status === 'open' && now >= channel.lastUsedAt + IDLE_MS) startClosing()
      if (now >= lookDueAt(channel)) await this.look()
      if (state.get()?.status === 'closing') return this.close(0)
      if (!isUnsettled(channel)) return
      const isOld = now >= (channel.unsettledSince ?? now) + afterMs
      const due = settleable(channel)
      if (due >= amount || (isOld && due >= least)) return once('settle')
      const after = state.get()
      if (isOld && after !== null) state.put({ ...after, unsettledSince: now })
    },

    /** When something is due next, or null. */
    dueAt(now: number): number | null {
      const channel = state.get()
      if (channel === null || channel.status === 'opening' || channel.status === 'closed')
        return null
      const { status, retryAt, lastUsedAt, unsettledSince } = channel
      const reserved = state.reserved(now)
      const dues = [lookDueAt(channel)]
      if (status === 'closing' && !isUnderWay('close') && channel.goneAt === null)
        dues.push(reserved.amount > 0 ? reserved.until : now)
      if (status === 'open') dues.push(lastUsedAt + IDLE_MS)
      if (isUnsettled(channel) && !isUnderWay('settle'))
        dues.push(settleable(channel) >= amount ? now : (unsettledSince ?? now) + afterMs)
      const at = Math.max(retryAt, Math.min(...dues))
      return Number.isFinite(at) ? at : null
    },
  }
}
