/** A payment channel's object, as it is asked and as it answers. */
import type { PaymentCredential } from './wire.ts'

/** What a payer sent, and what for. The gateway has checked its challenge: MAC, row, realm, request, expiry, digest. */
export interface ChannelOrder {
  /** Method `tempo`, intent `session`. */
  credential: PaymentCredential
  /** The row, and the request, that it pays for. */
  row: string
  requestId: string
  chainId: number
  currency: string
  recipient: string
  /** Who may settle beside the recipient, as the challenge's `methodDetails.operator` says: the address of SETTLEMENT_KEY. */
  operator: string
  escrow: string
  /** The challenge's amount: what a client adds to its authorization for each call. */
  asked: string
  /** The most that this very call can cost; "0" when it is a management call, which never reaches an origin. */
  most: string
  purpose: 'call' | 'manage'
  /** How long the reservation lives without `keep`, `draw` or `release`, in milliseconds. */
  holdMs: number
}

/** `Payment-Receipt` of a channel. Amounts are in the currency's smallest unit. */
export interface ChannelReceipt {
  method: 'tempo'
  intent: 'session'
  status: 'success'
  timestamp: string
  /** The channel's id. */
  reference: string
  challengeId: string
  channelId: string
  /** The highest voucher. */
  acceptedCumulative: string
  spent: string
  units: number
  /** The transaction that opened, topped up or closed the channel. */
  txHash?: string
}

/** The problem types of a refusal, by the last part of their URI. */
export type ChannelProblemType =
  | 'invalid-payload'
  | 'verification-failed'
  | 'session/amount-exceeds-deposit'
  | 'session/channel-finalized'
  | 'session/channel-not-found'
  | 'session/insufficient-balance'
  | 'session/invalid-signature'
  | 'session/signer-mismatch'

export type Accepted =
  /** The origin may be called: the most that it can cost is reserved until `keep` or `release`. */
  | { state: 'reserved'; payer: string; channelId: string; receipt: ChannelReceipt }
  /** It is done, and no origin is called. */
  | { state: 'managed'; channelId: string; receipt: ChannelReceipt }
  /** Nothing is reserved. `fields` go into the problem's body, such as `requiredTopUp`. */
  | {
      state: 'refused'
      status: 400 | 402 | 410
      type: ChannelProblemType
      detail: string
      fields?: Record<string, string>
    }
  /** A transaction was sent, and nobody knows yet whether it is in. The same credential may come again. */
  | { state: 'pending' }
  /** The chain or the ledger does not answer, or too many vouchers came. Nothing has changed. */
  | { state: 'unavailable' }

export type Drawn =
  | { state: 'drawn'; receipt: ChannelReceipt }
  /** `required` is what the highest voucher must come to. */
  | { state: 'need-voucher'; required: string; accepted: string; deposit: string }
  /** The reservation has ended, or the channel has. */
  | { state: 'over' }

/** One channel's object. What a request has reserved, only that request may keep, draw or release. */
export interface PaymentChannel {
  accept(order: ChannelOrder): Promise<Accepted>
  /**
   * What the call really cost, at most what is reserved; the rest is free again. Durable before it answers.
   * Rejects when the reservation has ended: the answer must not leave.
   */
  keep(requestId: string, cost: string, units: number): Promise<ChannelReceipt>
  release(requestId: string): Promise<void>
  /** Takes a stream's next amount out of what is authorized. Durable before it answers. */
  draw(requestId: string, amount: string, units: number): Promise<Drawn>
  /** Resolves when the highest voucher is at least `required`, or null: the time is over, or the channel is. */
  awaitVoucher(required: string, timeoutMs: number): Promise<ChannelReceipt | null>
}
