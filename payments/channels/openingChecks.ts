/** Checks the opening of a channel, before anything of it is stored. */
import type { Hex } from 'viem'
import type { ChannelOrder, RefusedChannel } from '../../src/contract/channel.ts'
import { logError } from '../../src/lib/log.ts'
import { askPatiently } from '../chain/patience.ts'
import { isUnanswered } from '../chain/unavailable.ts'
import { PENDING, refusedTransaction, refuseVoucher, UNAVAILABLE } from './answers.ts'
import type { Escrow } from './escrow.ts'
import { amountOf, type Payload } from './payload.ts'
import type { Channel } from './state.ts'
import { type ChannelPlace, faultOf, signerOf } from './voucher.ts'

export type OpenPayload = Payload & { action: 'open' }

/** Returns the fault of an opening that is known without asking the chain, or null. */
export function openingFault(
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

/** Resolves to the deposit of a good opening, or to the answer to any other one. */
export async function checkOpening(
  escrow: Escrow,
  payload: OpenPayload,
  place: ChannelPlace,
  { asked }: ChannelOrder,
): Promise<number | RefusedChannel | typeof UNAVAILABLE | typeof PENDING> {
  try {
    if (!escrow.canSettle(payload.descriptor))
      throw new Error("SETTLEMENT_KEY is neither the recipient's nor the operator's")
  } catch (error) {
    logError('settlement_not_configured', error)
    return UNAVAILABLE
  }
  try {
    const deposit = await askPatiently(() => escrow.checkOpen(payload, place))
    if (deposit < (amountOf(asked) ?? Number.POSITIVE_INFINITY))
      return refuseVoucher(
        'verification-failed',
        'The deposit is less than the challenge asks for.',
      )
    if (payload.voucher.cumulative <= deposit) return deposit
    const detail = 'The voucher is higher than what is deposited.'
    return refuseVoucher('session/amount-exceeds-deposit', detail, { deposit: String(deposit) })
  } catch (error) {
    if (!isUnanswered(error)) return refusedTransaction(error)
    logError('chain_unavailable', error)
    return PENDING
  }
}

/** The channel that a transaction is about to open. */
export function newChannel(
  payload: OpenPayload,
  place: ChannelPlace,
  order: ChannelOrder,
  openedBy: Hex,
) {
  const now = Date.now()
  return {
    ...place,
    descriptor: payload.descriptor,
    status: 'prepared',
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
    isUnused: true,
    isNew: true,
  } as const satisfies Channel
}
