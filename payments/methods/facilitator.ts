/**
 * Asks an x402 facilitator (version 2, scheme "exact"): a service that pays the gas to put an
 * EIP-3009 authorization of a payer on the chain. It holds nothing of ours, and nothing that it
 * says about a settlement is believed unless the chain says the same.
 * See docs/decisions/0018.
 */

import type { ChargeOrder } from '../../src/contract/charge.ts'
import { readBytes } from '../../src/http/bodies/gather.ts'
import { Unavailable } from '../chain/unavailable.ts'
import type { TransferAuthorization } from './authorization.ts'

/** How long it may take to answer, in milliseconds: a settlement waits for the chain. */
const FACILITATOR_TIMEOUT_MS = 10_000
const MAX_ANSWER_BYTES = 65_536
/** How long it may take to settle, in seconds: x402's `maxTimeoutSeconds`. */
const MAX_SETTLE_S = 60

/** The facilitator gave no answer of x402: nothing is known about the question. */
export class FacilitatorUnavailable extends Unavailable {
  override name = 'FacilitatorUnavailable'
}

/** Whether it would settle this authorization. Throws FacilitatorUnavailable. */
export async function wouldSettle(
  url: string,
  order: ChargeOrder,
  authorization: TransferAuthorization,
): Promise<boolean> {
  const { isValid } = await postToFacilitator(url, 'verify', order, authorization)
  if (typeof isValid !== 'boolean') throw new FacilitatorUnavailable('verify: no answer of x402')
  return isValid
}

/**
 * Asks to settle an authorization. Returns the transaction's hash that the facilitator names, or
 * null. Throws FacilitatorUnavailable. In every case only the chain knows what has happened.
 */
export async function settleBy(
  url: string,
  order: ChargeOrder,
  authorization: TransferAuthorization,
): Promise<string | null> {
  const { transaction } = await postToFacilitator(url, 'settle', order, authorization)
  return typeof transaction === 'string' && /^0x[0-9a-fA-F]{64}$/.test(transaction)
    ? transaction.toLowerCase()
    : null
}

/** One question. The answer is JSON, whatever its status below 500. */
async function postToFacilitator(
  url: string,
  question: 'verify' | 'settle',
  order: ChargeOrder,
  authorization: TransferAuthorization,
): Promise<Record<string, unknown>> {
  try {
    const response = await fetch(`${url.replace(/\/+$/, '')}/${question}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(questionOf(order, authorization)),
      redirect: 'manual',
      signal: AbortSignal.timeout(FACILITATOR_TIMEOUT_MS),
    })
    const bytes = await readBytes(response.body, MAX_ANSWER_BYTES)
    const answer: unknown = JSON.parse(new TextDecoder().decode(bytes ?? undefined))
    if (response.status >= 500 || typeof answer !== 'object' || answer === null)
      throw new Error(`HTTP ${response.status}`)
    return answer as Record<string, unknown>
  } catch (cause) {
    throw new FacilitatorUnavailable(`${question} got no answer`, { cause })
  }
}

function questionOf(order: ChargeOrder, { signature, ...signed }: TransferAuthorization) {
  const { from, to, value, validAfter, validBefore, nonce } = signed
  const paymentRequirements = {
    scheme: 'exact',
    network: `eip155:${order.chainId}`,
    amount: order.amount,
    asset: order.currency,
    payTo: order.recipient,
    maxTimeoutSeconds: MAX_SETTLE_S,
    extra: { assetTransferMethod: 'eip3009', ...order.domain },
  }
  const payload = { signature, authorization: { from, to, value, validAfter, validBefore, nonce } }
  const paymentPayload = { x402Version: 2, accepted: paymentRequirements, payload }
  return { x402Version: 2, paymentPayload, paymentRequirements }
}
