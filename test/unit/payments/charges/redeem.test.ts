/** An earlier payment, asked by another payment of its payer: one case for each state. */
import { describe, expect, it } from 'vitest'
import { createAdmission } from '../../../../payments/charges/admission.ts'
import type { Claim, Claims } from '../../../../payments/charges/claims.ts'
import type { ChargeJournal } from '../../../../payments/charges/journal.ts'
import type { Redeemer } from '../../../../payments/charges/peers.ts'
import type { KeptAnswer } from '../../../../src/contract/charge.ts'

const RECEIPT = { method: 'tempo', status: 'success', timestamp: '', reference: '0x1' } as const
const ANSWER: KeptAnswer = { status: 200, headers: [], body: null }
const PAYER = '0xab'
const later = Date.now() + 60_000

/** The outcome for a claim, the claim afterwards, and the events for the ledger. */
function redeemed(
  claim: Partial<Omit<Claim, 'order'>> & { key?: string; answer?: KeptAnswer },
  by: Partial<Redeemer> = {},
) {
  const { key, answer = null, ...rest } = claim
  const order = { purchase: 'a', requestId: 'first', amount: '150', idempotencyKey: key }
  let stored = {
    id: 'c',
    state: 'undelivered',
    payer: PAYER,
    receipt: RECEIPT,
    heldUntil: 0,
    order,
    ...rest,
  } as unknown as Claim
  const events: string[] = []
  const claims: Partial<Claims> = {
    get: () => stored,
    put: (next) => {
      stored = next
    },
    keptAnswer: () => answer,
  }
  const journal: Partial<ChargeJournal> = { delivered: () => void events.push('delivered') }
  const admission = createAdmission(claims as Claims, journal as ChargeJournal, () => undefined)
  const redeemer = { payer: PAYER, purchase: 'a', requestId: 'second', holdMs: 5_000, ...by }
  return { given: admission.redeem('c', redeemer), claim: stored, events }
}

describe('a payment whose answer is owed', () => {
  it.each(['settled', 'undelivered'] as const)('is taken once, if it is %s', (state) => {
    const { given, claim } = redeemed({ state })
    const debt = { challengeId: 'c', amount: '150' }
    expect(given).toEqual({ state: 'paid', payer: PAYER, receipt: RECEIPT, debt })
    expect(claim).toMatchObject({ state, order: { requestId: 'second' } })
    expect(claim.heldUntil).toBeGreaterThan(Date.now())
    expect(redeemed({ ...claim }, { requestId: 'third' }).given).toEqual({ state: 'busy' })
  })

  it('is still had by the request that took it, if that asks again because the answer was lost', () => {
    const { given, claim } = redeemed({})
    expect(redeemed({ ...claim })).toMatchObject({ given, claim: { order: claim.order } })
  })

  it('gets the key of the request, by which its answer is found again', () => {
    const { claim } = redeemed({ key: 'old' }, { idempotencyKey: 'new' })
    expect(claim.order.idempotencyKey).toBe('new')
    expect(redeemed({ key: 'old' }).claim.order.idempotencyKey).toBeUndefined()
  })

  it('gives the kept answer for the same key, and is delivered by that', () => {
    const { given, events } = redeemed({ key: 'k', answer: ANSWER }, { idempotencyKey: 'k' })
    expect(given).toMatchObject({ state: 'replayed', receipt: RECEIPT, answer: ANSWER })
    expect(events).toEqual(['delivered'])
  })

  it.each([
    ['to another payer', { payer: '0xcd' }, 'gone'],
    ['for another purchase, and stays to be had', { purchase: 'b' }, 'other'],
  ])('is nothing %s', (_, by, state) => {
    const { given, claim } = redeemed({}, by)
    expect(given).toEqual({ state })
    expect(claim.order.requestId).toBe('first')
  })
})

describe('a payment that was delivered', () => {
  it('gives its kept answer for the same key only', () => {
    const delivered = { state: 'delivered', key: 'k', answer: ANSWER } as const
    const { given, events } = redeemed(delivered, { idempotencyKey: 'k' })
    expect(given).toMatchObject({ state: 'replayed', answer: ANSWER })
    expect(events).toEqual([])
    for (const by of [{ idempotencyKey: 'x' }, {}])
      expect(redeemed(delivered, by).given, 'and stays to be had').toEqual({ state: 'other' })
  })

  it.each([
    ['has no key', {}],
    ['was too large to be kept, or was kept a day ago', { key: 'k' }],
  ])('is over if its answer %s', (_, delivered) => {
    const by = { idempotencyKey: 'k' }
    expect(redeemed({ state: 'delivered', ...delivered }, by).given).toEqual({ state: 'gone' })
  })

  it('conflicts with the same key for another purchase', () => {
    const by = { idempotencyKey: 'k', purchase: 'b' }
    expect(redeemed({ state: 'delivered', key: 'k' }, by).given).toEqual({ state: 'conflict' })
  })
})

it.each<[Claim['state'], heldUntil: number, given: string]>([
  ['claimed', later, 'busy'],
  ['claimed', 0, 'busy'],
  ['authorized', later, 'busy'],
  ['authorized', 0, 'busy'],
  ['pending', later, 'busy'],
  ['pending', 0, 'pending'],
  ['settled', later, 'busy'],
  ['undelivered', later, 'busy'],
  ['spared', 0, 'gone'],
])('a payment that is %s, held until %d, is %s', (state, heldUntil, expected) => {
  const { given, claim } = redeemed({ state, heldUntil })
  expect(given).toEqual({ state: expected })
  expect(claim, 'nothing has changed').toMatchObject({ state, heldUntil })
  // A key that bought nothing is free for another purchase.
  const elsewhere = redeemed({ state, heldUntil, key: 'k' }, { idempotencyKey: 'k', purchase: 'b' })
  expect(elsewhere.given).toEqual({ state: expected === 'gone' ? 'gone' : 'conflict' })
})
