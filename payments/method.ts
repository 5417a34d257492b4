/** A way of paying, as the claims use it: what differs between Tempo and other chains is behind this. */
import type { Receipt } from '../src/credentials/payment.ts'
import { fromBase64url } from '../src/lib/bytes.ts'
import type { ChargeOrder } from '../src/store/charges.ts'
import type { Claim } from './claims.ts'
import type { Mode, VerifyContext } from './verify.ts'

export interface PaymentMethod {
  /** How the payer means to pay, or null for a payload of no known form. */
  modeOf(order: ChargeOrder): Mode | null
  /** Checks a payment without moving anything. Throws for one that is not good, or that cannot be checked now. */
  validate(order: ChargeOrder, context: VerifyContext): Promise<Validated>
  /** Moves a payment, after telling the context what is sent. Throws when it is not known to have moved. */
  broadcast(claim: Claim, context: VerifyContext): Promise<Receipt>
  /** What became of a payment that was sent; it is sent again while it can still move. Rejects when that is not known. */
  lookAt(claim: Claim): Promise<Fate>
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
export type Fate = Receipt | 'gone' | 'open'

/** For how long the library is told that a challenge is good, in milliseconds. */
const STILL_GOOD_MS = 60_000

/** An order's credential as mppx takes it: the challenge's encoded parts read. */
export function inputOf({ credential }: ChargeOrder) {
  const { payload, source } = credential
  // Of what was sent before, the age was judged when the claim was opened: it may have been shown in time, to nobody.
  const expires = new Date(Date.now() + STILL_GOOD_MS).toISOString()
  const challenge = { ...credential.challenge, ...(payload.type === 'hash' ? { expires } : {}) }
  const request = JSON.parse(fromBase64url(challenge.request, 8192) ?? '')
  const meta = JSON.parse(fromBase64url(challenge.opaque ?? '', 8192) ?? '')
  return { credential: { challenge: { ...challenge, request, meta }, payload, source }, request }
}

/** The receipt of a payment that has moved just now. */
export function receiptOf(method: string, reference: string): Receipt {
  return { method, status: 'success', timestamp: new Date().toISOString(), reference }
}
