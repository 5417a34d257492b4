/** The messages between the gateway and the object that holds a challenge's claim. */
import type { ChannelTerms } from './channel.ts'
import type { PaymentCredential, Receipt } from './wire.ts'

/** The methods of payment: a TIP-20 token on Tempo, or an EIP-3009 token on another EVM chain. */
export const PAYMENT_METHODS = ['tempo', 'evm'] as const
export type PaymentMethodName = (typeof PAYMENT_METHODS)[number]

/** How long an answer is owed that was paid for and not given, in milliseconds. */
export const OWED_MS = 30 * 86_400_000

/**
 * How often a request that holds a claim says so while the origin works, in milliseconds. A request
 * that has not said so three times is gone.
 */
export const RENEW_MS = 2_000

/** A credential that a payer has answered a challenge with, and what it is to pay for. */
export interface ChargeOrder {
  credential: PaymentCredential
  /** SHA-256 of the canonical credential: a challenge takes only the very same credential again. */
  credentialHash: string
  /** When the challenge expires, epoch milliseconds. */
  expiresAt: number
  /** The id of the route that it pays for. */
  row: string
  /**
   * SHA-256 of what the payment is for: the request's method, the route, the target, the digest of
   * the body, and the currency. An owed or kept answer is found by it and by the verified payer.
   */
  purchase: string
  /** The id of the request that it pays for. */
  requestId: string
  method: PaymentMethodName
  chainId: number
  /** The EIP-712 domain of the currency, for a method whose payers sign with it (`evm`). */
  domain?: { name: string; version: string }
  /** In the currency's smallest unit. */
  amount: string
  currency: string
  recipient: string
  /** Whether the payment moves after the origin has answered, or before it is asked. */
  settle: 'after' | 'before'
  /** The most that we pay of the chain's fees, in millionths of a dollar; null: we pay nothing. */
  sponsor: { perPayment: number; perDay: number } | null
  /** How long the origin may work, in milliseconds. */
  timeoutMs: number
  /** How long after its check the payment must still be able to move, in milliseconds. */
  holdMs: number
  /**
   * The request's `Idempotency-Key`: its answer is kept, and given again to the same payer for the
   * same key and purchase.
   */
  idempotencyKey?: string
}

/** An answer that was paid for, as the origin gave it. */
export interface KeptAnswer {
  status: number
  headers: [name: string, value: string][]
  /** Null for an answer without a body, such as 204. */
  body: Uint8Array | null
}

/** The problem types of a refusal, by the last part of their URI. */
export type Refusal =
  | 'invalid-challenge'
  | 'payment-expired'
  | 'verification-failed'
  | 'payment-insufficient'

export type Opened =
  /** The payment is good, and has not moved: `settle` moves it. */
  | { state: 'authorized'; payer: string }
  /** The payment has moved: the answer is owed. */
  | { state: 'paid'; payer: string; receipt: Receipt; debt?: Debt }
  /** The answer that was kept for this payer, `Idempotency-Key` and purchase: it is given again. */
  | { state: 'replayed'; payer: string; receipt: Receipt; answer: KeptAnswer; moved?: Receipt }
  /**
   * Another request holds the claim, it is not known whether the payment has moved, or an earlier
   * payment for the same is in progress. A payment for the call may come again.
   */
  | { state: 'pending'; moved?: Receipt }
  /** The payer has used the `Idempotency-Key` for another purchase. */
  | { state: 'conflict'; moved?: Receipt }
  | { state: 'refused'; refusal: Refusal; detail: string }
  /** The chain or the ledger does not answer. This request has moved nothing. */
  | { state: 'unavailable' }

/**
 * An earlier payment whose answer is owed to the payer, and which pays for this call instead of the
 * presented payment.
 */
export interface Debt {
  /** The challenge of the earlier payment: `settle`, `deliver` and `fail` take this id. */
  challengeId: string
  amount: string
  /** The receipt of the presented payment, if that has moved too: it is owed from now on. */
  moved?: Receipt
}

export type Settled = Exclude<Opened, { state: 'authorized' | 'replayed' | 'conflict' }>

/** A proof of a payer's address, which pays for nothing: it asks for the payer's open channels. */
export interface ProofOrder extends ChannelTerms {
  /** Method `tempo`, intent `charge`, amount 0. */
  credential: PaymentCredential
  /** When the challenge expires, epoch milliseconds. */
  expiresAt: number
}

export type Proved =
  /**
   * The proof is good, and used up. `signer` (an address in lower case) has signed it: the payer's
   * own key, or an access key of the payer's. `channelIds` are the payer's open channels on these
   * terms, the newest first, as far as the index knows.
   */
  | { state: 'proved'; signer: string; channelIds: string[] }
  | { state: 'refused'; refusal: Refusal; detail: string }
  /** The chain or an object does not answer. Nothing is used up. */
  | { state: 'unavailable' }

/** The name of the object that holds a challenge's claim: one for each first character of an id. */
export const claimsNameOf = (challengeId: string): string => `claims ${challengeId.slice(0, 1)}`

/** The object that holds a challenge's claim. Only the request that holds the claim may end it. */
export interface ChargeClaims {
  /** Takes the claim, and checks the payment; moves it if the order settles before. */
  open(order: ChargeOrder): Promise<Opened>
  /** The request still holds the claim: the origin works. */
  hold(challengeId: string, requestId: string): Promise<void>
  /**
   * Moves the payment for an answer, which is kept if the order has an `Idempotency-Key`. Null: no
   * answer is kept, because there is no key or the answer is too large.
   */
  settle(challengeId: string, requestId: string, answer: KeptAnswer | null): Promise<Settled>
  /** The answer is on its way: the payment is used. */
  deliver(challengeId: string, requestId: string): Promise<void>
  /** There was no answer: a payment that has moved is owed to the payer, any other is released. */
  fail(challengeId: string, requestId: string): Promise<void>
  /** Verifies a proof of a payer's address, once, and finds the payer's open channels. */
  prove(order: ProofOrder): Promise<Proved>
}
