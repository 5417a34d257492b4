/**
 * Charges, as the gateway asks for them. The claim of each payment is in one Durable Object, which
 * also moves the money. The object's code is in `payments/`, a separate Worker, because verifying a
 * payment needs libraries that unpaid traffic must not load.
 * See docs/decisions/0007.
 */
import {
  type ChargeClaims,
  type ChargeOrder,
  claimsNameOf,
  type KeptAnswer,
} from '../../contract/charge.ts'
import { awaitObject } from '../ask.ts'
import type { Env } from '../env.ts'

/** The object that holds a challenge's claim. */
function chargeClaimsOf(env: Env, challengeId: string): ChargeClaims {
  const namespace = env.CHARGES
  return namespace.getByName(claimsNameOf(challengeId)) as unknown as ChargeClaims
}

/**
 * The methods of `ChargeClaims`, each sent to the object that holds the claim. Each throws
 * `service_unavailable` if the object does not answer.
 */
export const charges = {
  open: (env: Env, order: ChargeOrder) =>
    awaitObject(chargeClaimsOf(env, order.credential.challenge.id).open(order)),
  settle: (env: Env, challengeId: string, requestId: string, answer: KeptAnswer | null) =>
    awaitObject(chargeClaimsOf(env, challengeId).settle(challengeId, requestId, answer)),
  deliver: (env: Env, challengeId: string, requestId: string) =>
    awaitObject(chargeClaimsOf(env, challengeId).deliver(challengeId, requestId)),
  fail: (env: Env, challengeId: string, requestId: string) =>
    awaitObject(chargeClaimsOf(env, challengeId).fail(challengeId, requestId)),
}
