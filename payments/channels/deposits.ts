/**
 * Takes deposits: checks the payer's transaction that opens a channel or tops it up, stores it,
 * sends it, and reads the channel back from the chain.
 */
import { keccak256 } from 'viem'
import type { Accepted, ChannelOrder } from '../../src/contract/channel.ts'
import { logError } from '../../src/lib/log.ts'
import { isUnavailable } from '../chain/unavailable.ts'
import {
  channelReceipt,
  FINALIZED,
  NOT_FOUND,
  type RefusedVoucher,
  refusedTransaction,
  refuseVoucher,
} from './answers.ts'
import { amountOf, type Payload } from './payload.ts'
import type { Sender, SenderParts } from './sender.ts'
import type { Channel } from './state.ts'
import type { Transaction } from './transactions.ts'
import { type ChannelPlace, faultOf, signerOf } from './voucher.ts'

type OpenPayload = Payload & { action: 'open' }
type TopUpPayload = Payload & { action: 'topUp' }

const UNAVAILABLE = { state: 'unavailable' } as const
const PENDING = { state: 'pending' } as const
const TRANSACTION_FAILED = refuseVoucher(
  'verification-failed',
  'The transaction did not go through.',
)

export type Deposits = ReturnType<typeof createDeposits>

export function createDeposits(parts: SenderParts, sender: Sender) {
  const { state, journal, transactions, escrow, scheduleAlarm } = parts

  /** Returns the fault of an opening that is known without asking the chain, or null. */
  function faultBefore(
    { voucher, descriptor }: OpenPayload,
    place: ChannelPlace,
    order: ChannelOrder,
  ) {
    const most = amountOf(order.most) ?? Number.POSITIVE_INFINITY
    if (order.purpose === 'call' && voucher.cumulative < most) {
      const fields = { requiredTopUp: String(most - voucher.cumulative) }
      const detail = `This call can cost ${most}, and the voucher is for ${voucher.cumulative}.`
      return refuseVoucher('session/insufficient-balance', detail, fields)
    }
    const fault = faultOf(voucher, place, signerOf(descriptor))
    return fault === null
      ? null
      : refuseVoucher(`session/${fault}`, "The voucher is not signed by the channel's signer.")
  }

  /** The deposit of a good opening, or the answer to one that is not good. */
  async function check(
    payload: OpenPayload,
    place: ChannelPlace,
    { asked }: ChannelOrder,
  ): Promise<number | RefusedVoucher | 'unavailable'> {
    try {
      if (!escrow.canSettle(payload.descriptor))
        throw new Error("SETTLEMENT_KEY is neither the recipient's nor the operator's")
    } catch (error) {
      logError('settlement_not_configured', error)
      return 'unavailable'
    }
    try {
      const deposit = await escrow.checkOpen(payload, place)
      if (deposit < (amountOf(asked) ?? Number.POSITIVE_INFINITY))
        return refuseVoucher(
          'verification-failed',
          'The deposit is less than the challenge asks for.',
        )
      if (payload.voucher.cumulative <= deposit) return deposit
      const detail = 'The voucher is higher than what is deposited.'
      return refuseVoucher('session/amount-exceeds-deposit', detail, { deposit: String(deposit) })
    } catch (error) {
      if (isUnavailable(error)) logError('chain_unavailable', error)
      return isUnavailable(error) ? 'unavailable' : refusedTransaction(error)
    }
  }

  /** The channel that a transaction is about to open. */
  function newChannel(
    payload: OpenPayload,
    place: ChannelPlace,
    order: ChannelOrder,
    openedBy: Channel['openedBy'],
  ) {
    const now = Date.now()
    return {
      ...place,
      descriptor: payload.descriptor,
      status: 'opening',
      deposit: 0,
      settled: 0,
      seenAt: now,
      accepted: payload.voucher,
      noted: 0,
      spent: 0,
      units: 0,
      unsettledSince: null,
      challengeId: order.credential.challenge.id,
      openedBy,
      failures: 0,
      retryAt: 0,
      goneAt: null,
      closedBy: null,
      closeTold: false,
      lastUsedAt: now,
    } as const satisfies Channel
  }

  return {
    /** Opens the channel. Null: it is open now, and its first voucher is accepted. */
    async open(
      payload: OpenPayload,
      place: ChannelPlace,
      order: ChannelOrder,
    ): Promise<Accepted | null> {
      const hash = keccak256(payload.transaction)
      if (state.get() === null) {
        const fault = faultBefore(payload, place, order)
        if (fault !== null) return fault
        const deposit = await check(payload, place, order)
        if (deposit === 'unavailable') return UNAVAILABLE
        if (typeof deposit !== 'number') return deposit
        if (state.get() !== null) return PENDING // another request came first
        const transaction: Transaction = {
          hash,
          raw: payload.transaction,
          action: 'open',
          state: 'sent',
          at: Date.now(),
        }
        transactions.put(transaction)
        journal.opening(newChannel(payload, place, order, hash), order.row, order.requestId)
        state.addVoucher(payload.voucher, order.credential.challenge.id, order.requestId)
        scheduleAlarm()
        try {
          // Without the ledger no channel opens: until D1 has answered, neither the alarm nor a
          // request that comes again may send the transaction.
          await sender.holdBack(hash, () => journal.write())
        } catch (error) {
          logError('ledger_unavailable', error)
          transactions.put({ ...transaction, state: 'failed' })
          journal.dropped()
          return UNAVAILABLE
        }
        await sender.send(transaction)
      } else {
        const [waiting] = transactions.sent().filter(({ action }) => action === 'open')
        if (waiting !== undefined) await sender.resume(waiting)
      }
      if (state.get()?.status === 'opening') return PENDING
      return state.get() === null ? TRANSACTION_FAILED : null
    },

    /** Tops the deposit up. The same transaction again changes nothing and gets the same answer. */
    async topUp(
      payload: TopUpPayload,
      place: ChannelPlace,
      order: ChannelOrder,
    ): Promise<Accepted> {
      const hash = keccak256(payload.transaction)
      if (transactions.get(hash) === null) {
        try {
          await escrow.checkTopUp(payload, place)
        } catch (error) {
          if (isUnavailable(error)) logError('chain_unavailable', error)
          return isUnavailable(error) ? UNAVAILABLE : refusedTransaction(error)
        }
      }
      const channel = state.get()
      if (channel === null) return NOT_FOUND
      if (channel.status !== 'open') return FINALIZED
      const known = transactions.get(hash)
      if (known === null) {
        // Only one top-up at a time: the alarm asks about each unknown transaction in turn, and
        // many of them would delay the settlement.
        if (transactions.sent().some(({ action }) => action === 'topUp')) return PENDING
        const raw = payload.transaction
        const transaction = { hash, raw, action: 'topUp', state: 'sent', at: Date.now() } as const
        transactions.put(transaction)
        await sender.send(transaction)
      } else if (known.state === 'sent') {
        await sender.resume(known)
      }
      const after = transactions.get(hash)
      if (after?.state === 'sent') return PENDING
      if (after?.state !== 'mined') return TRANSACTION_FAILED
      const receipt = channelReceipt(state.get() ?? channel, order.credential.challenge.id, hash)
      return { state: 'managed', channelId: channel.channelId, receipt }
    },
  }
}
