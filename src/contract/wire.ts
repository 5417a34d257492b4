/** The parts of a payment that gateway and payments share, in the protocol's form. */
import type { Json } from '../lib/canonicalJson.ts'

/** A challenge, echoed, with the proof that answers it. */
export interface PaymentCredential {
  challenge: Challenge
  /** The proof, in the method's own form; mppx verifies it. */
  payload: { [name: string]: Json }
  /** The payer, as a DID. */
  source?: string
}

/** The receipt of a paid answer. `Payment-Receipt` is base64url of its JSON. */
export interface Receipt {
  method: string
  status: 'success'
  timestamp: string
  reference: string
}

/** The parameters of a challenge as they are on the wire: `request` and `opaque` stay encoded. */
export interface Challenge {
  id: string
  realm: string
  method: string
  intent: string
  request: string
  expires?: string
  digest?: string
  opaque?: string
  header?: string
  description?: string
}
