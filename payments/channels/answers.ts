/** The answers of a channel, in the protocol's terms (draft-tempo-session-00, 7.6 and 7.8). */
import type { ChannelReceipt, ChannelSnapshot, RefusedChannel } from '../../src/contract/channel.ts'
import { refusalOf } from '../refusal.ts'
import type { Voucher } from './payload.ts'
import type { Channel } from './state.ts'

/** A receipt of what is accepted and spent now. */
export function channelReceipt(
  channel: Channel,
  challengeId: string,
  txHash?: string | null,
): ChannelReceipt {
  const { channelId, accepted, spent, units } = channel
  return {
    method: 'tempo',
    intent: 'session',
    status: 'success',
    timestamp: new Date().toISOString(),
    reference: channelId,
    challengeId,
    channelId,
    acceptedCumulative: String(accepted.cumulative),
    spent: String(spent),
    units,
    ...(txHash ? { txHash } : {}),
  }
}

/**
 * The receipt of a close. `signed` is the amount that the payer has signed in the close: clients
 * compare it with the accepted amount.
 */
export function closeReceipt(channel: Channel, challengeId: string, signed: number) {
  const receipt = channelReceipt(channel, challengeId, channel.closedBy)
  return signed < channel.spent ? receipt : { ...receipt, acceptedCumulative: String(signed) }
}

/** A refusal with the status that the protocol has for its type. */
export function refuseVoucher(
  type: RefusedChannel['type'],
  detail: string,
  fields?: Record<string, string>,
): RefusedChannel {
  const status =
    type === 'invalid-payload'
      ? 400
      : type === 'session/channel-not-found' || type === 'session/channel-finalized'
        ? 410
        : 402
  return { state: 'refused', status, type, detail, ...(fields ? { fields } : {}) }
}

export const INVALID = refuseVoucher('invalid-payload', 'The payload is not one of a channel.')
export const NOT_OURS = refuseVoucher(
  'verification-failed',
  'The channel is not one of this payee, currency, escrow, chain and operator.',
)
export const EXPIRED = refuseVoucher('payment-expired', 'The challenge has expired.')

/** Says how a payer goes on when its channel takes no more vouchers. */
const OPEN_ANOTHER =
  'Open another channel for further calls. With mppx: call close() on the session manager, or make ' +
  'a new one; its next call opens a channel.'
export const NOT_FOUND = refuseVoucher(
  'session/channel-not-found',
  `There is no such channel here. ${OPEN_ANOTHER}`,
)
export const TRANSACTION_FAILED = refuseVoucher(
  'verification-failed',
  'The transaction did not go through.',
)
export const UNAVAILABLE = { state: 'unavailable' } as const
export const PENDING = { state: 'pending' } as const

/** The refusal of a channel that takes no more vouchers: where its money is, and what to do. */
export function finalized({ status, closedBy }: Channel): RefusedChannel {
  const how =
    status === 'closed'
      ? `The channel is closed${closedBy === null ? '' : ` by transaction ${closedBy}`}: what was not spent has gone back to its payer.`
      : 'The channel is being closed: what was not spent goes back to its payer.'
  return refuseVoucher('session/channel-finalized', `${how} ${OPEN_ANOTHER}`)
}

/** The refusal of a transaction by mppx or by our own checks. */
export function refusedTransaction(error: unknown): RefusedChannel {
  return refuseVoucher('verification-failed', refusalOf(error).detail)
}

/**
 * The state of a channel for its payer, whose highest voucher must be `required`. Without the
 * signature of the highest voucher: whoever has that signature can spend what it authorizes.
 */
export function snapshotOf(channel: Channel, required: number): ChannelSnapshot {
  const { channelId, chainId, escrow, descriptor, deposit, settled, spent, units } = channel
  return {
    channelId,
    chainId,
    escrow,
    descriptor: { ...descriptor },
    deposit: String(deposit),
    settled: String(settled),
    acceptedCumulative: String(channel.accepted.cumulative),
    spent: String(spent),
    units,
    requiredCumulative: String(required),
  }
}

/** The same with the highest voucher, for the signer of the channel's vouchers alone. */
export function wholeSnapshotOf(channel: Channel): ChannelSnapshot {
  const { channelId, accepted, spent } = channel
  const cumulativeAmount = String(accepted.cumulative)
  const highestVoucher = { channelId, cumulativeAmount, signature: accepted.signature }
  return { ...snapshotOf(channel, spent), highestVoucher }
}

/** The refusal of a call that can cost `most`, of which only `available` is authorized and free. */
export function insufficient(channel: Channel, available: number, most: number): RefusedChannel {
  const refused = refuseVoucher(
    'session/insufficient-balance',
    `This call can cost ${most}, and ${Math.max(0, available)} of what is authorized is free.`,
    {
      requiredTopUp: String(most - available),
      acceptedCumulative: String(channel.accepted.cumulative),
      deposit: String(channel.deposit),
    },
  )
  const required = channel.accepted.cumulative + most - available
  return Number.isSafeInteger(required)
    ? { ...refused, snapshot: snapshotOf(channel, required) }
    : refused
}

/** Returns the refusal of a voucher that is over the deposit, or null. */
export function overDeposit(voucher: Voucher, { deposit }: Channel): RefusedChannel | null {
  if (voucher.cumulative <= deposit) return null
  const fields = { requiredTopUp: String(voucher.cumulative - deposit), deposit: String(deposit) }
  const detail = 'The voucher is higher than what is deposited.'
  return refuseVoucher('session/amount-exceeds-deposit', detail, fields)
}
