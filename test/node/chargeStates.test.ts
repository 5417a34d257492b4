/**
 * The states of a claim, as payments/README.md draws them: each arrow is walked once on a real
 * SQLite, with the events that the ledger gets.
 */
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createAdmission } from '../../payments/charges/admission.ts'
import { raiseAlarms } from '../../payments/charges/alarms.ts'
import { type CheckoutParts, createCheckout } from '../../payments/charges/checkout.ts'
import { type Claim, type ClaimState, createClaims } from '../../payments/charges/claims.ts'
import type { Instead } from '../../payments/charges/debts.ts'
import { HOLD_MS } from '../../payments/charges/holds.ts'
import { createChargeJournal } from '../../payments/charges/journal.ts'
import { createPending } from '../../payments/charges/pending.ts'
import type { PaymentMethod, PaymentProgress } from '../../payments/methods/method.ts'
import type { ChargeOrder } from '../../src/contract/charge.ts'
import { objectStorage } from '../support/node/objectSql.ts'

/** A challenge's id as it is on the wire: 43 characters of base64url. */
const ID = 'zeQRDy-Scu7Db854kIoIkE5TwbRONdswOoATti06MnQ'
const NOW = Date.parse('2026-11-27T12:00:00Z')
const RECEIPT = { method: 'tempo', status: 'success', timestamp: '', reference: '0xaa' } as const
const EARLIER: Instead = {
  earlier: 'before',
  opened: { state: 'paid', payer: '0xab', receipt: RECEIPT },
}
const order = {
  credential: {
    challenge: { id: ID, realm: 'r', method: 'tempo', intent: 'charge', request: 'e30' },
    payload: { type: 'transaction', signature: '0x76' },
  },
  credentialHash: 'h',
  expiresAt: NOW + 300_000,
  row: 'GET /paid',
  purchase: 'p',
  requestId: 'first',
  method: 'tempo',
  chainId: 1,
  amount: '150',
  currency: '0x20',
  recipient: '0x3c',
  settle: 'after',
  sponsor: null,
  timeoutMs: 5_000,
  holdMs: 10_000,
} satisfies ChargeOrder

/** The claims of one object, of which the test says what chain and other payments answer. */
function object() {
  const storage = objectStorage()
  const claims = createClaims(storage.sql)
  const events: string[] = []
  const outbox = {
    note: ({ kind }: { kind: string }) => void events.push(kind),
    write: async () => undefined,
  } as unknown as CheckoutParts['outbox']
  const journal = createChargeJournal(storage, claims, outbox)
  const given = {
    /** Whether the payment is good, and has moved already. */
    check: 'good' as 'good' | 'moved' | 'bad',
    progress: 'pending' as PaymentProgress,
    instead: null as Instead | null,
  }
  const method = {
    async validate() {
      if (given.check === 'bad') throw new Error('no good')
      return { payer: '0xab', receipt: given.check === 'moved' ? RECEIPT : null }
    },
    broadcast(_: unknown, { onSend }: { onSend: (raw: string, hash: string) => void }) {
      onSend('0x76', '0xaa')
      return new Promise(() => undefined) // the node never answers
    },
    resume: async () => given.progress,
  } as unknown as PaymentMethod
  const pending = createPending(() => method, claims, journal)
  const checkout = createCheckout({
    env: {} as CheckoutParts['env'],
    claims,
    journal,
    outbox,
    debts: { find: async () => given.instead } as unknown as CheckoutParts['debts'],
    pending,
    methodOf: () => method,
    waitUntil: () => undefined,
  })
  const admission = createAdmission(claims, journal, checkout.release)

  function claim(): Claim {
    const known = claims.get(ID)
    if (known === null) throw new Error('there is no claim')
    return known
  }
  const admitFor = (requestId: string, mode: 'pull' | 'push' = 'pull') =>
    admission.admit({ ...order, requestId }, mode)
  const admit = () => admitFor('first')
  /** The state that another payment of the payer for the same purchase finds. */
  const redeem = (requestId = 'next') =>
    admission.redeem(ID, { payer: '0xab', purchase: order.purchase, requestId }).state
  const authorize = async () => {
    admit()
    await checkout.authorize(claim())
  }
  const send = async () => {
    await authorize()
    void checkout.move(claim())
    await vi.advanceTimersByTimeAsync(0)
  }
  const settle = async () => {
    given.check = 'moved'
    await authorize()
  }
  const fail = () => checkout.fail(ID, 'first')
  const state = (): ClaimState | 'released' | '[*]' =>
    claims.get(ID)?.state ?? (claims.triesOf(ID) > 0 ? 'released' : '[*]')
  return {
    claims,
    journal,
    pending,
    checkout,
    given,
    events,
    claim,
    admitFor,
    admit,
    redeem,
    authorize,
    send,
    settle,
    fail,
    state,
  }
}
type TestedObject = ReturnType<typeof object>

beforeEach(() => void vi.useFakeTimers({ now: NOW }))
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** Each arrow: how its first state comes about, its step, and the events of that step. */
interface Arrow {
  before: (object: TestedObject) => unknown
  step: (object: TestedObject) => unknown
  events: string[]
}

const nothing = () => undefined
const pass = (ms: number) => (one: TestedObject) => {
  vi.setSystemTime(NOW + ms)
  one.checkout.endHolds(Date.now())
}

const ARROWS: Record<string, Arrow[]> = {
  '[*] --> claimed': [{ before: nothing, step: (one) => one.admit(), events: [] }],
  'claimed --> authorized': [
    {
      before: (one) => one.admit(),
      step: (one) => one.checkout.authorize(one.claim()),
      events: ['claim'],
    },
  ],
  'claimed --> released': [
    {
      before: (one) => one.admit(),
      step(one) {
        one.given.check = 'bad'
        return one.checkout.authorize(one.claim())
      },
      events: [],
    },
    { before: (one) => one.admit(), step: pass(HOLD_MS), events: [] },
  ],
  'claimed --> spared': [
    {
      before: (one) => one.admit(),
      step(one) {
        one.given.instead = EARLIER
        return one.checkout.authorize(one.claim())
      },
      events: [],
    },
  ],
  'authorized --> pending': [
    {
      before: (one) => one.authorize(),
      async step(one) {
        void one.checkout.move(one.claim())
        await vi.advanceTimersByTimeAsync(0)
      },
      events: [],
    },
  ],
  'authorized --> settled': [
    {
      before: (one) => one.authorize(),
      step: (one) => one.journal.settled(ID, RECEIPT),
      events: ['settlement'],
    },
  ],
  'authorized --> released': [
    { before: (one) => one.authorize(), step: (one) => one.fail(), events: ['release'] },
    { before: (one) => one.authorize(), step: pass(HOLD_MS), events: ['release'] },
  ],
  'pending --> settled': [
    {
      before: (one) => one.send(),
      step(one) {
        one.given.progress = RECEIPT
        return one.pending.resume(one.claim())
      },
      events: ['settlement'],
    },
  ],
  'pending --> released': [
    {
      before: (one) => one.send(),
      step(one) {
        one.given.progress = 'failed'
        return one.pending.resume(one.claim())
      },
      events: ['release'],
    },
  ],
  'settled --> delivered': [
    {
      before: (one) => one.settle(),
      step: (one) => one.journal.delivered(one.claim()),
      events: [],
    },
  ],
  'settled --> undelivered': [
    { before: (one) => one.settle(), step: (one) => one.fail(), events: ['undelivered'] },
    { before: (one) => one.settle(), step: pass(HOLD_MS), events: ['undelivered'] },
  ],
  'undelivered --> delivered': [
    {
      async before(one) {
        await one.settle()
        one.fail()
      },
      step: (one) => one.journal.delivered(one.claim()),
      events: ['retry'],
    },
  ],
  'undelivered --> refunded': [
    {
      async before(one) {
        await one.settle()
        one.fail()
      },
      step: (one) => one.journal.refunded(one.claim()),
      events: [],
    },
  ],
  'undelivered --> [*]': [
    {
      async before(one) {
        await one.settle()
        one.fail()
      },
      step: (one) => one.journal.expired(one.claim()),
      events: ['expiry'],
    },
  ],
  'released --> claimed': [
    {
      async before(one) {
        await one.authorize()
        one.fail()
      },
      step: (one) => one.admit(),
      events: [],
    },
  ],
}

describe('a claim', () => {
  const cases = Object.entries(ARROWS).flatMap(([arrow, ways]) =>
    ways.map((way, index) => ({ ...way, arrow, index })),
  )
  it.each(cases)('goes $arrow, way $index', async ({ arrow, before, step, events }) => {
    const [from, to] = arrow.split(' --> ')
    const one = object()
    await before(one)
    expect(one.state()).toBe(from)
    one.events.length = 0
    await step(one)
    expect(one.state()).toBe(to)
    expect(one.events).toEqual(events)
  })

  it('has exactly the arrows that payments/README.md draws', () => {
    const text = readFileSync(new URL('../../payments/README.md', import.meta.url), 'utf8')
    const drawn = /## A claim.*?```mermaid\n(.*?)```/s.exec(text)?.[1] ?? ''
    const arrows = [...drawn.matchAll(/^ {2}(\S+ --> \S+):/gm)].map(([, arrow]) => arrow)
    expect(Object.keys(ARROWS).sort()).toEqual(arrows.sort())
  })

  it('that is pending stays so when its hold ends, whatever its request says', async () => {
    const one = object()
    await one.send()
    one.fail()
    pass(HOLD_MS)(one)
    expect(one.state()).toBe('pending')
    expect(one.events).toEqual(['claim'])
  })

  it('that is pending does not wait for a request that is gone: the next payment waits for it', async () => {
    const one = object()
    await one.send()
    expect(one.redeem(), 'two calls at once are two calls').toBe('busy')
    one.fail()
    expect(one.redeem()).toBe('pending')
    one.journal.settled(ID, RECEIPT)
    expect(one.redeem()).toBe('paid')
  })

  it('of a push that is still being checked stays when its request is gone, and else is released', () => {
    const one = object()
    one.admitFor('first', 'push')
    one.checkout.fail(ID, 'first', true)
    expect(one.state()).toBe('claimed')
    one.checkout.fail(ID, 'first')
    expect(one.state()).toBe('released')
    one.admitFor('first', 'pull')
    one.checkout.fail(ID, 'first', true)
    expect(one.state()).toBe('released')
  })

  it('still is its request’s that asks again, because its answer was lost, and nobody else’s', async () => {
    const one = object()
    await one.authorize()
    expect(one.admitFor('first')).toEqual({ opened: { state: 'authorized', payer: '0xab' } })
    expect(one.admitFor('second')).toEqual({ opened: { state: 'pending' } })
    one.checkout.fail(ID, 'first')
    await one.settle()
    expect(one.admitFor('second')).toEqual({ opened: { state: 'pending' } })
    expect(one.admitFor('first')).toMatchObject({ opened: { state: 'paid', receipt: RECEIPT } })
  })

  it('is held anew by its request that asks again', async () => {
    const one = object()
    await one.authorize()
    vi.setSystemTime(NOW + HOLD_MS)
    one.admitFor('first')
    expect(one.admitFor('second')).toEqual({ opened: { state: 'pending' } })
    one.checkout.endHolds(Date.now())
    expect(one.state()).toBe('authorized')
  })

  it('that is owed stays with the request that has redeemed it, also when that asks again', async () => {
    const one = object()
    await one.settle()
    one.fail()
    expect(one.redeem()).toBe('paid')
    expect(one.redeem('another')).toBe('busy')
    expect(one.redeem()).toBe('paid')
    one.checkout.fail(ID, 'next')
    expect(one.redeem('another')).toBe('paid')
  })
})

describe('the log tells once', () => {
  const told = () => {
    const lines: string[] = []
    vi.spyOn(console, 'error').mockImplementation((line: string) => void lines.push(line))
    return lines
  }

  it('of a payment that has been pending for 10 minutes, however often it was asked about', async () => {
    const lines = told()
    const one = object()
    await one.send()
    for (let minute = 1; minute <= 9; minute++) {
      vi.setSystemTime(NOW + minute * 60_000)
      await one.pending.resume(one.claim())
      raiseAlarms(one.claims, Date.now())
    }
    expect(lines).toEqual([])
    vi.setSystemTime(NOW + 600_001)
    for (const _ of [1, 2]) raiseAlarms(one.claims, Date.now())
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { event: 'payment_pending_long', challengeId: ID, route: 'GET /paid', amount: '150' },
    ])
    expect(one.state()).toBe('pending')
  })

  it('of an answer that has been owed for a day, and again of nothing that was delivered', async () => {
    const lines = told()
    const one = object()
    await one.settle()
    one.fail()
    raiseAlarms(one.claims, NOW + 86_400_000)
    expect(lines).toEqual([])
    for (const _ of [1, 2]) raiseAlarms(one.claims, NOW + 86_400_001)
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { event: 'payment_owed_long', challengeId: ID, since: new Date(NOW).toISOString() },
    ])
    const other = object()
    await other.settle()
    other.journal.delivered(other.claim())
    raiseAlarms(other.claims, NOW + 10 * 86_400_000)
    expect(lines).toHaveLength(1)
  })
})
