/**
 * The object that holds the claims of many challenges: it decides which request may have an
 * answer, and it alone moves the money of charges.
 */
import type {
  ChargeClaims,
  ChargeOrder,
  KeptAnswer,
  Opened,
  ProofOrder,
  Proved,
  Settled,
} from '../../src/contract/charge.ts'
import type { ChainIds, ChainWitness } from '../../src/contract/health.ts'
import { logError } from '../../src/lib/log.ts'
import { chainFaults } from '../chain/health.ts'
import type { PaymentsEnv } from '../env.ts'
import { isRefunded } from '../ledger.ts'
import { createEvm } from '../methods/evm.ts'
import type { PaymentMethod } from '../methods/method.ts'
import { createTempo } from '../methods/tempo.ts'
import { createOutbox, type Outbox } from '../outbox.ts'
import { refusePayment } from '../refusal.ts'
import { type Admission, createAdmission } from './admission.ts'
import { raiseAlarms } from './alarms.ts'
import { type Checkout, createCheckout } from './checkout.ts'
import type { Claim } from './claims.ts'
import { createDebts, type Debts } from './debts.ts'
import { createHolds, type Holds } from './holds.ts'
import { type ChargeJournal, createChargeJournal } from './journal.ts'
import type { ChargePeer, Redeemed, Redeemer } from './peers.ts'
import { createPending, type Pending } from './pending.ts'
import { prove } from './proofs.ts'
import { forgetEnded, forgetsWithin, REMEMBERED_MS } from './retention.ts'
import { SharedRecordsObject } from './sharedRecords.ts'

/** How many pending payments one alarm resumes at once. */
const RESUME_AT_ONCE = 10
/** How soon the alarm rings while a claim is in progress or the ledger waits, in milliseconds. */
const CLAIM_CHECK_MS = 2_000

export class ChargeClaimsObject
  extends SharedRecordsObject
  implements ChargeClaims, ChargePeer, ChainWitness
{
  readonly #outbox: Outbox
  readonly #journal: ChargeJournal
  readonly #holds: Holds
  readonly #pending: Pending
  readonly #checkout: Checkout
  readonly #admission: Admission
  readonly #debts: Debts
  readonly #methods: Record<ChargeOrder['method'], PaymentMethod>

  constructor(state: DurableObjectState, env: PaymentsEnv) {
    super(state, env)
    this.#outbox = createOutbox(state.storage.sql, env.DB)
    this.#journal = createChargeJournal(state.storage, this.claims, this.#outbox)
    const { EVM_RPC_URL, FACILITATOR_URL } = env
    this.#methods = {
      tempo: createTempo(env.RPC_URL),
      evm: createEvm(EVM_RPC_URL, FACILITATOR_URL),
    }
    this.#holds = createHolds(this.claims)
    const methodOf = ({ method }: ChargeOrder) => this.#methods[method]
    const [claims, journal, outbox] = [this.claims, this.#journal, this.#outbox]
    this.#pending = createPending(methodOf, claims, journal)
    this.#debts = createDebts(env.CHARGES)
    this.#checkout = createCheckout({
      env,
      claims,
      journal,
      outbox,
      debts: this.#debts,
      pending: this.#pending,
      methodOf,
      waitUntil: (work) => state.waitUntil(work),
    })
    this.#admission = createAdmission(claims, journal, this.#checkout.release)
  }

  /**
   * Takes the challenge for this credential, and checks the payment. Moves the payment if the
   * route settles before the origin is asked.
   */
  async open(order: ChargeOrder): Promise<Opened> {
    const { id } = order.credential.challenge
    const mode = this.#methods[order.method].modeOf(order)
    if (mode === null) return refusePayment('verification-failed', 'The payload has no known type.')
    await this.#holds.workOf(id, order.requestId)
    const known = this.claims.get(id)
    if (known?.order.credentialHash === order.credentialHash) {
      await this.#lookAgain(known)
      if (known.state === 'spared' && known.sparedFor !== undefined)
        return this.#debts.again(known.sparedFor, order, known.payer)
    }
    const admitted = this.#admission.admit(order, mode)
    if ('opened' in admitted) {
      const { opened } = admitted
      // The request asks again, and this object was ended before it moved the payment.
      const isUnmoved = opened.state === 'authorized' && order.settle === 'before'
      if (!isUnmoved) return opened
      return this.#holds.during(id, order.requestId, () => this.#settle(id, order.requestId))
    }
    await this.scheduleAlarm(CLAIM_CHECK_MS)
    return this.#holds.during(id, order.requestId, async () => {
      const opened = await this.#checkout.authorize(admitted.claim)
      return opened ?? this.#settle(id, order.requestId)
    })
  }

  async hold(challengeId: string, requestId: string): Promise<void> {
    this.#holds.renew(challengeId, requestId)
  }

  /**
   * Moves an authorized payment. For a payment that has moved already, says whether this request
   * still holds the claim, and so may answer.
   */
  async settle(
    challengeId: string,
    requestId: string,
    answer: KeptAnswer | null,
  ): Promise<Settled> {
    await this.#holds.workOf(challengeId, requestId)
    const claim = this.claims.heldBy(challengeId, requestId)
    return this.#holds.during(challengeId, requestId, () => {
      if (answer !== null && claim?.order.idempotencyKey !== undefined)
        this.claims.keepAnswer(challengeId, answer)
      return this.#settle(challengeId, requestId)
    })
  }

  async #settle(challengeId: string, requestId: string): Promise<Settled> {
    const claim = this.claims.heldBy(challengeId, requestId)
    if (claim?.state === 'authorized') {
      const ended = await this.#checkout.move(claim)
      if (ended !== null) return ended
      this.ctx.waitUntil(this.#writeLedgerSoon())
      await this.scheduleAlarm(CLAIM_CHECK_MS)
    }
    return this.#checkout.outcome(challengeId, requestId)
  }

  async deliver(challengeId: string, requestId: string): Promise<void> {
    const claim = this.claims.heldBy(challengeId, requestId)
    if (claim?.state !== 'settled' && claim?.state !== 'undelivered') return
    this.#journal.delivered(claim)
    this.#checkout.forget(challengeId)
    this.ctx.waitUntil(this.#debts.delivered(claim))
    await this.#writeLedgerSoon()
  }

  async fail(challengeId: string, requestId: string): Promise<void> {
    const work = this.#holds.workOf(challengeId, requestId)
    this.#checkout.fail(challengeId, requestId, work !== null)
    // The gateway did not wait for this object's answer: the work ends as it would without it.
    if (work !== null) this.ctx.waitUntil(work.then(() => this.fail(challengeId, requestId)))
    await this.#writeLedgerSoon()
  }

  /** Verifies a proof of a payer's address, once, and finds the payer's open channels. */
  async prove(order: ProofOrder): Promise<Proved> {
    const proved = await prove(order, this.claims, this.env.CHARGES, this.env.RPC_URL)
    if (proved.state === 'proved') await this.scheduleAlarm(REMEMBERED_MS)
    return proved
  }

  /** Asked of the object that holds the claim of an earlier payment. */
  async redeem(challengeId: string, by: Redeemer): Promise<Redeemed> {
    const known = this.claims.get(challengeId)
    if (known?.payer === by.payer) await this.#lookAgain(known)
    const redeemed = this.#admission.redeem(challengeId, by)
    if (redeemed.state === 'paid') await this.scheduleAlarm(CLAIM_CHECK_MS)
    if (redeemed.state === 'replayed') this.ctx.waitUntil(this.#writeLedgerSoon())
    return redeemed
  }

  askChains(chains: ChainIds) {
    return chainFaults(this.env, chains)
  }

  /**
   * Goes on with what requests have left behind: payments that are pending, claims whose hold has
   * ended, events that the ledger does not have yet. Deletes claims that ended long ago.
   */
  override async alarm(): Promise<void> {
    await Promise.all(
      this.claims.inState('pending', RESUME_AT_ONCE).map((one) => this.#pending.resume(one)),
    )
    const now = Date.now()
    this.#checkout.endHolds(now)
    forgetEnded(this.claims, this.#journal, this.purchases, now)
    raiseAlarms(this.claims, now)
    await this.#writeLedgerSoon()
    const busy = this.claims.oldest(['pending', 'claimed', 'authorized', 'settled']) !== null
    const isBusy = busy || this.#outbox.waits()
    const withinMs = isBusy ? CLAIM_CHECK_MS : forgetsWithin(this.claims, this.purchases)
    if (withinMs !== null) await this.scheduleAlarm(withinMs)
  }

  /**
   * Finds out more about a claim whose credential or payer has come again: asks the chain about a
   * pending payment that no request holds, and the ledger whether an owed one was refunded. Rejects
   * if the ledger does not answer.
   */
  async #lookAgain(claim: Claim): Promise<void> {
    if (claim.state === 'pending' && Date.now() >= claim.heldUntil)
      await this.#pending.resumePatiently(claim)
    if (claim.state !== 'undelivered' || !(await isRefunded(this.env.DB, claim.id))) return
    const now = this.claims.get(claim.id)
    if (now?.state === 'undelivered') this.#journal.refunded(now)
  }

  /** Writes the waiting events to the ledger, or leaves them to the alarm. */
  async #writeLedgerSoon(): Promise<void> {
    await this.#outbox.write().catch((error) => logError('ledger_waits', error))
    if (this.#outbox.waits()) await this.scheduleAlarm(CLAIM_CHECK_MS)
  }
}
