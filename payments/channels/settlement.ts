/**
 * Taking what was earned: by age and by amount, and at the close. A settlement takes a whole voucher, so it is the highest one that is
 * not over what was spent: the payer's unspent authorization is never taken, and the highest voucher, which is as good as the payer's
 * word, is not published while it is worth something.
 */
import { logError } from '../../src/lib/log.ts'
import type { Parts, Sender } from './sender.ts'
import type { Channel } from './state.ts'
import type { TransactionAction } from './transactions.ts'
import type { Waiters } from './waiters.ts'

/** When to settle and to look, in milliseconds, and from what amount on. */
export interface Schedule {
  afterMs: number
  amount: number
  watchMs: number
}

/** After how long without a call a channel is closed (TS 12.2: 30 days). */
const IDLE_MS = 30 * 86_400_000

export type Settlement = ReturnType<typeof createSettlement>

export function createSettlement(
  { state, books, transactions, escrow }: Omit<Parts, 'rpcUrl'>,
  sender: Sender,
  waiters: Waiters,
  { afterMs, amount, watchMs }: Schedule,
) {
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

  async function look(): Promise<boolean> {
    const channel = state.get()
    if (channel === null || channel.status === 'opening') return true
    try {
      const said = await escrow.read(channel)
      // A close of our own is taken note of by its receipt.
      if (said.deposit === 0 && !isUnderWay('close')) books.closed(channel.settled, null)
      else if (said.deposit > 0) books.seen(said, null)
      sender.succeeded()
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
    try {
      const voucher = state.voucherUpTo(channel.spent)
      if (action === 'settle' && voucher === null) return
      const capture = Math.max(channel.spent, channel.settled)
      const what = action === 'settle' && voucher !== null ? { settle: voucher } : { capture }
      const signed = await escrow.sign(channel, what)
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
      if (state.get()?.status === 'closing' && (await this.look())) await once('close')
    },

    /** Does what is due. Rejects never. */
    async tend(now: number): Promise<void> {
      const channel = state.get()
      if (channel === null || now < channel.retryAt) return
      if (channel.status === 'open' && now >= channel.lastUsedAt + IDLE_MS) startClosing()
      if (isUnsettled(channel) && now >= channel.seenAt + watchMs) await this.look()
      if (state.get()?.status === 'closing') return this.close(0)
      if (!isUnsettled(channel)) return
      const isOld = now >= (channel.unsettledSince ?? now) + afterMs
      const due = settleable(channel)
      if (due > 0 && (isOld || due >= amount)) return once('settle')
      const after = state.get()
      if (isOld && after !== null) state.put({ ...after, unsettledSince: now })
    },

    /** When something is due next, or null. */
    dueAt(now: number): number | null {
      const channel = state.get()
      if (channel === null || channel.status === 'opening' || channel.status === 'closed')
        return null
      const { retryAt, lastUsedAt, seenAt, unsettledSince } = channel
      const reserved = state.reserved(now)
      if (channel.status === 'closing')
        return Math.max(retryAt, reserved.amount > 0 ? reserved.until : now)
      const dues = [lastUsedAt + IDLE_MS]
      if (isUnsettled(channel)) dues.push(seenAt + watchMs, (unsettledSince ?? now) + afterMs)
      if (isUnsettled(channel) && settleable(channel) >= amount) dues.push(now)
      return Math.max(retryAt, Math.min(...dues))
    },
  }
}
