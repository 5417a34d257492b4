/** A way of paying, as the claims use it: what differs between Tempo and other chains is behind this. */

import type { ChargeOrder } from '../../src/contract/charge.ts'
import type { Receipt } from '../../src/contract/wire.ts'

/** What a method has to know of a payment that it moves. */
export interface ClaimedPayment {
  /** The challenge's id. */
  id: string
  order: ChargeOrder
  /** What was sent, or is to be: a signed transaction, or what the method's `validate` returned. Null: nothing yet. */
  raw: string | null
  /** The transaction's hash, as far as it is known before the chain has answered. */
  hash: string | null
}

export interface PaymentMethod {
  /** How the payer means to pay, or null for a payload of no known form. */
  modeOf(order: ChargeOrder): Mode | null
  /** Checks a payment without moving anything. Throws for one that is not good, or that cannot be checked now. */
  validate(order: ChargeOrder, context: VerifyContext): Promise<Validated>
  /** Moves a payment, after telling the context what is sent. Throws when it is not known to have moved. */
  broadcast(payment: ClaimedPayment, context: VerifyContext): Promise<Receipt>
  /** What became of a payment that was sent; it is sent again while it can still move. Rejects when that is not known. */
  resume(payment: ClaimedPayment): Promise<PaymentProgress>
}

/** A payment that is good. */
export interface Validated {
  payer: string
  /** Of one that has moved already, else null. */
  receipt: Receipt | null
  /** What is to be known when it is sent. */
  raw?: string
}

/** Moved, or not to be moved any more, or still under way. */
export type PaymentProgress = Receipt | 'gone' | 'open'

/** The receipt of a payment that has moved just now. */
export function chargeReceipt(method: string, reference: string): Receipt {
  return { method, status: 'success', timestamp: new Date().toISOString(), reference }
}

/** What one payment's verification may use. */
export interface VerifyContext {
  rpcUrl: string
  /** What signs for fees that we pay. */
  feePayerKey: string | undefined
  /** Takes a fee, in millionths of a dollar, out of the day's budget; false: it is used up. */
  takeFee: (fee: number) => Promise<boolean>
  memory: Map<string, Promise<unknown>>
  /** Told of what is sent, before it is: a transaction and its hash, or what `PaymentMethod.validate` gave. */
  onSend: (raw: string, hash: string | null) => void
  /** Takes a transaction for this challenge; false: another challenge has it. */
  claimTransaction: (hash: string) => Promise<boolean>
  releaseTransaction: (hash: string) => Promise<void>
}

export type Mode = 'pull' | 'push' | 'proof' | 'authorization'
