/**
 * The records that must be single for all claims: used transactions, the fee budget of a day, a
 * payer's payments and open channels. Each is kept by one object of the class of the claims, which
 * its name finds (`peers.ts`).
 */
import { DurableObject } from 'cloudflare:workers'
import type { PaymentsEnv } from '../env.ts'
import { type Claims, createClaims } from './claims.ts'
import { createOpenChannels, type OpenChannels } from './openChannels.ts'
import type { ChargePeer } from './peers.ts'
import { createPurchases, type Earlier, type EnteredPurchase, type Purchases } from './purchases.ts'
import { REMEMBERED_MS } from './retention.ts'
import { createSponsorBudget, type SponsorBudget } from './sponsorBudget.ts'

export abstract class SharedRecordsObject
  extends DurableObject<PaymentsEnv>
  implements Omit<ChargePeer, 'redeem'>
{
  protected readonly claims: Claims
  protected readonly purchases: Purchases
  readonly #sponsorBudget: SponsorBudget
  readonly #openChannels: OpenChannels

  constructor(state: DurableObjectState, env: PaymentsEnv) {
    super(state, env)
    const { sql } = state.storage
    this.claims = createClaims(sql)
    this.purchases = createPurchases(sql)
    this.#sponsorBudget = createSponsorBudget(sql)
    this.#openChannels = createOpenChannels(sql)
  }

  /** Asked of the object that the first byte of a payer's address names. */
  enterPurchase(purchase: EnteredPurchase): Earlier {
    void this.scheduleAlarm(REMEMBERED_MS)
    return this.purchases.enter(purchase)
  }

  dropPurchases(challengeIds: readonly string[]): void {
    this.purchases.drop(challengeIds)
  }

  closePurchase(challengeId: string, key: string | null): void {
    this.purchases.close(challengeId, key)
  }

  replacePurchase(challengeId: string, byChallengeId: string): void {
    this.purchases.replace(challengeId, byChallengeId)
  }

  /** Asked of the object that a transaction's hash names. */
  takeTransaction(hash: string, challengeId: string): boolean {
    void this.scheduleAlarm(REMEMBERED_MS)
    return this.claims.takeTransaction(hash, challengeId)
  }

  dropTransaction(hash: string, challengeId: string): void {
    this.claims.dropTransaction(hash, challengeId)
  }

  /** Asked of the one object that keeps the day's fee budget. */
  takeFee(tryId: string, fee: number, perDay: number): boolean {
    return this.#sponsorBudget.take(tryId, fee, perDay)
  }

  dropFee(tryId: string): void {
    this.#sponsorBudget.drop(tryId)
  }

  /** Asked of the object of channels that the first byte of a payer's address names. */
  enterChannel(channelId: string, owner: string): void {
    this.#openChannels.enter(channelId, owner)
  }

  dropChannel(channelId: string): void {
    this.#openChannels.drop(channelId)
  }

  channelsOf(owner: string): string[] {
    return this.#openChannels.of(owner)
  }

  /** Sets the alarm so that it rings within a time, unless it already does. */
  protected async scheduleAlarm(withinMs: number): Promise<void> {
    const at = Date.now() + withinMs
    const set = await this.ctx.storage.getAlarm()
    if (set === null || set > at) await this.ctx.storage.setAlarm(at)
  }
}
