/**
 * Gives a payer that has lost the state of its channel what it needs to go on with the channel
 * (mppx's `bootstrap`): a HEAD gets a challenge for a proof of the payer's address, and the proof
 * gets a snapshot with the highest voucher.
 * See docs/decisions/0048.
 */
import type { Config, MeteredRoute } from '../../config/config.ts'
import type { ChannelSnapshot, ChannelTerms, Recovered } from '../../contract/channel.ts'
import { parsePayment } from '../../credentials/payments/credential.ts'
import { toBase64, utf8 } from '../../lib/bytes.ts'
import { memoize } from '../../lib/memoize.ts'
import type { Answer } from '../../pipeline/answer.ts'
import type { Call } from '../../pipeline/call.ts'
import type { Env } from '../../store/env.ts'
import type { Isolate } from '../../store/isolate.ts'
import { channels } from '../../store/payments/channels.ts'
import { charges } from '../../store/payments/charges.ts'
import { acceptedOffers } from '../acceptPayment.ts'
import { tempoOffer } from '../offers.ts'
import { setPaymentStatus } from '../paymentStatus.ts'
import { createPaywall, paymentUnavailable, unsupportedMethod } from '../paywall.ts'
import type { PaymentProblemType } from '../problem.ts'
import { channelOffersOf } from './channelOffers.ts'

/** The offers of a proof of address: a `charge` of 0. */
const proofOffersOf = memoize((config: Config) =>
  memoize((env: Env) =>
    memoize(({ price }: MeteredRoute) => {
      const { paymentHeader } = price
      const free = { intent: 'charge', amount: 0n, methods: ['tempo'], paymentHeader } as const
      return tempoOffer(config, env, { ...free, settle: 'after', sponsored: false })
    }),
  ),
)

const SESSION = { method: 'tempo', intent: 'session' }
const CHARGE = { method: 'tempo', intent: 'charge' }

/**
 * Whether a HEAD of a route that is priced by the result asks for the payer's channel: it answers a
 * challenge of `charge`, or it takes `tempo/charge` and not `tempo/session`. Any other HEAD is
 * about the route.
 */
export function asksForChannel({ method, headers, payment: own }: Call, payment = own): boolean {
  if (method !== 'HEAD') return false
  if (payment !== undefined) return parsePayment(payment)?.challenge.intent === CHARGE.intent
  const accepted = acceptedOffers(headers.get('accept-payment') ?? null, [SESSION, CHARGE])
  return accepted.length === 1 && accepted[0] === CHARGE
}

/**
 * Returns the function that answers a HEAD that asks for the payer's channel: 402 with a challenge
 * of amount 0 without a good proof, else 204, with `Payment-Session` and `Payment-Session-Snapshot`
 * if the payer has an open channel on the terms of the route. It throws `service_unavailable` if an
 * object or the chain does not answer, and `rate_limit_exceeded` for an address that asks too
 * often: strangers have wallets too, so a good proof counts as a try.
 */
export function createChannelRecovery(route: MeteredRoute, config: Config, isolate: Isolate) {
  const paywall = createPaywall(route, isolate)
  const channelOfferOf = channelOffersOf(config)

  return async (call: Call): Promise<Answer> => {
    const offer = proofOffersOf(config)(call.env)(route)
    const purchase = { offers: [offer], method: 'HEAD', target: 'channel', digest: undefined }
    const answer402 = (type: PaymentProblemType, detail?: string) =>
      paywall.answer402(call, purchase, type, detail)
    if (call.payment === undefined) return answer402('payment-required')
    setPaymentStatus(call, { charged: false })
    const payment = await paywall.read(call, purchase, call.payment)
    if (payment === 'method-unsupported') return unsupportedMethod()
    if (typeof payment === 'string') return answer402(payment)
    const { credential, expiresAt } = payment
    if (!(Date.now() < expiresAt)) return answer402('payment-expired')
    paywall.takeTry(call)
    const { chainId, currency, recipient, operator, escrow } = channelOfferOf(call.env, route)
    const terms = { chainId, currency, recipient, operator, escrow }
    const proved = await charges.prove(call.env, { ...terms, credential, expiresAt })
    if (proved.state === 'refused') return answer402(proved.refusal, proved.detail)
    if (proved.state === 'unavailable') throw paymentUnavailable()
    return answerWith(await recovered(call, proved.channelIds, proved.signer, terms))
  }
}

/** The open channel of which most is left, or null. */
async function recovered(
  call: Call,
  channelIds: readonly string[],
  signer: string,
  terms: ChannelTerms,
): Promise<ChannelSnapshot | null> {
  const recover = (id: string): Promise<Recovered> =>
    channels.recover(call.env, id, signer, terms).catch(() => ({ state: 'unavailable' }))
  const found = await Promise.all(channelIds.map(recover))
  const [best] = found
    .flatMap((one) => (one.state === 'open' ? [one.snapshot] : []))
    .sort((a, b) => leftOf(b) - leftOf(a))
  if (best === undefined && found.some(({ state }) => state === 'unavailable'))
    throw paymentUnavailable()
  return best ?? null
}

const leftOf = ({ deposit, acceptedCumulative }: ChannelSnapshot) =>
  Number(deposit) - Number(acceptedCumulative)

/** A snapshot in the headers that mppx's client reads: base64 of JSON, with padding. */
function answerWith(snapshot: ChannelSnapshot | null): Answer {
  const session = snapshot && {
    'payment-session': snapshot.channelId,
    'payment-session-snapshot': toBase64(utf8(JSON.stringify(snapshot))),
  }
  return { status: 204, headers: { 'cache-control': 'private, no-store', ...session }, body: null }
}
