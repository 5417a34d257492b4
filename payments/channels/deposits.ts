/** Tops the deposit of a channel up: checks the payer's transaction, stores it, and sends it. */
import { keccak256 } from 'viem'
import type { Accepted, ChannelOrder } from '../../src/contract/channel.ts'
import { logError } from '../../src/lib/log.ts'
import { askPatiently } from '../chain/patience.ts'
import { isUnanswered } from '../chain/unavailable.ts'
import {
  channelReceipt,
  finalized,
  NOT_FOUND,
  PENDING,
  refusedTransaction,
  TRANSACTION_FAILED,
  UNAVAILABLE,
} from './answers.ts'
import type { Calls } from './calls.ts'
import type { Payload } from './payload.ts'
import type { Sender, SenderParts } from './sender.ts'
import type { ChannelPlace } from './voucher.ts'

type TopUpPayload = Payload & { action: 'topUp' }

export type Deposits = ReturnType<typeof createDeposits>

export function createDeposits(
  { state, transactions, escrow }: SenderParts,
  sender: Sender,
  calls: Calls,
) {
  return {
    /** Tops the deposit up. The same transaction again changes nothing and gets the same answer. */
    async topUp(
      payload: TopUpPayload,
      place: ChannelPlace,
      order: ChannelOrder,
    ): Promise<Accepted> {
      const hash = keccak256(payload.transaction)
      if (transactions.get(hash) === null) {
        if (!calls.mayCheck(order)) return UNAVAILABLE
        try {
          await askPatiently(() => escrow.checkTopUp(payload, place))
        } catch (error) {
          if (!isUnanswered(error)) {
            calls.countBad(order)
            return refusedTransaction(error)
          }
          logError('chain_unavailable', error)
          return PENDING
        }
      }
      const channel = state.get()
      if (channel === null) return NOT_FOUND
      if (channel.status !== 'open') return finalized(channel)
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
