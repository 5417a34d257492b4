/**
 * The steps of a channel that the ledger must know of: each is written with its event, whole or not at all. What
 * calls authorize and spend is added up here first, and told to the ledger in few events.
 */
import type { LedgerEvent } from '../ledger.ts'
import { createOutbox, type Outbox } from '../outbox.ts'
import type { ChainState } from './escrow.ts'
import type { Channel, ChannelState } from './state.ts'

export type ChannelJournal = ReturnType<typeof createChannelJournal>

interface Note {
  row?: string
  requestId?: string
  transaction?: string | null
}

/** The journal of one object. */
export function createChannelJournal(
  storage: DurableObjectStorage,
  state: ChannelState,
  database: D1Database,
) {
  // Only a channel that is there writes anything.
  let made: Outbox | null = state.get() === null ? null : createOutbox(storage.sql, database)
  const outbox = () => {
    made ??= createOutbox(storage.sql, database)
    return made
  }

  function note(channel: Channel, kind: LedgerEvent['kind'], amount: number, about: Note): void {
    if (amount === 0 && kind !== 'open') return
    const { challengeId, descriptor, channelId } = channel
    const { row = '', requestId = '', transaction = null } = about
    const { payer, token: currency } = descriptor
    const what = { kind, amount: String(amount), currency, challengeId, row, payer }
    outbox().note({ ...what, mode: 'channel', channelId, transaction, requestId })
  }

  /** Whether calls have done something since the last time. What an opening authorizes counts once it is open. */
  const hasSpends = ({ status, noted, accepted }: Channel) =>
    status !== 'opening' && (noted !== accepted.cumulative || state.spends().length > 0)

  /** Notes what calls have authorized and spent since the last time. */
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
    /** A channel's transaction is about to be sent. */
    opening(channel: Channel, row: string, requestId: string): void {
      storage.transactionSync(() => {
        state.put(channel)
        note(channel, 'open', 0, { row, requestId, transaction: channel.openedBy })
      })
    },

    /** The chain has said something new. It may be an old answer: nothing goes down by it. */
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

    /** All is over: `captured` was taken in the channel's whole life, and the rest went back to the payer. */
    closed(captured: number, transaction: string | null): void {
      storage.transactionSync(() => {
        addUp()
        const channel = state.get()
        if (channel === null || channel.status === 'closed') return
        const { deposit, settled, spent, accepted } = channel
        note(channel, 'capture', Math.max(0, captured - settled), { transaction })
        // By nobody's doing here: whoever has the key can settle by hand.
        note(channel, 'spend', Math.max(0, captured - spent), { transaction })
        note(channel, 'forfeit', Math.max(0, spent - captured), { transaction })
        note(channel, 'lapse', accepted.cumulative - Math.max(spent, captured), { transaction })
        note(channel, 'refund', deposit - captured, { transaction })
        const closedBy = transaction as Channel['closedBy']
        const over = { status: 'closed', unsettledSince: null, closedBy } as const
        state.put({ ...channel, settled: captured, ...over })
      })
    },

    /** Whether there is something that the ledger does not know. */
    waits(): boolean {
      const channel = state.get()
      return channel !== null && (hasSpends(channel) || outbox().waits())
    },

    /** Tells the ledger all. Rejects when D1 does not take it. */
    async write(): Promise<void> {
      const channel = state.get()
      if (channel === null) return
      storage.transactionSync(addUp)
      await outbox().write()
    },

    /** Forgets a channel that has not come to be, with what was to be said of it. */
    dropped(): void {
      storage.transactionSync(() => {
        state.drop()
        made?.clear()
      })
    },
  }
}
