/** Many challenges' claims: who may have an answer, and whether it has been paid for. The only place that moves money. */
import { DurableObject } from 'cloudflare:workers'
import type { Hex } from 'viem'
import type { Receipt } from '../src/credentials/payment.ts'
import { logError } from '../src/lib/log.ts'
import type { ChargeClaims, ChargeOrder, Opened, Settled } from '../src/store/charges.ts'
import { type Books, createBooks } from './books.ts'
import { askChain, isUnavailable } from './chain.ts'
import { type Claim, type Claims, createClaims } from './claims.ts'
import type { PaymentsEnv } from './env.ts'
import { createOutbox, type Outbox } from './outbox.ts'
import { refusalOf } from './refusal.ts'
import { broadcast, modeOf, type VerifyContext, validate, validBeforeOf } from './verify.ts'

/** How long a used challenge is remembered, in milliseconds: longer than any challenge can be answered. */
const USED_MS = 86_400_000
/** How long an answer is owed. */
const OWED_MS = 30 * 86_400_000
/** How often what is pending is looked after. */
const LOOK_EVERY_MS = 2_000
/** How long settling may keep a claim to itself. */
const SETTLE_HOLD_MS = 20_000

export class ChargeClaimsObject extends DurableObject<PaymentsEnv> implements ChargeClaims {
  readonly #claims: Claims
  readonly #outbox: Outbox
  readonly #books: Books
  /** What the chain said about each payment under way. */
  readonly #memories = new Map<string, Map<string, Promise<unknown>>>()

  constructor(state: DurableObjectState, env: PaymentsEnv) {
    super(state, env)
    this.#claims = createClaims(state.storage.sql)
    this.#outbox = createOutbox(state.storage.sql, env.DB)
    this.#books = createBooks(state.storage, this.#claims, this.#outbox)
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
    if (known !== null && known.order.credentialHash !== order.credentialHash) {
      return refused('invalid-challenge', 'The challenge has been answered before.')
    }
    if (known?.state === 'delivered')
      return refused('invalid-challenge', 'The payment has been used.')
    if (known !== null && now < known.heldUntil) return { state: 'pending' }
    if (known?.state === 'pending') return { state: 'pending' }
    if (known?.state === 'settled' || known?.state === 'undelivered')
      return this.#owed(known, order)
    // The request that had it is gone, and nothing was sent.
    if (known !== null) this.#release(known)
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
      ...{ heldUntil: now + order.holdMs, changedAt: now },
    }
    this.#claims.put(claim)
    await this.#wake(LOOK_EVERY_MS)
    return this.#authorize(claim)
  }

  /** Moves an authorized payment. */
  async settle(challengeId: string, requestId: string): Promise<Settled> {
    const claim = this.#heldBy(challengeId, requestId)
    if (claim === null) return { state: 'pending' }
    if (claim.state !== 'authorized') return this.#outcome(challengeId)
    const held = { ...claim, heldUntil: Date.now() + SETTLE_HOLD_MS }
    this.#claims.put(held)
    try {
      const receipt = await broadcast(held.order, this.#context(held))
      this.#books.settled(challengeId, receipt)
    } catch (error) {
      const current = this.#claims.get(challengeId)
      if (current?.state === 'authorized') return this.#letGo(current, error)
      // Something was sent. What became of it is the chain's to say; the alarm may have asked already.
      logError('settlement_unknown', error)
      if (current?.state === 'pending') {
        this.#claims.put({ ...current, heldUntil: 0 })
        await this.#resolve(current)
      }
    }
    this.ctx.waitUntil(this.#writeLedgerSoon())
    await this.#wake(LOOK_EVERY_MS)
    return this.#outcome(challengeId)
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

  /** Goes on with whatever was left: sent but unknown, taken but abandoned, not yet in the ledger, long over. */
  override async alarm(): Promise<void> {
    for (const claim of this.#claims.inState('pending')) await this.#resolve(claim)
    const now = Date.now()
    for (const state of ['claimed', 'authorized', 'settled'] as const) {
      for (const claim of this.#claims.inState(state)) {
        if (now < claim.heldUntil) continue
        if (state === 'settled') this.#books.undelivered(claim)
        else this.#release(claim)
      }
    }
    this.#claims.purge('delivered', now - USED_MS)
    this.#claims.purge('undelivered', now - OWED_MS)
    this.#claims.purgeTransactions(now - OWED_MS)
    await this.#writeLedgerSoon()
    const busy = this.#claims.oldest(['pending', 'claimed', 'authorized', 'settled']) !== null
    if (busy || this.#outbox.waits()) await this.#wake(LOOK_EVERY_MS)
    else if (this.#claims.oldest(['delivered', 'undelivered']) !== null)
      await this.#wake(USED_MS / 24)
  }

  /** Asks the chain once more about a payment of which nobody knows whether it has moved. */
  async #lookAgain(id: string, order: ChargeOrder): Promise<void> {
    const claim = this.#claims.get(id)
    if (claim?.state !== 'pending' || claim.order.credentialHash !== order.credentialHash) return
    if (Date.now() >= claim.heldUntil) await this.#resolve(claim)
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
    if (mode === 'pull' && order.settle === 'before') return this.settle(claim.id, order.requestId)
    const authorized = this.#claims.get(claim.id)
    if (authorized?.state !== 'authorized') return this.#outcome(claim.id)
    return { state: 'authorized', payer: authorized.payer }
  }

  /** Ends a claim of which nothing was sent. */
  #letGo(claim: Claim, error: unknown): Opened & Settled {
    const current = this.#claims.get(claim.id)
    if (current?.state === 'claimed' || current?.state === 'authorized') this.#release(current)
    if (isUnavailable(error)) {
      logError('chain_unavailable', error)
      return { state: 'unavailable' }
    }
    return { state: 'refused', ...refusalOf(error) }
  }

  #release(claim: Claim): void {
    this.#books.released(claim)
    this.#memories.delete(claim.id)
  }

  /** Finds out what became of a transaction that was sent, and sends it again while it can still be mined. */
  async #resolve(claim: Claim): Promise<void> {
    const { hash, raw, id } = claim
    if (hash === null || raw === null) return
    try {
      // The head before the receipt: what is not in a chain that is past its last second never will be.
      const now = await this.#chainTime()
      const receipt = await askChain(this.env.RPC_URL, 'eth_getTransactionReceipt', [hash])
      if (this.#claims.get(id)?.state !== 'pending') return
      if (receipt !== null) this.#mined(claim, receipt as { status?: string })
      else if (now > (validBeforeOf(raw as Hex) ?? Number.POSITIVE_INFINITY)) this.#release(claim)
      else await askChain(this.env.RPC_URL, 'eth_sendRawTransaction', [raw])
    } catch (error) {
      logError('still_pending', error)
    }
  }

  /** The time of the chain's last block, in seconds. */
  async #chainTime(): Promise<number> {
    const head = await askChain(this.env.RPC_URL, 'eth_getBlockByNumber', ['latest', false])
    return Number((head as { timestamp?: string } | null)?.timestamp)
  }

  #mined(claim: Claim, receipt: { status?: string }): void {
    if (receipt.status !== '0x1') {
      this.#release(claim)
      return
    }
    const timestamp = new Date().toISOString()
    const reference = claim.hash ?? ''
    this.#books.settled(claim.id, { method: 'tempo', status: 'success', timestamp, reference })
    const settled = this.#claims.get(claim.id)
    // Nobody holds it: the answer is owed from here on.
    if (settled !== null && Date.now() >= settled.heldUntil) this.#books.undelivered(settled)
  }

  #outcome(challengeId: string): Settled {
    const claim = this.#claims.get(challengeId)
    if (claim === null) return refused('verification-failed', 'The payment did not go through.')
    if (claim.receipt !== null) return { state: 'paid', payer: claim.payer, receipt: claim.receipt }
    return { state: 'pending' }
  }

  #context(claim: Claim): VerifyContext {
    const { id } = claim
    const memory = this.#memories.get(id) ?? new Map<string, Promise<unknown>>()
    this.#memories.set(id, memory)
    const shard = (hash: string) => this.env.CHARGES.getByName(`transactions ${hash.slice(2, 4)}`)
    return {
      rpcUrl: this.env.RPC_URL,
      memory,
      onSend: (raw, hash) => {
        const current = this.#claims.get(id)
        if (current === null) throw new Error('nothing is sent without a claim')
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
