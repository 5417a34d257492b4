/** What a row's price is on the wire: built once for each row and env, then only copied. */

import type { CallPrice, Config, Price, Route } from '../config/config.ts'
import type { PaymentMethodName } from '../contract/charge.ts'
import { encodeJson, type OfferTemplate } from '../credentials/payments/challenge.ts'
import { memoize } from '../lib/memoize.ts'
import { rescale } from '../lib/money.ts'
import type { Env } from '../store/env.ts'

/** An offer's constant parts, on the wire and as they are meant. */
export interface Offer extends OfferTemplate {
  method: PaymentMethodName
  /** In the currency's smallest unit. */
  amount: string
  currency: string
  decimals: number
  recipient: string
  chainId: number
  /** The currency's EIP-712 domain, where a signature of its own form pays. */
  domain?: { name: string; version: string }
  challengeMs: number
}

/** The offers of a gateway's routes that are priced by the call. */
export const offersOf = memoize((config: Config) => {
  const ofEnv = memoize((env: Env) =>
    memoize(({ price }: Route & { price: CallPrice }) => offersFor(config, env, price)),
  )

  /** The ways to pay for a row with a price. Throws when the recipient's binding is missing. */
  return (env: Env, route: Route & { price: CallPrice }): readonly Offer[] => ofEnv(env)(route)
})

function offersFor(config: Config, env: Env, price: CallPrice): Offer[] {
  return price.methods.map((method) =>
    method === 'tempo' ? tempoOffer(config, env, price) : evmOffer(config, env, price),
  )
}

/** What every offer on Tempo has. Throws when the recipient's binding is missing. */
export function tempoOffer(config: Config, env: Env, price: Price): Offer {
  const { payments, realm } = config
  if (payments === null) throw new Error('a row has a price, but nothing says how it is paid')
  const recipient = addressFrom(env, payments.recipientFrom, 'that is paid')
  const { chainId, currency, decimals, challengeMs } = payments
  const amount = String(price.amount)
  // Who is paid for cannot have sent the payment already.
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
  if (!payments?.evm) throw new Error('a row takes "evm", but nothing says how it is paid')
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

/** An address that a variable holds. Throws for one that is missing, malformed, or nobody's. */
export function addressFrom(env: Env, name: string, whose: string): string {
  const address = String(env[name] ?? '')
  if (/^0x[0-9a-fA-F]{40}$/.test(address) && !/^0x0+$/.test(address)) return address
  throw new Error(`${name} must be the address ${whose}, 0x and 40 hexadecimal digits`)
}
