/** Reads a presented payment into the order that the claim's object gets. */
import { type Config, MARGIN_MS, type Route } from '../../config/config.ts'
import type { CallPrice } from '../../config/routePrice.ts'
import { type ChargeOrder, OWED_MS } from '../../contract/charge.ts'
import { canonicalPayment } from '../../credentials/payments/credential.ts'
import { sha256Hex } from '../../lib/bytes.ts'
import type { Call } from '../../pipeline/call.ts'
import type { Offer } from '../offers.ts'
import type { PresentedPayment, Purchase } from '../paywall.ts'

/**
 * Returns the function that makes the orders of a route. It resolves to the type of the problem if
 * the challenge has expired too long ago.
 */
export function chargeOrdersOf(route: Route & { price: CallPrice }, config: Config) {
  return async (
    call: Call,
    purchase: Purchase,
    { credential, offer, expiresAt }: PresentedPayment,
    idempotencyKey: string | undefined,
  ): Promise<ChargeOrder | 'payment-expired'> => {
    // A payer can ask for an owed answer long after the challenge has expired.
    if (!(Date.now() < expiresAt + OWED_MS)) return 'payment-expired'
    const { method, amount, currency, recipient, chainId, domain } = offer
    const isSponsored = route.price.sponsored && method === 'tempo'
    return {
      credential,
      credentialHash: await sha256Hex(canonicalPayment(credential)),
      expiresAt,
      row: route.id,
      purchase: await purchaseHash(route, purchase, offer),
      requestId: call.id,
      method,
      chainId,
      amount,
      currency,
      recipient,
      settle: route.price.settle,
      ...(domain === undefined ? {} : { domain }),
      timeoutMs: route.timeoutMs,
      holdMs: route.timeoutMs + MARGIN_MS,
      sponsor: isSponsored ? (config.payments?.sponsor ?? null) : null,
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    }
  }
}

/** Returns the hash by which a purchase is found again, whatever challenge it is paid by. */
function purchaseHash(
  route: Route,
  { method, target, digest, form }: Purchase,
  { chainId, currency }: Offer,
): Promise<string> {
  const parts = [method, route.id, target, digest ?? form ?? null, chainId, currency.toLowerCase()]
  return sha256Hex(JSON.stringify(parts))
}
