/** The part of the config file that says how prices are paid, as an operator writes it. */
import type { Duration } from './forms.ts'

/** Payment on Tempo, in a TIP-20 token, and the other ways in which a price can be paid. */
export interface PaymentsConfig {
  /** The chain's id (EIP-155), like 4217. */
  chainId: number
  /** The token's address: "0x" and 40 hexadecimal digits. */
  currency: string
  /**
   * How many decimals the token has, from 0 to 18: a USDC price of "1" is 1,000,000 units with 6.
   */
  decimals: number
  /** The name of the variable that holds the address that is paid, like "PAYMENT_RECIPIENT". */
  recipientFrom: string
  /** How long a challenge can be answered, like "5m". */
  challenge: Duration
  /**
   * The most that we pay of chain fees for payers on `sponsored` routes: for a payment, and for a
   * day (UTC). In dollars, with at most 6 decimals, above "0" and at most "1000000": "0.01", "5".
   */
  sponsor?: { perPayment: string; perDay: string }
  /** Payment channels. Required if a route has a price by the result. */
  channels?: ChannelsConfig
  /**
   * The token in which routes with the method "evm" are paid. Required if there is such a route.
   */
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
  /** How many decimals the token has, from 0 to 18. */
  decimals: number
  /** The name in the token's EIP-712 domain, to which signatures are bound: 1 to 100 characters. */
  name: string
  /** The version in the token's EIP-712 domain: 1 to 100 characters. */
  version: string
  /** The name of the variable that holds the address that is paid. */
  recipientFrom: string
}

/**
 * Where an answer says how many results it holds: - `pointer`: a JSON pointer (RFC 6901) to an
 * array or a whole number in it, "" for the answer itself. - `header`: a header that the origin
 * sets; its name in lower case, at most 64 characters. - `events`: the answer is a stream of
 * server-sent events, and each event with data is a result.
 */
export type ResultsConfig = { pointer: string } | { header: string } | { events: true }

/**
 * How many results a call asks for at most. All numbers are from 1 to 100,000. - `query`: a
 * parameter of the query holds the number; a call without it asks for `default`. - `body`: JSON
 * pointers to arrays or numbers in the request's body, which are added up. - `max` alone: every
 * call asks for this many. For a stream, each voucher pays for this many events.
 *
 * `max` is also the most that is ever reserved: it stands for a number that is larger or
 * unreadable.
 */
export type MostConfig =
  | { query: string; default: number; max: number }
  | { body: readonly string[]; max: number }
  | { max: number }
