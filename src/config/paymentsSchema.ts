/** The part of the schema that says which routes have prices, and how prices are paid. */
import * as z from 'zod/mini'
import { PAYMENT_METHODS } from '../contract/charge.ts'
import { parsePointer } from '../lib/jsonPointer.ts'
import { parseAmount } from '../lib/money.ts'
import { bindingName, duration, text } from './forms.ts'

const dollars = text(parseDollars, 'is not an amount of dollars; write one like "5" or "0.01"')
const pointer = text(
  parsePointer,
  'is not a JSON pointer; write one like "/tweets" or "/data/items"',
)
const answerHeader = z
  .string()
  .check(z.regex(/^[a-z0-9-]{1,64}$/, 'must be a lower-case header name, like "x-result-count"'))
const address = z
  .string()
  .check(z.regex(/^0x[0-9a-fA-F]{40}$/, 'must be an address: "0x" and 40 hexadecimal digits'))
const count = z
  .int()
  .check(z.minimum(1, 'must be at least 1'), z.maximum(100_000, 'must be at most 100000'))

/** The precompiled contract of Tempo that holds the deposits of channels (TIP-1034). */
const DEFAULT_ESCROW = '0x4d50500000000000000000000000000000000000'

const resultsSchema = z.strictObject({
  pointer: z.optional(pointer),
  header: z.optional(answerHeader),
  events: z.optional(z.literal(true)),
  uncountable: z.optional(z.enum(['refuse', 'free', 'max'])),
})

const mostSchema = z.strictObject({
  query: z.optional(z.string().check(z.minLength(1, 'must name a parameter'))),
  default: z.optional(count),
  body: z.optional(z.array(pointer).check(z.minLength(1, 'must have at least one pointer'))),
  max: count,
})

/** A token on a chain, and the address that is paid in it. */
const money = {
  chainId: z.int().check(z.minimum(1, 'must be at least 1')),
  currency: address,
  decimals: z.int().check(z.minimum(0, 'must be at least 0'), z.maximum(18, 'must be at most 18')),
  recipientFrom: bindingName,
}
const domainPart = z
  .string()
  .check(z.minLength(1, 'must not be empty'), z.maxLength(100, 'must be at most 100 characters'))

/** The fields of a route with a price. */
export const priceFields = {
  price: z.optional(z.string()),
  intent: z.optional(z.enum(['charge', 'session'])),
  methods: z.optional(
    z.array(z.enum(PAYMENT_METHODS)).check(z.minLength(1, 'must name at least one way to pay')),
  ),
  settle: z.optional(z.enum(['after', 'before'])),
  unit: z.optional(
    z.string().check(z.regex(/^[a-z][a-z ]{0,29}$/, 'must be a word or two, like "tweet"')),
  ),
  results: z.optional(resultsSchema),
  most: z.optional(mostSchema),
  sponsored: z.optional(z.boolean()),
  paymentHeader: z.optional(z.boolean()),
}

/** The settings of payments. */
export const paymentsSchema = z.strictObject({
  ...money,
  challenge: duration,
  channels: z.optional(
    z.strictObject({
      suggestedDeposit: z.string(),
      operatorFrom: bindingName,
      escrow: z._default(address, DEFAULT_ESCROW),
    }),
  ),
  sponsor: z.optional(z.strictObject({ perPayment: dollars, perDay: dollars })),
  evm: z.optional(z.strictObject({ ...money, name: domainPart, version: domainPart })),
})

/** "0.01" dollars → millionths of a dollar, above 0 and at most a million dollars; or null. */
function parseDollars(value: string): number | null {
  const amount = parseAmount(value, 6)
  return amount === null || amount > 1_000_000_000_000n ? null : Number(amount)
}
