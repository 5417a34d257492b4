/**
 * Sends the transactions of a channel, which are stored first, and asks about each until it is
 * mined or can no longer be.
 */
import type { Hex } from 'viem'
import { logError, logLine } from '../../src/lib/log.ts'
import { wasNeverMined } from '../chain/absence.ts'
import { DOUBT_MS } from '../chain/patience.ts'
import type { TransactionReceipt } from '../chain/results.ts'
import { transactionStatusOf } from '../chain/transactionStatus.ts'
import { closingOf, type Escrow } from './escrow.ts'
import type { ChannelJournal } from './journal.ts'
import type { ChannelState } from './state.ts'
import type { Transaction, Transactions } from './transactions.ts'

/** The parts of one object that its sender uses. */
export interface SenderParts {
  state: ChannelState
  journal: ChannelJournal
  transactions: Transactions
  escrow: Escrow
  rpcUrl: string
  /** Sets the alarm for what is left to do. */
  scheduleAlarm: () => void
}

/**
 * The back-off in milliseconds: twice this after the first failure, doubled by each further one, up
 * to the longest. A forced close leaves 15 minutes.
 */
const RETRY_MS = 2_000
const MAX_RETRY_MS = 120_000
/** How long a transaction may be unknown before the operator is told, in milliseconds. */
const LATE_MS = 600_000
/** How often a request that waits for a transaction asks about it, in milliseconds. */
const FOLLOW_MS = 500

export type Sender = ReturnType<typeof createSender>

export function createSender({
  state,
  journal,
  transactions,
  escrow,
  rpcUrl,
  scheduleAlarm,
}: SenderParts) {
  /** The chain gave no answer, or refused: waits longer with each failure in a row. */
  function backOff(): void {
    const channel = state.get()
    if (channel === null) return
    const failures = channel.failures + 1
    const waitMs = Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** Math.min(failures, 10))
    state.put({ ...channel, failures, retryAt: Date.now() + waitMs })
  }

  function resetBackOff(): void {
    const channel = state.get()
    if (channel !== null && channel.failures > 0) state.put({ ...channel, failures: 0, retryAt: 0 })
  }

  /** The transaction can never be mined, or it has failed in its block. */
  function recordFailed(transaction: Transaction): void {
    const { action } = transaction
    transactions.put({ ...transaction, state: 'failed' })
    if (action === 'open') journal.dropped()
    if (action === 'settle' || action === 'close') backOff()
  }

  /**
   * Records a receipt, once: a request and the alarm may both bring it. Throws if the channel
   * cannot be read from the chain.
   */
  async function recordMined(transaction: Transaction, receipt: TransactionReceipt): Promise<void> {
    const { hash, action } = transaction
    const channel = state.get()
    if (channel === null || transactions.get(hash)?.state !== 'sent') return
    if (receipt.status !== '0x1') return recordFailed(transaction)
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
    resetBackOff()
  }

  /** The transactions that the operator was told of, as far as this instance has. */
  const told = new Set<Hex>()

  function tellIfLate({ hash, action, at }: Transaction): void {
    if (Date.now() < at + LATE_MS || told.has(hash)) return
    told.add(hash)
    // The id of a channel looks like a secret, but is public on the chain.
    const line = {
      time: new Date().toISOString(),
      level: 'error',
      event: 'channel_transaction_pending_long',
      channel: state.get()?.channelId,
      action,
      since: new Date(at).toISOString(),
    }
    logLine('error', JSON.stringify(line))
  }

  /**
   * Asks what became of a transaction that was sent, and sends it again while it can still be
   * mined. Never rejects.
   */
  async function resume(transaction: Transaction): Promise<void> {
    tellIfLate(transaction)
    try {
      const { raw, hash, action, at } = transaction
      // A payer's money may be locked by it. Ours is signed again at no risk.
      const absentAt = action === 'open' || action === 'topUp' ? at + DOUBT_MS : 0
      const status = await transactionStatusOf(rpcUrl, raw, hash, absentAt)
      const isLost =
        status.state === 'expired' ||
        (status.state === 'over' && (await wasNeverMined(rpcUrl, raw, hash, status.head)))
      if (transactions.get(hash)?.state !== 'sent') return
      if (status.state === 'mined') await recordMined(transaction, status.receipt)
      else if (isLost) recordFailed(transaction)
    } catch (error) {
      logError('channel_transaction_unknown', error)
    }
  }

  return {
    backOff,
    resume,

    /**
     * Sends a stored transaction. Afterwards it is mined or failed, or stays sent if that is not
     * known. Never rejects.
     */
    async send(transaction: Transaction): Promise<void> {
      scheduleAlarm()
      try {
        await recordMined(transaction, await escrow.send(transaction.raw))
      } catch (error) {
        logError('channel_transaction_unknown', error)
      }
    },

    /** Asks about a transaction again and again until its outcome is known, or for a time. */
    async follow(hash: Hex, forMs: number): Promise<void> {
      const until = Date.now() + forMs
      for (;;) {
        const transaction = transactions.get(hash)
        if (transaction?.state !== 'sent') return
        await resume(transaction)
        if (Date.now() >= until || transactions.get(hash)?.state !== 'sent') return
        await new Promise((resolve) => setTimeout(resolve, FOLLOW_MS))
      }
    },
  }
}
