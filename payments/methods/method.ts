/** The form of a payment method, as the claims use it, on Tempo and on other chains alike. */

import type { ChargeOrder } from '../../src/contract/charge.ts'
import type { Receipt } from '../../src/contract/wire.ts'
import { RefusedPayment } from '../refusal.ts'

/**
 * How a payment moves. pull: a signed transaction that we send. push: a transaction that the payer
 * has sent. proof: a signature for a price of 0, which moves nothing. authorization: an EIP-3009
 * authorization that a facilitator puts on the chain.
 */
export type Mode = 'pull' | 'push' | 'proof' | 'authorization'

/** A claimed payment, as a method that moves it sees it. */
export interface ClaimedPayment {
  /** The challenge's id. */
  id: string
  order: ChargeOrder
  /** A signed transaction, sent or to be sent, or `raw` of `Validated`. Null: there is none. */
  raw: string | null
  /** The hash of the transaction that moves the payment, or null as long as it is not known. */
  hash: string | null
}

export interface PaymentMethod {
  /** How the payer means to pay, or null for a payload of no known form. */
  modeOf(order: ChargeOrder): Mode | null
  /**
   * Checks a payment without moving it. Throws ChainUnavailable if the chain does not answer, so
   * that it may be checked again at once; Unavailable if it cannot be checked now; and any other
   * error if it is not good.
   */
  validate(order: ChargeOrder, context: VerifyContext): Promise<Validated>
  /**
   * Moves a payment, and calls the context's `onSend` before anything is sent. Throws when the
   * payment is not known to have moved.
   */
  broadcast(payment: ClaimedPayment, context: VerifyContext): Promise<Receipt>
  /**
   * Resolves to the outcome of a payment that was sent. A payment that can still move is sent
   * again. Rejects if the outcome cannot be found out now.
   */
  resume(payment: ClaimedPayment): Promise<PaymentProgress>
}

/** A payment that is good. */
export interface Validated {
  /** An address in lower case. */
  payer: string
  /** The receipt of a payment that has moved already, else null. */
  receipt: Receipt | null
  /** Until when the payment can move, epoch milliseconds. Left out: as long as its challenge. */
  endsAt?: number
  /** The data that the method needs again when the payment is sent. */
  raw?: string
}

/** The receipt of a payment that has moved; failed: it never will; pending: it is not known yet. */
export type PaymentProgress = Receipt | 'failed' | 'pending'

/** The receipt of a payment that has moved just now. */
export function chargeReceipt(method: string, reference: string): Receipt {
  return { method, status: 'success', timestamp: new Date().toISOString(), reference }
}

/** The values and functions that the verification of one payment may use. */
export interface VerifyContext {
  rpcUrl: string
  /** The private key that signs for fees that we pay. */
  feePayerKey: string | undefined
  /** Takes a fee, in millionths of a dollar, out of the day's budget. False: less is left. */
  takeFee: (fee: number) => Promise<boolean>
  /** The chain's answers about this payment, memoised. */
  memory: Map<string, Promise<unknown>>
  /** Called before a payment is sent: stores `raw` and `hash` of its ClaimedPayment. */
  onSend: (raw: string, hash: string | null) => void
  /** Takes a transaction for this challenge. False: another challenge has the transaction. */
  claimTransaction: (hash: string) => Promise<boolean>
  releaseTransaction: (hash: string) => Promise<void>
}

/**
 * Throws for a payment that could end (`endsAt`, epoch milliseconds) before it is moved: at once,
 * or when the origin has answered.
 */
export function checkEnd({ settle, timeoutMs }: ChargeOrder, endsAt: number): void {
  if (endsAt < Date.now() + (settle === 'before' ? 0 : timeoutMs))
    throw new RefusedPayment(
      'payment-expired',
      'The payment ends before the call can be served: ask for a new challenge.',
    )
}
