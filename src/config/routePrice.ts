/** The prices of routes, parsed. */
import type { PaymentMethodName } from '../contract/charge.ts'
import type { Pointer } from '../lib/jsonPointer.ts'

/** The price of a route for callers without an account. */
export type Price = CallPrice | ResultPrice

/** A flat price for one call. */
export interface CallPrice {
  intent: 'charge'
  /** In the smallest unit of the `payments` currency. */
  amount: bigint
  /** The ways to pay the price, the preferred one first. */
  methods: readonly PaymentMethodName[]
  /** Whether the payment moves after the origin has answered 2xx, or before it is asked. */
  settle: 'after' | 'before'
  /** Whether we pay the chain's fee. */
  sponsored: boolean
  /** Whether payments come in `Payment-Authorization` too. */
  paymentHeader: boolean
}

/** A price for each result, paid through a payment channel. */
export interface ResultPrice {
  intent: 'session'
  /** The price of one result, in the currency's smallest unit. */
  amount: bigint
  /** The name of one result: "tweet". */
  unit: string
  results: Results
  /** The treatment of an answer whose results cannot be counted. */
  uncountable: 'refuse' | 'free' | 'max'
  most: Most
  /** Whether payments come in `Payment-Authorization` too. */
  paymentHeader: boolean
}

/**
 * The place where an answer says how many results it holds. `events`: each event of the stream is a
 * result.
 */
export type Results = { pointer: Pointer } | { header: string } | { events: true }

/**
 * The place where a call says how many results it asks for. A number that is unreadable or above
 * `max` counts as `max`.
 */
export type Most =
  | { query: string; default: number; max: number }
  | { body: readonly Pointer[]; max: number }
  | { max: number }
