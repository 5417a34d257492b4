/** The messages between the gateway and a payment channel's object. */
import type { PaymentCredential } from './wire.ts'

/** The terms that a channel must have been opened on, as the challenges of a route say. */
export interface ChannelTerms {
  chainId: number
  currency: string
  recipient: string
  /**
   * The address that may settle beside the recipient, as the challenge's `methodDetails.operator`
   * says: that of SETTLEMENT_KEY.
   */
  operator: string
  escrow: string
}

/**
 * A credential that a payer has sent, and its purpose. The gateway has checked the challenge: its
 * MAC, route, realm, request and digest.
 */
export interface ChannelOrder extends ChannelTerms {
  /** Method `tempo`, intent `session`. */
  credential: PaymentCredential
  /**
   * When the challenge expires, epoch milliseconds. After that only the channel's object knows
   * whether the credential goes on with what it began in time.
   */
  expiresAt: number
  /** The id of the route that it pays for. */
  row: string
  /** The id of the request that it pays for. */
  requestId: string
  /**
   * Where the request comes from: a hash of the client's address. Bad vouchers are counted by it,
   * so that nobody but the payer can slow a channel down.
   */
  source: string
  /** The challenge's amount, which a client adds to its authorization with each call. */
  asked: string
  /**
   * The most that this very call can cost; "0" for channel management, which never reaches an
   * origin.
   */
  most: string
  purpose: 'call' | 'manage'
  /**
   * Whether the route answers with streams of events: their openings count against the payer's day
   * before the origin is asked.
   */
  isStream: boolean
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
  /** The amount of the highest voucher. */
  acceptedCumulative: string
  spent: string
  units: number
  /** The transaction that opened, topped up or closed the channel. */
  txHash?: string
}

/** The problem types of a refusal, by the last part of their URI. */
export type ChannelProblemType =
  | 'invalid-payload'
  | 'payment-expired'
  | 'verification-failed'
  | 'session/amount-exceeds-deposit'
  | 'session/channel-finalized'
  | 'session/channel-not-found'
  | 'session/insufficient-balance'
  | 'session/invalid-signature'
  | 'session/signer-mismatch'

/** A refusal. `fields`, such as `requiredTopUp`, go into the problem's body. */
export interface RefusedChannel {
  state: 'refused'
  status: 400 | 402 | 410
  type: ChannelProblemType
  detail: string
  fields?: Record<string, string>
  /** The state of the payer's channel. Given only to a voucher that its signer has signed. */
  snapshot?: ChannelSnapshot
}

/** The payer has opened too many channels today of which nothing was spent. */
export interface LimitedOpenings {
  state: 'limited'
  /** In seconds. */
  retryAfter: number
}

/**
 * The state of a channel as mppx's clients read it (`methodDetails.sessionSnapshot`). Amounts are
 * in the currency's smallest unit.
 */
export type ChannelSnapshot = {
  channelId: string
  chainId: number
  escrow: string
  descriptor: Record<string, string>
  deposit: string
  settled: string
  acceptedCumulative: string
  spent: string
  units: number
  /** The amount that the highest voucher must have for the call that was refused. */
  requiredCumulative: string
  /**
   * The highest voucher, which only the signer of the channel's vouchers may get: its signature
   * spends all that it authorizes.
   */
  highestVoucher?: { channelId: string; cumulativeAmount: string; signature: string }
}

/** A channel, as it is given back to a payer that has lost its state. */
export type Recovered =
  | { state: 'open'; snapshot: ChannelSnapshot }
  /** The channel takes no calls, or is none of this signer and these terms. */
  | { state: 'none' }
  /** The chain does not say whether the channel is open. */
  | { state: 'unavailable' }

export type Accepted =
  /**
   * The origin may be called: the most that the call can cost is reserved. With `answerWithinMs`,
   * the call opens its channel: the opening is sent when the origin has answered, which must be
   * within that many milliseconds, because the payer's signature does not live longer.
   */
  | {
      state: 'reserved'
      payer: string
      channelId: string
      receipt: ChannelReceipt
      answerWithinMs?: number
    }
  /** The channel management is done, and no origin is called. */
  | { state: 'managed'; channelId: string; receipt: ChannelReceipt }
  | RefusedChannel
  | LimitedOpenings
  /** A transaction was sent, and is not known to be mined. The same credential may come again. */
  | { state: 'pending' }
  /** The chain or the ledger does not answer, or too many vouchers came. Nothing has changed. */
  | { state: 'unavailable' }

/** The channel of a call is not open: its answer must not leave. Nothing is spent. */
export type Unopened =
  /** The opening was sent, and is not known to be mined. */
  { state: 'pending' } | RefusedChannel | LimitedOpenings

export type Drawn =
  | Unopened
  | { state: 'drawn'; receipt: ChannelReceipt }
  /** Too little is authorized: the highest voucher must be at least `required`. */
  | { state: 'need-voucher'; required: string; accepted: string; deposit: string }
  /** The reservation has ended, or the channel is closing or closed. */
  | { state: 'over' }

/** One channel's object. Only the request that has a reservation may keep, draw or release it. */
export interface PaymentChannel {
  accept(order: ChannelOrder): Promise<Accepted>
  /**
   * The state of the channel with its highest voucher, if it is open, on these terms, and `signer`
   * (an address in lower case, which a verified proof has shown) signs its vouchers.
   */
  recover(signer: string, terms: ChannelTerms): Promise<Recovered>
  /**
   * Spends what the call has cost, at most what is reserved; the rest is free again. Opens the
   * channel first if the call is to open it. Answers when that is durable. Rejects if the
   * reservation has ended: then the answer must not leave. May be asked again with the same
   * numbers if its answer was lost: it spends once. Then `confirm` must follow, or the cost is
   * given back.
   */
  keep(requestId: string, cost: string, units: number): Promise<ChannelReceipt | Unopened>
  /** The answer to a `keep` that was asked again has come. */
  confirm(requestId: string): Promise<void>
  /**
   * Ends a reservation: all of it is free again. If the call was kept, its cost is given back; if
   * it was to open the channel, the channel is forgotten.
   */
  release(requestId: string): Promise<void>
  /** Ends the reservation of a stream that has reached its payer: the rest is free again. */
  finish(requestId: string): Promise<void>
  /**
   * Spends the next amount of a stream. Opens the channel first if the call is to open it. Answers
   * when that is durable.
   */
  draw(requestId: string, amount: string, units: number): Promise<Drawn>
  /**
   * Resolves when the highest voucher is at least `required`; to null when the time is over or the
   * channel takes no more vouchers.
   */
  awaitVoucher(required: string, timeoutMs: number): Promise<ChannelReceipt | null>
}
