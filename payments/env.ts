import type { ChargeNamespace } from './charges/peers.ts'

/** The bindings of the payments Worker. */
export interface PaymentsEnv {
  DB: D1Database
  CHARGES: ChargeNamespace
  /** The chain's JSON-RPC endpoint. */
  RPC_URL: string
  /** The private key that pays the fees of sponsored rows; not set: there are none. */
  FEE_PAYER_KEY?: string
  /** The JSON-RPC endpoint of the chain of `payments.evm`, and the facilitator that settles there. */
  EVM_RPC_URL?: string
  FACILITATOR_URL?: string
  /**
   * The private key that takes channels' money to the recipient, 0x and 64 hexadecimal digits: the recipient's own, or
   * better one that is good for nothing else (the channels' operator). Without it no channel opens.
   */
  SETTLEMENT_KEY?: string
  /** How long what is spent may wait to be settled, and how much of it, in the currency's smallest unit. */
  SETTLE_AFTER_MS: string
  /** How much it must be for that. */
  SETTLE_LEAST: string
  SETTLE_AMOUNT: string
  /** How often the chain is asked whether the payer wants a channel closed: far less than the grace of 15 minutes. */
  WATCH_EVERY_MS: string
}
