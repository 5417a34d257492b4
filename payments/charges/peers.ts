/**
 * The questions that the objects of charges ask each other. Claims are spread over many objects,
 * so what must be single for all claims (a used transaction, the day's fee budget) is kept by one
 * object of the same class, which is found by its name.
 */

import type { DurableObjectNamespace, Rpc } from '@cloudflare/workers-types'
import {
  type ChargeOrder,
  claimsNameOf,
  type Debt,
  type KeptAnswer,
} from '../../src/contract/charge.ts'
import type { Receipt } from '../../src/contract/wire.ts'
import type { Earlier, EnteredPurchase } from './purchases.ts'

/** The request that asks for what an earlier payment of its payer has bought. */
export interface Redeemer extends Pick<ChargeOrder, 'purchase' | 'requestId' | 'idempotencyKey'> {
  payer: string
}

export type Redeemed =
  /** The answer is owed, and this request holds the claim now. */
  | { state: 'paid'; receipt: Receipt; debt: Debt }
  /** The answer that was kept for the request's `Idempotency-Key`. */
  | { state: 'replayed'; receipt: Receipt; answer: KeptAnswer }
  /** Another request holds the claim. */
  | { state: 'busy' }
  /** The payment was sent, and it is not known whether it has moved. */
  | { state: 'pending' }
  /** The request's `Idempotency-Key` has bought something else. */
  | { state: 'conflict' }
  /** There is something to have, for another key or another purchase. */
  | { state: 'other' }
  /** There is nothing to have for this payment, or not any more. */
  | { state: 'gone' }

/** An object of charges, as another one calls it. */
export interface ChargePeer {
  /** Notes a payment before it counts, and finds the payer's earlier ones. */
  enterPurchase(purchase: EnteredPurchase): Earlier
  /** Forgets payments of which nothing is to be had any more. */
  dropPurchases(challengeIds: readonly string[]): void
  /** Notes that a payment was delivered, and is found by the hash of its key alone. */
  closePurchase(challengeId: string, key: string | null): void
  /** Notes that an earlier payment pays instead: it gets the `Idempotency-Key`. */
  replacePurchase(challengeId: string, byChallengeId: string): void
  /** Takes what is owed or kept of a payment for a request of the same payer. */
  redeem(challengeId: string, by: Redeemer): Promise<Redeemed>
  /** Takes a transaction for a challenge. False: another challenge has it. */
  takeTransaction(hash: string, challengeId: string): boolean
  /** Gives a transaction back that this challenge has. */
  dropTransaction(hash: string, challengeId: string): void
  /**
   * Takes the fee of one try, in millionths of a dollar, out of the day's budget. A try that asks
   * again takes its fee only once. False: the budget has less left.
   */
  takeFee(tryId: string, fee: number, perDay: number): boolean
  /** Gives the fee of a try back. */
  dropFee(tryId: string): void
  /** Notes an open channel for its owner (`ownerHash`). */
  enterChannel(channelId: string, owner: string): void
  /** Forgets a channel that is not open any more. */
  dropChannel(channelId: string): void
  /** The open channels of an owner, the newest first. */
  channelsOf(owner: string): string[]
}

/** The binding by which the objects reach each other. */
export type ChargeNamespace = DurableObjectNamespace<ChargePeer & Rpc.DurableObjectBranded>

/** The one object that keeps the day's fee budget. */
export const feeBudgetOf = (charges: ChargeNamespace) => charges.getByName('sponsor')

/** The object that knows which challenge has a transaction: one for each first byte of a hash. */
export const usedTransactionsOf = (charges: ChargeNamespace, hash: string) =>
  charges.getByName(`transactions ${hash.slice(2, 4)}`)

/** The object that knows which payments a payer has made: one for each first byte of an address. */
export const purchasesOf = (charges: ChargeNamespace, payer: string) =>
  charges.getByName(`purchases ${payer.slice(2, 4)}`)

/** The object that knows a payer's open channels: one for each first byte of an address. */
export const openChannelsOf = (charges: ChargeNamespace, payer: string) =>
  charges.getByName(`channels ${payer.slice(2, 4)}`)

/** The object that holds the claim of a challenge. */
export const claimsOf = (charges: ChargeNamespace, challengeId: string) =>
  charges.getByName(claimsNameOf(challengeId))
