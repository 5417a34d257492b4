/** What a row's price is on the wire: built once for each row and env, then only copied. */
import { encodeJson, type OfferTemplate } from '../credentials/challenge.ts'
import type { PaymentMethodName } from '../lib/config.ts'
import type { EvmPayments, Gateway, Payments, Price, Route } from '../lib/gateway.ts'
import { rescale } from '../lib/money.ts'
import type { Env } from './env.ts'

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

/** The offers of a gateway's rows. */
export function createOffers(gateway: Gateway) {
  const known = new WeakMap<Env, Map<Route, readonly Offer[]>>()

  /** The ways to pay for a row with a price. Throws when the recipient's binding is missing. */
  return function offersOf(env: Env, route: Route & { price: Price }): readonly Offer[] {
    const ofRows = known.get(env) ?? new Map<Route, readonly Offer[]>()
    known.set(env, ofRows)
    const offers = ofRows.get(route) ?? offersFor(gateway, env, route.price)
    ofRows.set(route, offers)
    return offers
  }
}

function offersFor({ realm, payments }: Gateway, env: Env, price: Price): Offer[] {
  if (payments === null) throw new Error('a row has a price, but nothing says how it is paid')
  return price.methods.map((method) =>
    method === 'tempo'
      ? tempoOffer(realm, payments, env, price)
      : evmOffer(realm, payments, env, price),
  )
}

function tempoOffer(realm: string, payments: Payments, env: Env, price: Price): Offer {
  const recipient = recipientOf(env, payments)
  const { chainId, currency, decimals, challengeMs } = payments
  const amount = String(price.amount)
  // Who is paid for cannot have sent the payment already.
  const sponsored = price.sponsored ? { feePayer: true, supportedModes: ['pull'] } : {}
  return {
    ...{ realm, method: 'tempo', intent: price.intent },
    ...{ amount, currency, decimals, recipient, chainId, challengeMs },
    request: encodeJson({ amount, currency, recipient, methodDetails: { chainId, ...sponsored } }),
    header: price.paymentHeader ? 'Payment-Authorization' : undefined,
  }
}

function evmOffer(realm: string, payments: Payments, env: Env, price: Price): Offer {
  const { evm, challengeMs } = payments
  if (evm === null) throw new Error('a row takes "evm", but nothing says how it is paid')
  const recipient = recipientOf(env, evm)
  const { chainId, currency, decimals, name, version } = evm
  const amount = String(rescale(price.amount, payments.decimals, decimals))
  const methodDetails = { chainId, credentialTypes: ['authorization'], decimals }
  return {
    ...{ realm, method: 'evm', intent: price.intent },
    ...{ amount, currency, decimals, recipient, chainId, domain: { name, version }, challengeMs },
    request: encodeJson({ amount, currency, recipient, methodDetails }),
    header: price.paymentHeader ? 'Payment-Authorization' : undefined,
  }
}

/** Who is paid. Throws for an address that is missing, malformed, or nobody's. */
function recipientOf(env: Env, { recipientFrom }: Payments | EvmPayments): string {
  const recipient = String(env[recipientFrom] ?? '')
  if (/^0x[0-9a-fA-F]{40}$/.test(recipient) && !/^0x0+$/.test(recipient)) return recipient
  throw new Error(`${recipientFrom} must be the address that is paid, 0x and 40 hexadecimal digits`)
}
