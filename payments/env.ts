import type { ChargeClaimsObject } from './chargeClaims.ts'

/** The bindings of the payments Worker. */
export interface PaymentsEnv {
  DB: D1Database
  CHARGES: DurableObjectNamespace<ChargeClaimsObject>
  /** The chain's JSON-RPC endpoint. */
  RPC_URL: string
  /** The private key that pays the fees of sponsored rows; not set: there are none. */
  FEE_PAYER_KEY?: string
}
