/** The settings of payments in the config file, as an operator writes them. */
import type { Duration } from './forms.ts'

/** Payment on Tempo, in a TIP-20 token, and the other ways in which a price can be paid. */
export interface PaymentsConfig {
  /** The chain's id (EIP-155), like 4217. */
  chainId: number
  /** The token's address: "0x" and 40 hexadecimal digits. */
  currency: string
  /** The token's number of decimals, from 0 to 18: with 6, a price of "1" is 1,000,000 units. */
  decimals: number
  /** The name of the variable that holds the address that is paid, like "PAYMENT_RECIPIENT". */
  recipientFrom: string
  /** The time in which a challenge can be answered, like "5m". */
  challenge: Duration
  /**
   * The most that we pay of chain fees for payers on `sponsored` routes: for a payment, and for a
   * day (UTC). In dollars, with at most 6 decimals, above "0" and at most "1000000": "0.01", "5".
   */
  sponsor?: { perPayment: string; perDay: string }
  /** Payment channels. Required if a route has a price by the result. */
  channels?: ChannelsConfig
  /** The settings of payments by "evm". Required if a route has this method. */
  evm?: EvmPaymentsConfig
}

/** Payment channels, which pay prices by the result. */
export interface ChannelsConfig {
  /** The deposit that payers are told to make: a decimal above 0 in the currency, like "1.5". */
  suggestedDeposit: string
  /**
   * The name of the variable that holds the address of the payments Worker's SETTLEMENT_KEY, which
   * may settle for the recipient, like "PAYMENT_OPERATOR".
   */
  operatorFrom: string
  /** The address of the contract that holds the deposits. Default: the chain's own (TIP-1034). */
  escrow?: string
}

/** Payment by the method "evm": an EIP-3009 authorization, which a facilitator settles. */
export interface EvmPaymentsConfig {
  /** The chain's id (EIP-155), like 8453. */
  chainId: number
  /** The token's address: "0x" and 40 hexadecimal digits. */
  currency: string
  /** The token's number of decimals, from 0 to 18. */
  decimals: number
  /** The name in the token's EIP-712 domain, to which signatures are bound: 1 to 100 characters. */
  name: string
  /** The version in the token's EIP-712 domain: 1 to 100 characters. */
  version: string
  /** The name of the variable that holds the address that is paid. */
  recipientFrom: string
}

/**
 * The place where an answer says how many results it holds:
 * - `pointer`: a JSON pointer (RFC 6901) to an array or a whole number in the answer, like
 *   "/tweets"; "" for the answer itself.
 * - `header`: a header that the origin sets; its name in lower case, at most 64 characters.
 * - `events`: the answer is a stream of server-sent events, and each event with data is a result.
 *
 * `uncountable` says what becomes of a successful answer that does not say it, or that is too large
 * to be read (1 MiB with `pointer`): "refuse" (the default; 502, nothing is charged), "free", or
 * "max" (it costs as much as the call could have cost).
 */
export type ResultsConfig = ({ pointer: string } | { header: string } | { events: true }) & {
  uncountable?: 'refuse' | 'free' | 'max'
}

/**
 * The place where a call says how many results it asks for. All numbers are from 1 to 100,000.
 * - `query`: a parameter of the query, like "limit"; a call without it asks for `default`.
 * - `body`: JSON pointers to arrays or numbers in the request's body, which are added up.
 * - `max` alone: every call asks for this many. A stream asks for vouchers for this many events.
 *
 * `max` is also the most that is ever reserved: a larger or unreadable number counts as `max`.
 */
export type MostConfig =
  | { query: string; default: number; max: number }
  | { body: readonly string[]; max: number }
  | { max: number }
