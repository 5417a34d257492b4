/** The bindings, variables and secrets of the payments Worker (`payments/wrangler.toml`). */
import type { ChargeNamespace } from './charges/peers.ts'

export interface PaymentsEnv {
  DB: D1Database
  CHARGES: ChargeNamespace
  /** The JSON-RPC endpoint of the Tempo chain that the gateway's config names. */
  RPC_URL: string
  /**
   * The address that is paid, as in the gateway's variables. The cron compares what it receives
   * with the ledger. Not set: it does not.
   */
  PAYMENT_RECIPIENT?: string
  /** The same for the chain of `payments.evm`. */
  EVM_RECIPIENT?: string
  /** The escrow contract, if the config's `payments.channels.escrow` names one. */
  ESCROW?: string
  /** The private key that pays the fees of sponsored routes. Not set: such routes answer 503. */
  FEE_PAYER_KEY?: string
  /** The JSON-RPC endpoint of the chain of `payments.evm`. Not set: a payment by `evm` is 503. */
  EVM_RPC_URL?: string
  /** The x402 facilitator that settles on that chain. Not set: a payment by `evm` is 503. */
  FACILITATOR_URL?: string
  /**
   * The private key that settles and closes channels, 0x and 64 hexadecimal digits: the
   * recipient's, or, better, the key of the channels' operator, which can do nothing else. Not
   * set: no channel opens. SETTLEMENT_KEY_2 to _9 are keys beside it (`src/lib/secretValues.ts`).
   */
  SETTLEMENT_KEY?: string
  /**
   * How long spent money may wait in an open channel, in milliseconds. After this time the
   * channel is settled if at least SETTLE_LEAST can be taken; if not, the money waits for the
   * same time again.
   */
  SETTLE_AFTER_MS: string
  /**
   * The least amount that is settled because of its age, in the currency's smallest unit: each
   * settlement costs the operator a fee. A smaller amount waits until more is spent, or until the
   * channel is closed.
   */
  SETTLE_LEAST: string
  /**
   * From this amount on, spent money is settled at once, whatever its age and SETTLE_LEAST, in the
   * currency's smallest unit. It limits how much of an open channel's money can be unsettled.
   */
  SETTLE_AMOUNT: string
  /**
   * How often the chain is asked about a channel with spent and unsettled money, in milliseconds,
   * at most 300000: when its payer has requested a close on the chain, the Worker must close the
   * channel within the grace of 15 minutes.
   */
  WATCH_EVERY_MS: string
  /**
   * After how long without a call a channel is closed of which nobody has had an answer, in
   * milliseconds. Not set: 900000 (15 minutes).
   */
  UNUSED_AFTER_MS?: string
}
