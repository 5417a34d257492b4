/** The answers of a channel, in the protocol's terms (draft-tempo-session-00, 7.6 and 7.8). */
import type { Accepted, ChannelReceipt } from '../../src/contract/channel.ts'
import { refusalOf } from '../refusal.ts'
import type { Channel } from './state.ts'

export type RefusedVoucher = Extract<Accepted, { state: 'refused' }>

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

/** A refusal with the status that the protocol has for its type. */
export function refuseVoucher(
  type: RefusedVoucher['type'],
  detail: string,
  fields?: Record<string, string>,
): RefusedVoucher {
  const status =
    type === 'invalid-payload'
      ? 400
      : type === 'session/channel-not-found' || type === 'session/channel-finalized'
        ? 410
        : 402
  return { state: 'refused', status, type, detail, ...(fields ? { fields } : {}) }
}

export const NOT_OURS =
  'The channel is not one of this payee, currency, escrow, chain and operator.'
export const NOT_FOUND = refuseVoucher(
  'session/channel-not-found',
  'There is no such channel here.',
)
export const FINALIZED = refuseVoucher(
  'session/channel-finalized',
  'The channel is closed, or closing.',
)

/** The refusal of a transaction by mppx or by our own checks. */
export function refusedTransaction(error: unknown): RefusedVoucher {
  return refuseVoucher('verification-failed', refusalOf(error).detail)
}

/** The refusal of a call that can cost `most`, of which only `available` is authorized and free. */
export function insufficient(channel: Channel, available: number, most: number): RefusedVoucher {
  return refuseVoucher(
    'session/insufficient-balance',
    `This call can cost ${most}, and ${Math.max(0, available)} of what is authorized is free.`,
    {
      requiredTopUp: String(most - available),
      acceptedCumulative: String(channel.accepted.cumulative),
      deposit: String(channel.deposit),
    },
  )
}
