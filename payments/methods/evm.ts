/**
 * `evm`'s `charge`: the payer signs an EIP-3009 authorization for one challenge, and a facilitator
 * puts it on the chain. Only the chain decides whether the payment has moved: an authorization can
 * be used once, and its nonce is the hash of the challenge.
 */
import { evm } from 'mppx/server'
import type { ChargeOrder } from '../../src/contract/charge.ts'
import { logError } from '../../src/lib/log.ts'
import { headOf, NODES_LAG_S } from '../chain/transactionStatus.ts'
import { ChainReverted, ChainUnavailable, Unavailable } from '../chain/unavailable.ts'
import { RefusedPayment } from '../refusal.ts'
import { authorizationOf, createAuthorizationView } from './authorization.ts'
import { settleBy, wouldSettle } from './facilitator.ts'
import {
  chargeReceipt,
  type PaymentMethod,
  type PaymentProgress,
  type Validated,
} from './method.ts'
import { inputOf } from './mppxInput.ts'

/** How long the facilitator has to settle before it is asked again, in milliseconds. */
const ASK_AGAIN_MS = 10_000
/**
 * How long to wait for our own node to show the facilitator's transaction, before each question, in
 * milliseconds.
 */
const NODE_WAITS_MS = [0, 300, 700, 1_500]
/** How many blocks back the use of an authorization is searched when its time is not known. */
const LOOK_BACK_BLOCKS = 2_000n

/** Payments on the chain and by the facilitator of these URLs. Both are needed for any payment. */
export function createEvm(
  rpcUrl: string | undefined,
  facilitatorUrl: string | undefined,
): PaymentMethod {
  /** When the facilitator was last asked to settle, by the challenge's id. */
  const askedAt = new Map<string, number>()

  const view = (order: ChargeOrder) =>
    createAuthorizationView(chain(), order, authorizationOf(order))

  function chain(): string {
    if (rpcUrl !== undefined) return rpcUrl
    throw new Unavailable('EVM_RPC_URL is not set')
  }

  function facilitator(): string {
    if (facilitatorUrl !== undefined) return facilitatorUrl
    throw new Unavailable('FACILITATOR_URL is not set')
  }

  /** Asks the chain about an authorization, which was not used before the block `since`. */
  async function progressOf(order: ChargeOrder, since: string): Promise<PaymentProgress> {
    const authorization = view(order)
    // One block shows both the time and the state: an authorization that is unused in a block that
    // is past the authorization's end can never be used.
    const { number, timestamp } = await headOf(chain())
    if (!(await authorization.isUsed(number))) {
      const end = Number(authorizationOf(order).validBefore)
      return timestamp > end + NODES_LAG_S ? 'failed' : 'pending'
    }
    const hash = await authorization.useSince(since)
    const isPaid = hash === null ? null : await authorization.isPaidBy(hash)
    // This node may know less than the node that was asked before: that says nothing about the
    // payment.
    if (hash === null || isPaid === null)
      throw new ChainUnavailable('the authorization is used, and no transaction shows it yet')
    return isPaid ? chargeReceipt('evm', hash) : 'failed'
  }

  return {
    modeOf: ({ credential }) =>
      credential.payload.type === 'authorization' ? 'authorization' : null,

    async validate(order): Promise<Validated> {
      await checkSignature(order)
      const url = facilitator()
      const signed = authorizationOf(order)
      const payer = signed.from.toLowerCase()
      const head = await headOf(chain())
      try {
        await view(order).simulate()
      } catch (error) {
        if (!(error instanceof ChainReverted)) throw error
        // It does not matter who has put the authorization on the chain: it names this challenge,
        // and us.
        const progress = await progressOf(order, blockBefore(head.number, LOOK_BACK_BLOCKS))
        if (progress === 'failed')
          throw new RefusedPayment(
            'verification-failed',
            'The authorization has been used, or is over.',
          )
        if (progress !== 'pending') return { payer, receipt: progress }
        if (!(await view(order).hasBalance()))
          throw new RefusedPayment('payment-insufficient', 'The payer does not have that much.')
        logError('authorization_refused', error)
        throw new RefusedPayment(
          'verification-failed',
          'The token does not take the authorization.',
        )
      }
      if (!(await wouldSettle(url, order, signed)))
        throw new RefusedPayment('verification-failed', 'The payment would not be settled.')
      return { payer, receipt: null, raw: head.number }
    },

    async broadcast(claim, { onSend }) {
      const { id, order } = claim
      const since = claim.raw ?? '0x0'
      onSend(since, null)
      askedAt.set(id, Date.now())
      const hash = await settleBy(facilitator(), order, authorizationOf(order))
      for (const waitMs of hash === null ? [] : NODE_WAITS_MS) {
        await new Promise((resolve) => setTimeout(resolve, waitMs))
        if (hash === null || (await view(order).isPaidBy(hash)) !== true) continue
        askedAt.delete(id)
        return chargeReceipt('evm', hash)
      }
      throw new Error('the chain does not show that the facilitator has settled')
    },

    async resume({ id, order, raw }) {
      const progress = await progressOf(order, raw ?? '0x0')
      if (progress !== 'pending') askedAt.delete(id)
      else if ((askedAt.get(id) ?? 0) + ASK_AGAIN_MS <= Date.now()) {
        askedAt.set(id, Date.now())
        await settleBy(facilitator(), order, authorizationOf(order))
        return progressOf(order, raw ?? '0x0')
      }
      return progress
    },
  }
}

/**
 * Throws for an authorization that is not for this order, that its payer has not signed, or that
 * ends too soon or too late.
 */
async function checkSignature(order: ChargeOrder): Promise<void> {
  const { chainId, currency, recipient, domain, expiresAt, holdMs } = order
  const { validBefore } = authorizationOf(order)
  const end = Number(validBefore) * 1000
  // The authorization must live until the origin has answered, because it is settled then. It must
  // end with its challenge, because only its end makes certain that it can no longer move.
  if (end < Date.now() + holdMs)
    throw new RefusedPayment(
      'payment-expired',
      'The authorization ends too soon: ask for a new challenge.',
    )
  if (end > expiresAt + 1000)
    throw new RefusedPayment(
      'verification-failed',
      'The authorization lives longer than its challenge.',
    )
  const input = inputOf(order)
  const method = evm.charge({
    chainId,
    currency,
    recipient,
    authorization: domain,
    decimals: 0, // only for prices that the library would make
    settle: () => Promise.reject(new Error('the library settles nothing here')),
  } as never)
  await (method as unknown as { validate: (input: unknown) => Promise<unknown> }).validate(input)
}

function blockBefore(number: string, blocks: bigint): string {
  const block = BigInt(number) - blocks
  return `0x${(block < 0n ? 0n : block).toString(16)}`
}
