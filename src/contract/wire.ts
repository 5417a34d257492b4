import type { Json } from '../lib/canonicalJson.ts'

/** A challenge, echoed, with the proof that answers it. */
export interface PaymentCredential {
  challenge: Challenge
  /** Of the method's own form; verified by the method's own library. */
  payload: { [name: string]: Json }
  /** Who pays, as a DID. */
  source?: string
}

/** What a paid answer says: base64url of this is `Payment-Receipt`. */
export interface Receipt {
  method: string
  status: 'success'
  timestamp: string
  reference: string
}

/** The parts of a challenge, as they are on the wire: `request` and `opaque` stay encoded. */
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
