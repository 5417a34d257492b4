/** What a row's price is on the wire: built once for each row and env, then only copied. */
import { encodeJson, type OfferTemplate } from '../credentials/challenge.ts'
import type { CallPrice, Gateway, Price, Route } from '../lib/gateway.ts'
import type { Env } from './env.ts'

/** An offer's constant parts, on the wire and as they are meant. */
export interface Offer extends OfferTemplate {
  /** In the currency's smallest unit. */
  amount: string
  currency: string
  decimals: number
  recipient: string
  chainId: number
  challengeMs: number
}

/** The offers of a gateway's rows that are sold by the call. */
export function createOffers(gateway: Gateway) {
  const known = new WeakMap<Env, Map<Route, readonly Offer[]>>()

  /** The ways to pay for a row with a price. Throws when the recipient's binding is missing. */
  return function offersOf(env: Env, route: Route & { price: CallPrice }): readonly Offer[] {
    const ofRows = known.get(env) ?? new Map<Route, readonly Offer[]>()
    known.set(env, ofRows)
    const offers = ofRows.get(route) ?? [tempoOffer(gateway, env, route.price)]
    ofRows.set(route, offers)
    return offers
  }
}

/** What every offer on Tempo has. Throws when the recipient's binding is missing. */
export function tempoOffer(gateway: Gateway, env: Env, price: Price): Offer {
  const { payments, realm } = gateway
  if (payments === null) throw new Error('a row has a price, but nothing says how it is paid')
  const recipient = addressFrom(env, payments.recipientFrom, 'that is paid')
  const { chainId, currency, decimals, challengeMs } = payments
  const amount = String(price.amount)
  // Who is paid for cannot have sent the payment already.
  const isSponsored = price.intent === 'charge' && price.sponsored
  const sponsored = isSponsored ? { feePayer: true, supportedModes: ['pull'] } : {}
  return {
    ...{ realm, method: 'tempo', intent: price.intent },
    ...{ amount, currency, decimals, recipient, chainId, challengeMs },
    request: encodeJson({ amount, currency, recipient, methodDetails: { chainId, ...sponsored } }),
    header: price.paymentHeader ? 'Payment-Authorization' : undefined,
  }
}

/** An address that a variable holds. Throws for one that is missing, malformed, or nobody's. */
export function addressFrom(env: Env, name: string, whose: string): string {
  const address = String(env[name] ?? '')
  if (/^0x[0-9a-fA-F]{40}$/.test(address) && !/^0x0+$/.test(address)) return address
  throw new Error(`${name} must be the address ${whose}, 0x and 40 hexadecimal digits`)
}
