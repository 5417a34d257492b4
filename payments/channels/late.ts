/**
 * Credentials that come after their challenge has expired. One that has sent a transaction in time
 * goes on with it, however late, because its payer's money may have moved.
 */
import { keccak256 } from 'viem'
import type { ChannelOrder } from '../../src/contract/channel.ts'
import type { Payload } from './payload.ts'
import type { ChannelState } from './state.ts'
import type { Transactions } from './transactions.ts'

/**
 * Whether a credential comes before its challenge expires, or goes on with what it began before.
 * Asks only what the object has stored, so that strangers' late credentials cost nothing.
 */
export function isInTime(
  payload: Payload,
  { credential, expiresAt }: ChannelOrder,
  state: ChannelState,
  transactions: Transactions,
): boolean {
  const now = Date.now()
  if (now < expiresAt) return true
  const channel = state.get()
  if (channel === null) return false
  const challengeId = credential.challenge.id
  switch (payload.action) {
    case 'voucher':
      return false
    case 'close':
      return channel.closeAskedBy === challengeId
    case 'topUp':
      return transactions.get(keccak256(payload.transaction)) !== null
    case 'open':
      if (channel.challengeId !== challengeId) return false
      if (channel.openedBy !== keccak256(payload.transaction)) return false
      // The first request with the credential may be at its work.
      if (channel.status === 'prepared') return state.reserved(now).until > 0
      // A payer that has had an answer knows the channel, and signs vouchers.
      return channel.status !== 'open' || channel.isUnused === true
  }
}
