/** Many challenges' claims: who may have an answer, and whether it has been paid for. The only place that moves money. */
import { DurableObject } from 'cloudflare:workers'
import {
  type ChargeClaims,
  type ChargeOrder,
  type KeptAnswer,
  type Opened,
  OWED_MS,
  type Settled,
} from '../../src/contract/charge.ts'
import { logError } from '../../src/lib/log.ts'
import type { PaymentsEnv } from '../env.ts'
import { createEvm } from '../methods/evm.ts'
import type { PaymentMethod } from '../methods/method.ts'
import { createTempo } from '../methods/tempo.ts'
import { createOutbox, type Outbox } from '../outbox.ts'
import { refusePayment } from '../refusal.ts'
import { type Admission, createAdmission } from './admission.ts'
import { type Checkout, createCheckout } from './checkout.ts'
import { type Claims, createClaims } from './claims.ts'
import { type ChargeJournal, createChargeJournal } from './journal.ts'
import type { ChargePeer } from './peers.ts'
import { createPending, type Pending } from './pending.ts'
import { createSponsorBudget, type SponsorBudget } from './sponsorBudget.ts'

/** How long a used challenge is remembered, in milliseconds: longer than any challenge can be answered. */
const USED_MS = 86_400_000
/** How many payments of which nobody knows are looked after at once. */
const LOOK_AT_ONCE = 10
/** How often what is pending is looked after. */
const CLAIM_CHECK_MS = 2_000

export class ChargeClaimsObject
  extends DurableObject<PaymentsEnv>
  implements ChargeClaims, ChargePeer
{
  readonly #claims: Claims
  readonly #outbox: Outbox
  readonly #journal: ChargeJournal
  readonly #pending: Pending
  readonly #checkout: Checkout
  readonly #admission: Admission
  readonly #sponsorBudget: SponsorBudget
  readonly #methods: Record<ChargeOrder['method'], PaymentMethod>

  constructor(state: DurableObjectState, env: PaymentsEnv) {
    super(state, env)
    this.#claims = createClaims(state.storage.sql)
    this.#outbox = createOutbox(state.storage.sql, env.DB)
    this.#journal = createChargeJournal(state.storage, this.#claims, this.#outbox)
    const { EVM_RPC_URL, FACILITATOR_URL } = env
    this.#methods = {
      tempo: createTempo(env.RPC_URL),
      evm: createEvm(EVM_RPC_URL, FACILITATOR_URL),
    }
    const methodOf = ({ method }: ChargeOrder) => this.#methods[method]
    const [claims, journal, outbox] = [this.#claims, this.#journal, this.#outbox]
    const pending = createPending(methodOf, claims, journal)
    const waitUntil = (work: Promise<unknown>) => state.waitUntil(work)
    this.#pending = pending
    this.#checkout = createCheckout({ env, claims, journal, outbox, pending, methodOf, waitUntil })
    this.#admission = createAdmission(claims, journal, this.#checkout.release)
    this.#sponsorBudget = createSponsorBudget(state.storage.sql)
  }

  /** Takes the challenge for this credential, and checks the payment. Moves it where the row settles before. */
  async open(order: ChargeOrder): Promise<Opened> {
    const { id } = order.credential.challenge
    const mode = this.#methods[order.method].modeOf(order)
    if (mode === null) return refusePayment('verification-failed', 'The payload has no known type.')
    await this.#resumePending(id, order)
    const admitted = this.#admission.admit(order, mode)
    if ('opened' in admitted) return admitted.opened
    await this.#wake(CLAIM_CHECK_MS)
    const opened = await this.#checkout.authorize(admitted.claim)
    return opened ?? this.#settle(id, order.requestId)
  }

  /** Moves an authorized payment; of one that has moved, says whether the request may still answer. */
  async settle(challengeId: string, requestId: string, answer: KeptAnswer): Promise<Settled> {
    const claim = this.#claims.heldBy(challengeId, requestId)
    if (claim?.order.idempotencyKey !== undefined) this.#claims.keepAnswer(challengeId, answer)
    return this.#settle(challengeId, requestId)
  }

  async #settle(challengeId: string, requestId: string): Promise<Settled> {
    const claim = this.#claims.heldBy(challengeId, requestId)
    if (claim?.state === 'authorized') {
      const ended = await this.#checkout.move(claim)
      if (ended !== null) return ended
      this.ctx.waitUntil(this.#writeLedgerSoon())
      await this.#wake(CLAIM_CHECK_MS)
    }
    return this.#checkout.outcome(challengeId, requestId)
  }

  async deliver(challengeId: string, requestId: string): Promise<void> {
    const claim = this.#claims.heldBy(challengeId, requestId)
    if (claim?.state !== 'settled' && claim?.state !== 'undelivered') return
    this.#journal.delivered(claim)
    this.#checkout.forget(challengeId)
    await this.#writeLedgerSoon()
  }

  async fail(challengeId: string, requestId: string): Promise<void> {
    this.#checkout.drop(challengeId, requestId)
    await this.#writeLedgerSoon()
  }

  /** Takes a transaction for a challenge; asked of the object that its hash names. */
  takeTransaction(hash: string, challengeId: string): boolean {
    void this.#wake(USED_MS)
    return this.#claims.takeTransaction(hash, challengeId)
  }

  dropTransaction(hash: string, challengeId: string): void {
    this.#claims.dropTransaction(hash, challengeId)
  }

  /** Takes a fee out of the day's budget for one try of a challenge; asked of the one object that keeps it. */
  takeFee(tryId: string, fee: number, perDay: number): boolean {
    return this.#sponsorBudget.take(tryId, fee, perDay)
  }

  dropFee(tryId: string): void {
    this.#sponsorBudget.drop(tryId)
  }

  /** Goes on with whatever was left: sent but unknown, taken but abandoned, not yet in the ledger, long over. */
  override async alarm(): Promise<void> {
    await Promise.all(
      this.#claims.inState('pending', LOOK_AT_ONCE).map((one) => this.#pending.resume(one)),
    )
    const now = Date.now()
    for (const state of ['claimed', 'authorized', 'settled'] as const) {
      for (const claim of this.#claims.inState(state)) {
        if (now < claim.heldUntil) continue
        if (state === 'settled') this.#journal.undelivered(claim)
        else this.#checkout.release(claim)
      }
    }
    this.#claims.purge('delivered', now - USED_MS)
    this.#claims.purge('released', now - USED_MS)
    this.#claims.purge('undelivered', now - OWED_MS)
    this.#claims.purgeTransactions(now - OWED_MS)
    this.#claims.purgeAnswers(now - USED_MS)
    await this.#writeLedgerSoon()
    const busy = this.#claims.oldest(['pending', 'claimed', 'authorized', 'settled']) !== null
    if (busy || this.#outbox.waits()) await this.#wake(CLAIM_CHECK_MS)
    else if (this.#claims.oldest(['delivered', 'released', 'undelivered']) !== null)
      await this.#wake(USED_MS / 24)
  }

  /** Asks the chain once more about a payment of which nobody knows whether it has moved. */
  async #resumePending(id: string, order: ChargeOrder): Promise<void> {
    const claim = this.#claims.get(id)
    if (claim?.state !== 'pending' || claim.order.credentialHash !== order.credentialHash) return
    if (Date.now() >= claim.heldUntil) await this.#pending.resume(claim)
  }

  /** Writes what waits for the ledger, or leaves it to the alarm. */
  async #writeLedgerSoon(): Promise<void> {
    await this.#outbox.write().catch((error) => logError('ledger_waits', error))
    if (this.#outbox.waits()) await this.#wake(CLAIM_CHECK_MS)
  }

  /** Sees to it that the alarm rings within the time. */
  async #wake(withinMs: number): Promise<void> {
    const at = Date.now() + withinMs
    const set = await this.ctx.storage.getAlarm()
    if (set === null || set > at) await this.ctx.storage.setAlarm(at)
  }
}
