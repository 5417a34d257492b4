/**
 * Offers: the price of a route as it is on the wire, one offer for each way to pay. Offers are
 * built once for each route and env, because they are constant.
 */
import type { Config, Route } from '../config/config.ts'
import type { CallPrice, Price } from '../config/routePrice.ts'
import type { PaymentMethodName } from '../contract/charge.ts'
import { encodeJson, type OfferTemplate } from '../credentials/payments/challenge.ts'
import { memoize } from '../lib/memoize.ts'
import { rescale } from '../lib/money.ts'
import type { Env } from '../store/env.ts'

/** One way to pay for a call: the constant part of its challenges, and the values in it. */
export interface Offer extends OfferTemplate {
  method: PaymentMethodName
  /** In the currency's smallest unit. */
  amount: string
  currency: string
  decimals: number
  recipient: string
  chainId: number
  /** The currency's EIP-712 domain, for the method `evm`, whose payers sign with it. */
  domain?: { name: string; version: string }
  /** How long a challenge can be answered, in milliseconds. */
  challengeMs: number
}

/**
 * Returns the function that finds the offers of a route that is priced by the call, the preferred
 * offer first. It throws an Error for the operator if the variable of the recipient is not set.
 */
export const offersOf = memoize((config: Config) => {
  const ofEnv = memoize((env: Env) =>
    memoize(({ price }: Route & { price: CallPrice }) => offersFor(config, env, price)),
  )

  return (env: Env, route: Route & { price: CallPrice }): readonly Offer[] => ofEnv(env)(route)
})

function offersFor(config: Config, env: Env, price: CallPrice): Offer[] {
  return price.methods.map((method) =>
    method === 'tempo' ? tempoOffer(config, env, price) : evmOffer(config, env, price),
  )
}

/**
 * Returns the offer of a price on Tempo. Throws an Error for the operator if the variable of the
 * recipient is not set.
 */
export function tempoOffer(config: Config, env: Env, price: Price): Offer {
  const { payments, realm } = config
  if (payments === null) throw new Error('a route has a price, but the config has no payments')
  const recipient = addressFrom(env, payments.recipientFrom, 'that is paid')
  const { chainId, currency, decimals, challengeMs } = payments
  const amount = String(price.amount)
  // We send a payment whose fee we pay, so the payer cannot have sent it already.
  const isSponsored = price.intent === 'charge' && price.sponsored
  const sponsored = isSponsored ? { feePayer: true, supportedModes: ['pull'] } : {}
  return {
    realm,
    method: 'tempo',
    intent: price.intent,
    amount,
    currency,
    decimals,
    recipient,
    chainId,
    challengeMs,
    request: encodeJson({ amount, currency, recipient, methodDetails: { chainId, ...sponsored } }),
    header: price.paymentHeader ? 'Payment-Authorization' : undefined,
  }
}

function evmOffer({ realm, payments }: Config, env: Env, price: CallPrice): Offer {
  if (!payments?.evm) throw new Error('a route takes "evm", but the config has no payments.evm')
  const { chainId, currency, decimals, name, version, recipientFrom } = payments.evm
  const { challengeMs } = payments
  const recipient = addressFrom(env, recipientFrom, 'that is paid')
  const amount = String(rescale(price.amount, payments.decimals, decimals))
  const methodDetails = { chainId, credentialTypes: ['authorization'], decimals }
  return {
    realm,
    method: 'evm',
    intent: price.intent,
    amount,
    currency,
    decimals,
    recipient,
    chainId,
    domain: { name, version },
    challengeMs,
    request: encodeJson({ amount, currency, recipient, methodDetails }),
    header: price.paymentHeader ? 'Payment-Authorization' : undefined,
  }
}

/**
 * Returns the address in a variable. Throws an Error for the operator if the variable is missing,
 * is malformed, or is the zero address. `role` goes into the error, like "that is paid".
 */
export function addressFrom(env: Env, name: string, role: string): string {
  const address = String(env[name] ?? '')
  if (/^0x[0-9a-fA-F]{40}$/.test(address) && !/^0x0+$/.test(address)) return address
  throw new Error(`${name} must be the address ${role}: 0x and 40 hexadecimal digits`)
}
