/** What the gateway asks of a challenge's claim, and what it is answered. */
import type { PaymentCredential, Receipt } from './wire.ts'

/** The ways in which a price can be paid: in a TIP-20 token on Tempo, or in an EIP-3009 token on another EVM chain. */
export const PAYMENT_METHODS = ['tempo', 'evm'] as const
export type PaymentMethodName = (typeof PAYMENT_METHODS)[number]

/** How long an answer is owed that was paid for and not given, in milliseconds. */
export const OWED_MS = 30 * 86_400_000

/** What a payer answered a challenge with, and what for. */
export interface ChargeOrder {
  credential: PaymentCredential
  /** SHA-256 of the canonical credential: only the very same one may come again. */
  credentialHash: string
  /** When the challenge expires, epoch milliseconds. */
  expiresAt: number
  /** The row, and the request, that it pays for. */
  row: string
  requestId: string
  method: PaymentMethodName
  chainId: number
  /** The EIP-712 domain of the currency, where a signature of its own form pays. */
  domain?: { name: string; version: string }
  /** In the currency's smallest unit. */
  amount: string
  currency: string
  recipient: string
  settle: 'after' | 'before'
  /** The most that we pay of the chain's fees, in millionths of a dollar; null: the payer pays them. */
  sponsor: { perPayment: number; perDay: number } | null
  /** How long the request may keep the claim to itself, in milliseconds. */
  holdMs: number
  /** The request's `Idempotency-Key`: its answer is kept, and given again for the very same credential. */
  idempotencyKey?: string
}

/** An answer that was paid for, as it was given. */
export interface KeptAnswer {
  status: number
  headers: [name: string, value: string][]
  /** Null for an answer that has none, as 204. */
  body: Uint8Array | null
}

/** What happened to money, told to the caller by the gateway. */
export type Refusal =
  | 'invalid-challenge'
  | 'payment-expired'
  | 'verification-failed'
  | 'payment-insufficient'

export type Opened =
  /** The payment is good, and has not moved: `settle` moves it. */
  | { state: 'authorized'; payer: string }
  /** The payment has moved: the answer is owed. */
  | { state: 'paid'; payer: string; receipt: Receipt }
  /** The answer was made before, for the same `Idempotency-Key`: here it is again. */
  | { state: 'replayed'; payer: string; receipt: Receipt; answer: KeptAnswer }
  /** It is being served, or nobody knows yet whether it has moved. The same credential may come again. */
  | { state: 'pending' }
  | { state: 'refused'; refusal: Refusal; detail: string }
  /** The chain or the ledger does not answer. Nothing has moved. */
  | { state: 'unavailable' }

export type Settled = Exclude<Opened, { state: 'authorized' | 'replayed' }>

/** The object that a challenge's claim is in. What a request opened, only that request may end. */
export interface ChargeClaims {
  open(order: ChargeOrder): Promise<Opened>
  /** Moves the payment for an answer, which is kept if the order has an `Idempotency-Key`. */
  settle(challengeId: string, requestId: string, answer: KeptAnswer): Promise<Settled>
  /** The answer is on its way: the payment is used. */
  deliver(challengeId: string, requestId: string): Promise<void>
  /** There was no answer: what has moved stays the payer's, what has not is let go. */
  fail(challengeId: string, requestId: string): Promise<void>
}
