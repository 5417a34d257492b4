/**
 * The state changes of a channel that the ledger must know of: each is stored in one transaction
 * with its ledger event, so that neither exists without the other. The vouchers and the spending of
 * calls are added up first, and become few events.
 */
import type { D1Database, DurableObjectStorage } from '@cloudflare/workers-types'
import type { LedgerEvent } from '../ledger.ts'
import { createOutbox, type Outbox } from '../outbox.ts'
import type { ChainState } from './escrow.ts'
import type { Channel, ChannelState } from './state.ts'

export type ChannelJournal = ReturnType<typeof createChannelJournal>

/** The subject of an event, beside its channel. */
interface Note {
  row?: string
  requestId?: string
  transaction?: string | null
}

export function createChannelJournal(
  storage: DurableObjectStorage,
  state: ChannelState,
  database: D1Database,
) {
  // Only a channel that exists writes anything, so that made-up ids leave nothing behind.
  let existing: Outbox | null = state.get() === null ? null : createOutbox(storage.sql, database)
  const outbox = () => {
    existing ??= createOutbox(storage.sql, database)
    return existing
  }

  function note(channel: Channel, kind: LedgerEvent['kind'], amount: number, about: Note): void {
    if (amount === 0 && kind !== 'open') return
    const { challengeId, descriptor, channelId } = channel
    const { row = '', requestId = '', transaction = null } = about
    const { payer, token: currency } = descriptor
    const what = { kind, amount: String(amount), currency, challengeId, row, payer }
    outbox().note({ ...what, mode: 'channel', channelId, transaction, requestId })
  }

  /**
   * Whether calls have authorized or spent anything that is not noted. The voucher of an opening
   * counts when the channel is open.
   */
  const hasSpends = ({ status, noted, accepted }: Channel) =>
    status !== 'prepared' &&
    status !== 'opening' &&
    (noted !== accepted.cumulative || state.spends().length > 0)

  /** Notes what calls have authorized and spent since the last time, by route. */
  function addUp(): void {
    const channel = state.get()
    if (channel === null || !hasSpends(channel)) return
    const accepted = channel.accepted.cumulative
    note(channel, 'voucher', accepted - channel.noted, {})
    for (const { row, amount } of state.spends()) note(channel, 'spend', amount, { row })
    state.clearSpends()
    if (channel.noted !== accepted) state.put({ ...channel, noted: accepted })
  }

  return {
    /** The transaction that opens the channel is good, and is about to be sent. */
    opening(channel: Channel, row: string, requestId: string): void {
      storage.transactionSync(() => {
        state.put(channel)
        note(channel, 'open', 0, { row, requestId, transaction: channel.openedBy })
      })
    },

    /** The chain was read. The answer may be an old one, so no amount is lowered by it. */
    seen({ deposit, settled }: ChainState, transaction: string | null): void {
      storage.transactionSync(() => {
        const before = state.get()
        if (before === null) return
        addUp()
        const channel = state.get() ?? before
        const next = {
          ...channel,
          deposit: Math.max(channel.deposit, deposit),
          settled: Math.max(channel.settled, settled),
          seenAt: Date.now(),
          goneAt: null,
        }
        note(next, 'deposit', next.deposit - channel.deposit, { transaction })
        note(next, 'capture', next.settled - channel.settled, { transaction })
        if (next.settled > channel.settled)
          next.unsettledSince = next.spent > next.settled ? next.seenAt : null
        state.put(next)
      })
    },

    /**
     * The chain has closed the channel: `captured` was taken in the channel's whole life, and the
     * rest of the deposit went back to the payer. Does nothing the second time.
     */
    closed(captured: number, transaction: string | null): void {
      storage.transactionSync(() => {
        addUp()
        const channel = state.get()
        if (channel === null || channel.status === 'closed') return
        const { deposit, settled, spent, accepted } = channel
        note(channel, 'capture', Math.max(0, captured - settled), { transaction })
        // More than was spent: the holder of the key can settle without this Worker.
        note(channel, 'spend', Math.max(0, captured - spent), { transaction })
        note(channel, 'forfeit', Math.max(0, spent - captured), { transaction })
        note(channel, 'lapse', accepted.cumulative - Math.max(spent, captured), { transaction })
        note(channel, 'refund', deposit - captured, { transaction })
        const closedBy = transaction as Channel['closedBy']
        const end = { status: 'closed', unsettledSince: null, closedBy } as const
        state.put({ ...channel, settled: captured, ...end })
      })
    },

    /** Whether the ledger is yet to be told something. */
    waits(): boolean {
      const channel = state.get()
      return channel !== null && (hasSpends(channel) || outbox().waits())
    },

    /** Tells the ledger everything. Rejects if D1 does not take it. */
    async write(): Promise<void> {
      const channel = state.get()
      if (channel === null) return
      storage.transactionSync(addUp)
      await outbox().write()
    },

    /** The channel was never opened: forgets it, with the events that wait. */
    dropped(): void {
      storage.transactionSync(() => {
        state.drop()
        existing?.clear()
      })
    },
  }
}
