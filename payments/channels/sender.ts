/** Transactions of a channel on their way: stored first, sent, looked for until it is known what became of them. */
import type { Hex } from 'viem'
import { logError } from '../../src/lib/log.ts'
import { type TransactionReceipt, transactionStatusOf } from '../chain/transactionStatus.ts'
import { closingOf, type Escrow } from './escrow.ts'
import type { ChannelJournal } from './journal.ts'
import type { ChannelState } from './state.ts'
import type { Transaction, Transactions } from './transactions.ts'

/** What a sender works with: the parts of one object. */
export interface SenderParts {
  state: ChannelState
  journal: ChannelJournal
  transactions: Transactions
  escrow: Escrow
  rpcUrl: string
  /** Sees to it that the alarm rings for what is left behind. */
  wake: () => void
}

/** The first wait after a failure, and the longest: a payer's forced close leaves 15 minutes. */
const RETRY_MS = 2_000
const MAX_RETRY_MS = 120_000

export type Sender = ReturnType<typeof createSender>

export function createSender({ state, journal, transactions, escrow, rpcUrl, wake }: SenderParts) {
  /** Those that are stored, and not to be sent yet. */
  const heldBack = new Set<Hex>()

  /** The chain could not be asked, or refused: it is asked again later, and later still. */
  function failed(): void {
    const channel = state.get()
    if (channel === null) return
    const failures = channel.failures + 1
    const waitMs = Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** Math.min(failures, 10))
    state.put({ ...channel, failures, retryAt: Date.now() + waitMs })
  }

  function succeeded(): void {
    const channel = state.get()
    if (channel !== null && channel.failures > 0) state.put({ ...channel, failures: 0, retryAt: 0 })
  }

  /** Nobody will ever see it in a block, or it did nothing there. */
  function lost(transaction: Transaction): void {
    const { action } = transaction
    transactions.put({ ...transaction, state: 'failed' })
    if (action === 'open') journal.dropped()
    if (action === 'settle' || action === 'close') failed()
  }

  /** Takes note of a receipt, once, whoever comes with it. Throws when the channel cannot be read back. */
  async function mined(transaction: Transaction, receipt: TransactionReceipt): Promise<void> {
    const { hash, action } = transaction
    const channel = state.get()
    if (channel === null || transactions.get(hash)?.state !== 'sent') return
    if (receipt.status !== '0x1') return lost(transaction)
    if (action === 'close') {
      const { captured } = closingOf(receipt, channel.channelId)
      transactions.put({ ...transaction, state: 'mined' })
      journal.closed(captured, hash)
      return
    }
    const said = await escrow.read(channel, receipt.blockNumber)
    if (transactions.get(hash)?.state !== 'sent') return
    transactions.put({ ...transaction, state: 'mined' })
    journal.seen(said, hash)
    const known = state.get()
    if (action === 'open' && known !== null) {
      const status = said.closeRequestedAt === 0 ? 'open' : 'closing'
      state.put({ ...known, status })
    }
    succeeded()
  }

  return {
    failed,

    /** Sees to it that nobody sends a transaction as long as something lasts. */
    async holdBack(hash: Hex, lasts: () => Promise<void>): Promise<void> {
      heldBack.add(hash)
      try {
        await lasts()
      } finally {
        heldBack.delete(hash)
      }
    },

    /** Sends what has been stored. Afterwards it is mined or failed, or it stays sent: nobody knows. Rejects never. */
    async send(transaction: Transaction): Promise<void> {
      wake()
      try {
        await mined(transaction, await escrow.send(transaction.raw))
      } catch (error) {
        logError('channel_transaction_unknown', error)
      }
    },

    /** Finds out what became of a transaction, as far as that can be known now. Rejects never. */
    async resume(transaction: Transaction): Promise<void> {
      if (heldBack.has(transaction.hash)) return
      try {
        const status = await transactionStatusOf(rpcUrl, transaction.raw, transaction.hash)
        if (transactions.get(transaction.hash)?.state !== 'sent') return
        if (status.state === 'mined') await mined(transaction, status.receipt)
        else if (status.state === 'gone') lost(transaction)
      } catch (error) {
        logError('channel_transaction_unknown', error)
      }
    },
  }
}
