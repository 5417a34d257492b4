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
  type ProofOrder,
  type Proved,
} from '../../contract/charge.ts'
import { deadline } from '../../lib/deadline.ts'
import { awaitObject } from '../ask.ts'
import type { Env } from '../env.ts'

/** The object that holds a challenge's claim. */
function chargeClaimsOf(env: Env, challengeId: string): ChargeClaims {
  const namespace = env.CHARGES
  return namespace.getByName(claimsNameOf(challengeId)) as unknown as ChargeClaims
}

/** How long a payment or proof may take, in milliseconds: the object asks the chain again. */
const SETTLE_TIMEOUT_MS = 25_000
/** How long the object may take for what asks nobody else, in milliseconds. */
const NOTE_TIMEOUT_MS = 5_000

/**
 * Returns the object's answer, or "pending" if there is none in time: the object may still be at
 * work, so nothing is known about the payment. Asks again if an answer is lost in time: the object
 * knows the request. Calls `onLost` if the second answer is lost too, or is late, because then the
 * object waits for a request that is over.
 */
async function orPending<T>(
  withinMs: number,
  answer: () => Promise<T>,
  onLost: () => void,
): Promise<T | { state: 'pending' }> {
  const late = new Error('the object does not answer in time')
  let isOver = false
  /** Not after `onLost`: the object would move a payment for a request that nobody waits for. */
  function askAgain(error: unknown): Promise<T> {
    if (isOver) throw error
    return answer()
  }
  try {
    return await deadline(
      withinMs,
      () => awaitObject(answer().catch(askAgain)),
      () => late,
    )
  } catch (error) {
    isOver = true
    onLost()
    if (error === late) return { state: 'pending' }
    throw error
  }
}

/** Resolves when the object has noted what it was told. */
const noted = (tell: () => Promise<void>) => awaitObject(deadline(NOTE_TIMEOUT_MS, tell))

/**
 * The methods of `ChargeClaims`, each sent to the object that holds the claim. Each throws
 * `service_unavailable` if the object fails, and waits only for a time: for `open` it is the
 * route's own.
 */
export const charges = {
  open: (env: Env, order: ChargeOrder, onLost: () => void) =>
    orPending(
      order.timeoutMs,
      () => chargeClaimsOf(env, order.credential.challenge.id).open(order),
      onLost,
    ),
  settle: (
    env: Env,
    challengeId: string,
    requestId: string,
    answer: KeptAnswer | null,
    onLost: () => void,
  ) =>
    orPending(
      SETTLE_TIMEOUT_MS,
      () => chargeClaimsOf(env, challengeId).settle(challengeId, requestId, answer),
      onLost,
    ),
  hold: (env: Env, challengeId: string, requestId: string) =>
    noted(() => chargeClaimsOf(env, challengeId).hold(challengeId, requestId)),
  deliver: (env: Env, challengeId: string, requestId: string) =>
    noted(() => chargeClaimsOf(env, challengeId).deliver(challengeId, requestId)),
  prove: (env: Env, order: ProofOrder): Promise<Proved> =>
    awaitObject(
      deadline(SETTLE_TIMEOUT_MS, () =>
        chargeClaimsOf(env, order.credential.challenge.id).prove(order),
      ),
    ),
  fail: (env: Env, challengeId: string, requestId: string) =>
    noted(() => chargeClaimsOf(env, challengeId).fail(challengeId, requestId)),
}
