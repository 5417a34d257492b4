/** Many challenges' claims: who may have an answer, and whether it has been paid for. The only place that moves money. */
import { DurableObject } from 'cloudflare:workers'
import type { Receipt } from '../src/credentials/payment.ts'
import { logError } from '../src/lib/log.ts'
import type {
  ChargeClaims,
  ChargeOrder,
  KeptAnswer,
  Opened,
  Settled,
} from '../src/store/charges.ts'
import { type Books, createBooks } from './books.ts'
import { isUnavailable } from './chain.ts'
import { type Claim, type Claims, createClaims } from './claims.ts'
import type { PaymentsEnv } from './env.ts'
import { createOutbox, type Outbox } from './outbox.ts'
import { createPending, type Pending } from './pending.ts'
import { refusalOf } from './refusal.ts'
import { createSponsorBudget, type SponsorBudget } from './sponsor.ts'
import { broadcast, modeOf, type VerifyContext, validate } from './verify.ts'

/** How long a used challenge is remembered, in milliseconds: longer than any challenge can be answered. */
const USED_MS = 86_400_000
/** How long an answer is owed. */
const OWED_MS = 30 * 86_400_000
/** How often one challenge can be answered, as long as nothing has moved. */
const MAX_ATTEMPTS = 10
/** How many payments of which nobody knows are looked after at once. */
const LOOK_AT_ONCE = 10
/** How often what is pending is looked after. */
const LOOK_EVERY_MS = 2_000
/** How long checking a payment may keep a claim to itself: some questions to the chain, and the ledger. */
const VALIDATE_HOLD_MS = 40_000
/** How long settling may keep a claim to itself. */
const SETTLE_HOLD_MS = 20_000

export class ChargeClaimsObject extends DurableObject<PaymentsEnv> implements ChargeClaims {
  readonly #claims: Claims
  readonly #outbox: Outbox
  readonly #books: Books
  readonly #pending: Pending
  readonly #sponsorBudget: SponsorBudget
  /** What the chain said about each payment under way. */
  readonly #memories = new Map<string, Map<string, Promise<unknown>>>()

  constructor(state: DurableObjectState, env: PaymentsEnv) {
    super(state, env)
    this.#claims = createClaims(state.storage.sql)
    this.#outbox = createOutbox(state.storage.sql, env.DB)
    this.#books = createBooks(state.storage, this.#claims, this.#outbox)
    this.#pending = createPending(env.RPC_URL, this.#claims, this.#books)
    this.#sponsorBudget = createSponsorBudget(state.storage.sql)
  }

  /** Takes the challenge for this credential, and checks the payment. Moves it where the row settles before. */
  async open(order: ChargeOrder): Promise<Opened> {
    const { id } = order.credential.challenge
    const mode = modeOf(order)
    if (mode === null) return refused('verification-failed', 'The payload has no known type.')
    await this.#lookAgain(id, order)
    // From here to the claim nothing is awaited: of any number of requests one gets it.
    const now = Date.now()
    const known = this.#claims.get(id)
    const isFree = known === null || known.state === 'released'
    if (!isFree && known.order.credentialHash !== order.credentialHash) {
      return refused('invalid-challenge', 'The challenge has been answered before.')
    }
    if (known?.state === 'delivered')
      return this.#made(known, order) ?? refused('invalid-challenge', 'The payment has been used.')
    if (known !== null && now < known.heldUntil) return { state: 'pending' }
    if (known?.state === 'pending') return { state: 'pending' }
    if (known?.state === 'settled' || known?.state === 'undelivered')
      return this.#made(known, order) ?? this.#owed(known, order)
    // The request that had it is gone, and nothing was sent.
    if (known !== null && !isFree) this.#release(known)
    const attempts = (known?.attempts ?? 0) + 1
    if (attempts > MAX_ATTEMPTS) {
      return refused('invalid-challenge', 'The challenge has been answered too often.')
    }
    if (now >= order.expiresAt) return refused('payment-expired', 'The challenge has expired.')
    const claim: Claim = {
      ...{
        id,
        order,
        mode,
        state: 'claimed',
        payer: 'unknown',
        raw: null,
        hash: null,
        receipt: null,
      },
      ...{ attempts, heldUntil: now + VALIDATE_HOLD_MS, changedAt: now },
    }
    this.#claims.put(claim)
    await this.#wake(LOOK_EVERY_MS)
    return this.#authorize(claim)
  }

  /** Moves an authorized payment; of one that has moved, says whether the request may still answer. */
  async settle(challengeId: string, requestId: string, answer: KeptAnswer): Promise<Settled> {
    const claim = this.#heldBy(challengeId, requestId)
    if (claim?.order.idempotencyKey !== undefined) this.#claims.keepAnswer(challengeId, answer)
    return this.#settle(challengeId, requestId)
  }

  async #settle(challengeId: string, requestId: string): Promise<Settled> {
    const claim = this.#heldBy(challengeId, requestId)
    if (claim?.state !== 'authorized') return this.#outcome(challengeId, requestId)
    const held = { ...claim, heldUntil: Date.now() + SETTLE_HOLD_MS }
    this.#claims.put(held)
    try {
      const receipt = await broadcast(held.order, this.#context(held))
      this.#books.settled(challengeId, receipt)
    } catch (error) {
      const current = this.#heldBy(challengeId, requestId)
      if (current?.state === 'authorized') return this.#letGo(current, error)
      // Something was sent. What became of it is the chain's to say; the alarm may have asked already.
      logError('settlement_unknown', error)
      if (current?.state === 'pending') await this.#pending.lookAt(current)
    }
    this.#memories.delete(challengeId)
    this.ctx.waitUntil(this.#writeLedgerSoon())
    await this.#wake(LOOK_EVERY_MS)
    return this.#outcome(challengeId, requestId)
  }

  async deliver(challengeId: string, requestId: string): Promise<void> {
    const claim = this.#heldBy(challengeId, requestId)
    if (claim?.state !== 'settled' && claim?.state !== 'undelivered') return
    this.#books.delivered(claim)
    this.#memories.delete(challengeId)
    await this.#writeLedgerSoon()
  }

  async fail(challengeId: string, requestId: string): Promise<void> {
    const claim = this.#heldBy(challengeId, requestId)
    if (claim === null) return
    if (claim.state === 'claimed' || claim.state === 'authorized') this.#release(claim)
    if (claim.state === 'settled') this.#books.undelivered(claim)
    if (claim.state === 'undelivered') this.#claims.put({ ...claim, heldUntil: 0 })
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

  /** Takes a fee out of the day's budget for a challenge; asked of the one object that keeps it. */
  takeFee(challengeId: string, fee: number, perDay: number): boolean {
    return this.#sponsorBudget.take(challengeId, fee, perDay)
  }

  dropFee(challengeId: string): void {
    this.#sponsorBudget.drop(challengeId)
  }

  /** Goes on with whatever was left: sent but unknown, taken but abandoned, not yet in the ledger, long over. */
  override async alarm(): Promise<void> {
    await Promise.all(
      this.#claims.inState('pending', LOOK_AT_ONCE).map((one) => this.#pending.lookAt(one)),
    )
    const now = Date.now()
    for (const state of ['claimed', 'authorized', 'settled'] as const) {
      for (const claim of this.#claims.inState(state)) {
        if (now < claim.heldUntil) continue
        if (state === 'settled') this.#books.undelivered(claim)
        else this.#release(claim)
      }
    }
    this.#claims.purge('delivered', now - USED_MS)
    this.#claims.purge('released', now - USED_MS)
    this.#claims.purge('undelivered', now - OWED_MS)
    this.#claims.purgeTransactions(now - OWED_MS)
    this.#claims.purgeAnswers(now - USED_MS)
    await this.#writeLedgerSoon()
    const busy = this.#claims.oldest(['pending', 'claimed', 'authorized', 'settled']) !== null
    if (busy || this.#outbox.waits()) await this.#wake(LOOK_EVERY_MS)
    else if (this.#claims.oldest(['delivered', 'released', 'undelivered']) !== null)
      await this.#wake(USED_MS / 24)
  }

  /** Asks the chain once more about a payment of which nobody knows whether it has moved. */
  async #lookAgain(id: string, order: ChargeOrder): Promise<void> {
    const claim = this.#claims.get(id)
    if (claim?.state !== 'pending' || claim.order.credentialHash !== order.credentialHash) return
    if (Date.now() >= claim.heldUntil) await this.#pending.lookAt(claim)
  }

  /** The answer that was made for a payment that has moved, if both requests bear the same key. */
  #made({ id, receipt, payer, order, state }: Claim, again: ChargeOrder): Opened | null {
    const { idempotencyKey } = again
    if (receipt === null || idempotencyKey === undefined) return null
    const answer = order.idempotencyKey === idempotencyKey ? this.#claims.keptAnswer(id) : null
    if (answer === null) return null
    const claim = this.#claims.get(id)
    if (claim !== null && state !== 'delivered') this.#books.delivered(claim)
    return { state: 'made', payer, receipt, answer }
  }

  /** A payment that has moved without an answer: this request may have it. */
  #owed(claim: Claim, { requestId, holdMs }: ChargeOrder): Opened {
    const { receipt, payer } = claim
    if (receipt === null) return { state: 'pending' }
    const order = { ...claim.order, requestId }
    this.#claims.put({ ...claim, order, heldUntil: Date.now() + holdMs })
    return { state: 'paid', payer, receipt }
  }

  /** The claim, if it is still this request's: a slow one may have lost it to another. */
  #heldBy(challengeId: string, requestId: string): Claim | null {
    const claim = this.#claims.get(challengeId)
    return claim?.order.requestId === requestId ? claim : null
  }

  async #authorize(claim: Claim): Promise<Opened> {
    const { order, mode } = claim
    let receipt: Receipt | null = null
    try {
      const payer = await validate(order, this.#context(claim))
      if (mode !== 'pull') receipt = await broadcast(order, this.#context(claim))
      // Who was too slow has lost the claim, and writes nothing over what another has made of it.
      if (this.#heldBy(claim.id, order.requestId)?.state !== 'claimed') return { state: 'pending' }
      // The hold counts from here: what the chain took is not the origin's time.
      this.#books.authorized({ ...claim, payer, heldUntil: Date.now() + order.holdMs })
    } catch (error) {
      return this.#letGo(claim, error)
    }
    if (receipt !== null) this.#books.settled(claim.id, receipt)
    try {
      // No ledger, no sale.
      await this.#outbox.write()
    } catch (error) {
      logError('ledger_unavailable', error)
      await this.fail(claim.id, order.requestId)
      return { state: 'unavailable' }
    }
    if (mode === 'pull' && order.settle === 'before') return this.#settle(claim.id, order.requestId)
    const authorized = this.#claims.get(claim.id)
    if (authorized?.state !== 'authorized') return this.#outcome(claim.id, order.requestId)
    return { state: 'authorized', payer: authorized.payer }
  }

  /** Ends a claim of which nothing was sent. */
  #letGo(claim: Claim, error: unknown): Opened & Settled {
    const own = this.#heldBy(claim.id, claim.order.requestId)
    const unavailable = isUnavailable(error)
    if (own?.state === 'claimed' || own?.state === 'authorized') {
      // That the chain is silent is not the payer's try.
      this.#release(unavailable ? { ...own, attempts: own.attempts - 1 } : own)
    }
    if (unavailable) {
      logError('chain_unavailable', error)
      return { state: 'unavailable' }
    }
    return { state: 'refused', ...refusalOf(error) }
  }

  #release(claim: Claim): void {
    this.#books.released(claim)
    this.#memories.delete(claim.id)
    // What is not given back is free again tomorrow.
    if (claim.order.sponsor !== null) this.ctx.waitUntil(this.#sponsor().dropFee(claim.id))
  }

  /** What has become of a payment, for the request that has it. One that is still open may be asked for anew. */
  #outcome(challengeId: string, requestId: string): Settled {
    const claim = this.#heldBy(challengeId, requestId)
    if (claim === null) return { state: 'pending' }
    if (claim.state === 'released') {
      return refused('verification-failed', 'The payment did not go through.')
    }
    const { receipt, payer } = claim
    if (receipt !== null) {
      this.#claims.put({ ...claim, heldUntil: Date.now() + SETTLE_HOLD_MS })
      return { state: 'paid', payer, receipt }
    }
    this.#claims.put({ ...claim, heldUntil: 0 })
    return { state: 'pending' }
  }

  #sponsor() {
    return this.env.CHARGES.getByName('sponsor')
  }

  #context(claim: Claim): VerifyContext {
    const { id, order } = claim
    const memory = this.#memories.get(id) ?? new Map<string, Promise<unknown>>()
    this.#memories.set(id, memory)
    const shard = (hash: string) => this.env.CHARGES.getByName(`transactions ${hash.slice(2, 4)}`)
    return {
      rpcUrl: this.env.RPC_URL,
      feePayerKey: this.env.FEE_PAYER_KEY,
      memory,
      takeFee: async (fee) => this.#sponsor().takeFee(id, fee, order.sponsor?.perDay ?? 0),
      onSend: (raw, hash) => {
        const current = this.#heldBy(id, claim.order.requestId)
        if (current?.state !== 'authorized') throw new Error('nothing is sent without the claim')
        this.#claims.put({ ...current, state: 'pending', raw, hash })
      },
      claimTransaction: async (hash) => shard(hash).takeTransaction(hash, id),
      releaseTransaction: async (hash) => shard(hash).dropTransaction(hash, id),
    }
  }

  /** Writes what waits for the ledger, or leaves it to the alarm. */
  async #writeLedgerSoon(): Promise<void> {
    await this.#outbox.write().catch((error) => logError('ledger_waits', error))
    if (this.#outbox.waits()) await this.#wake(LOOK_EVERY_MS)
  }

  /** Sees to it that the alarm rings within the time. */
  async #wake(withinMs: number): Promise<void> {
    const at = Date.now() + withinMs
    const set = await this.ctx.storage.getAlarm()
    if (set === null || set > at) await this.ctx.storage.setAlarm(at)
  }
}

function refused(
  refusal: 'invalid-challenge' | 'payment-expired' | 'verification-failed',
  detail: string,
) {
  return { state: 'refused', refusal, detail } as const
}
