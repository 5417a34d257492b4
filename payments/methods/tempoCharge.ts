/** Checks and broadcasts a Tempo charge by the protocol's own library, mppx. */

import { tempo } from 'mppx/server'
import type { Hex } from 'viem'
import type { ChargeOrder, ProofOrder } from '../../src/contract/charge.ts'
import type { Receipt } from '../../src/contract/wire.ts'
import { createChainClient } from '../chain/rpc.ts'
import { checkTransaction } from '../chain/transaction.ts'
import { unlessUnanswered } from '../chain/unavailable.ts'
import { RefusedPayment } from '../refusal.ts'
import type { Mode, VerifyContext } from './method.ts'
import { inputOf } from './mppxInput.ts'
import { checkSponsored, feePayerOf } from './sponsor.ts'

/** The part of an order that mppx's method object needs. */
type Payable = Pick<ChargeOrder, 'credential' | 'chainId' | 'currency' | 'recipient' | 'sponsor'>

/** How the payer means to pay, or null for a payload of no known form. */
export function modeOf(order: ChargeOrder): Mode | null {
  const { type } = order.credential.payload
  return type === 'transaction'
    ? 'pull'
    : type === 'hash'
      ? 'push'
      : type === 'proof'
        ? 'proof'
        : null
}

/**
 * Checks a payment without moving it. Returns the payer's address. Throws what mppx throws, or
 * ChainUnavailable.
 */
export function validate(order: ChargeOrder, context: VerifyContext): Promise<string> {
  return withVerifier(order, context, async ({ method, input, client }) => {
    if (modeOf(order) === 'pull') {
      await checkTransaction(order.credential.payload.signature as Hex, client)
    }
    if (order.sponsor !== null) await checkSponsored(order, client, context)
    return validatedPayer(method, input)
  })
}

/**
 * Checks a proof of an address, which pays for nothing. Returns the address in lower case. Throws
 * as `validate` does. Asks the chain only about a key that the payer has authorized.
 */
export function validateProof(order: ProofOrder, rpcUrl: string): Promise<string> {
  const nothing = () => Promise.reject(new Error('a proof takes nothing'))
  const context: VerifyContext = {
    rpcUrl,
    feePayerKey: undefined,
    memory: new Map(),
    takeFee: nothing,
    onSend: () => {
      throw new Error('a proof sends nothing')
    },
    claimTransaction: nothing,
    releaseTransaction: nothing,
  }
  if (order.credential.payload.type !== 'proof')
    return Promise.reject(new RefusedPayment('verification-failed', 'The payload is no proof.'))
  return withVerifier({ ...order, sponsor: null }, context, ({ method, input }) =>
    validatedPayer(method, input),
  )
}

/** The payer of a payment that mppx finds good. */
async function validatedPayer({ validate }: Verifier, input: never): Promise<string> {
  if (validate === undefined) throw new Error('mppx has no validate')
  const { details } = (await validate(input)) as { details?: { sender?: string } }
  return payerOf(details?.sender)
}

/**
 * Moves a pull. A push or a proof needs no sending: it is verified, and its transaction is taken.
 * Throws what mppx throws.
 */
export function broadcast(order: ChargeOrder, context: VerifyContext): Promise<Receipt> {
  return withVerifier(order, context, async ({ method, input }) => {
    if (method.broadcast === undefined) throw new Error('mppx has no broadcast')
    const receipt = await method.broadcast(input)
    return {
      method: 'tempo',
      status: 'success',
      timestamp: receipt.timestamp,
      reference: receipt.reference,
    }
  })
}

/** Runs a step of mppx. Throws what mppx throws, or ChainUnavailable. */
function withVerifier<T>(
  order: Payable,
  context: VerifyContext,
  step: (verifier: ReturnType<typeof prepare>) => Promise<T>,
): Promise<T> {
  return unlessUnanswered((onUnanswered) => step(prepare(order, context, onUnanswered)))
}

function prepare(order: Payable, context: VerifyContext, onUnanswered: () => void) {
  const { rpcUrl, memory, onSend } = context
  const { chainId } = order
  const client = createChainClient({ rpcUrl, chainId, memory, onSend, onUnanswered })
  const method = tempo.charge({
    currency: order.currency as Hex,
    recipient: order.recipient as Hex,
    chainId: order.chainId,
    getClient: () => client as never,
    store: replayStore(context) as never,
    // The budget is ours: it is for a day, and its fees are taken before the origin is asked.
    sponsorBudget: false,
    ...(order.sponsor === null ? {} : { feePayer: feePayerOf(context) }),
  } as never)
  // mppx types the parts of the wire more narrowly than the wire does, and checks them itself.
  const input = inputOf(order) as never
  return { method: method as unknown as Verifier, input, client }
}

/** The two steps of mppx's method object that are used here. */
interface Verifier {
  validate?: (input: never) => Promise<unknown>
  broadcast?: (input: never) => Promise<{ timestamp: string; reference: string }>
}

/** mppx's replay store, kept by our claims: its keys end in the transaction's hash. */
function replayStore({ claimTransaction, releaseTransaction }: VerifyContext) {
  const hashOf = (key: string) => key.slice(key.lastIndexOf(':') + 1).toLowerCase()
  return {
    get: async () => null,
    put: async () => undefined,
    delete: (key: string) => releaseTransaction(hashOf(key)),
    update: () => Promise.reject(new Error('only single use is kept here')),
    tryClaim: (key: string) => claimTransaction(hashOf(key)),
  }
}

/** The payer's address in lower case, as verified: a credential may name anybody as its source. */
function payerOf(sender: string | undefined): string {
  if (sender === undefined) throw new Error('mppx does not say who has paid')
  return sender.toLowerCase()
}
