/** How long a request holds the claim of a payment that has moved. */
import { describe, expect, it, vi } from 'vitest'
import { ChainUnavailable, Unavailable } from '../../../../payments/chain/unavailable.ts'
import { type CheckoutParts, createCheckout } from '../../../../payments/charges/checkout.ts'
import type { Claim, Claims } from '../../../../payments/charges/claims.ts'
import { HOLD_MS } from '../../../../payments/charges/holds.ts'
import type { PaymentMethod, Validated } from '../../../../payments/methods/method.ts'
import { type ChargeOrder, RENEW_MS } from '../../../../src/contract/charge.ts'

/** How long the claim of a payment that has moved is held, in milliseconds. */
function heldFor(settle: ChargeOrder['settle']): number {
  const order = { requestId: 'req', settle } as ChargeOrder
  const receipt = { method: 'tempo', status: 'success', timestamp: '', reference: '0x1' } as const
  let claim = { id: 'c', state: 'settled', order, receipt, payer: 'p', heldUntil: 0 } as Claim
  const claims: Partial<Claims> = {
    heldBy: () => claim,
    put: (next) => {
      claim = next
    },
  }
  const { outcome } = createCheckout({ claims } as CheckoutParts)
  const before = Date.now()
  expect(outcome('c', 'req').state).toBe('paid')
  return claim.heldUntil - before
}

it.each(['before', 'after'] as const)(
  'a payment that moves %s the origin has answered is held for three renewals, however long the origin may take',
  (settle) => {
    expect(heldFor(settle)).toBeGreaterThanOrEqual(HOLD_MS)
    expect(heldFor(settle)).toBeLessThan(HOLD_MS + RENEW_MS)
  },
)

it('a request that lost its claim while the ledger was slow does not ask the origin', async () => {
  const order = { requestId: 'first', settle: 'after', holdMs: 1, sponsor: null }
  const claim = { id: 'c', state: 'claimed', order, receipt: null } as unknown as Claim
  const another = { ...order, requestId: 'another' } as unknown as ChargeOrder
  let stored: Claim = claim
  const put = (next: Claim) => {
    stored = next
  }
  const method: Partial<PaymentMethod> = { validate: async () => ({ payer: 'p', receipt: null }) }
  const checkout = createCheckout({
    env: {},
    claims: {
      put,
      get: () => stored,
      heldBy: (_: string, requestId: string) =>
        stored.order.requestId === requestId ? stored : null,
    },
    journal: { authorized: (next: Claim) => put({ ...next, state: 'authorized' }) },
    debts: { find: async () => null },
    outbox: { write: async () => put({ ...stored, order: another }) },
    methodOf: () => method,
  } as unknown as CheckoutParts)
  expect(await checkout.authorize(claim)).toEqual({ state: 'pending' })
})

describe('a payment that cannot be checked, or that is no good', () => {
  const unanswered = new ChainUnavailable('silent')
  const now = Date.now()

  /** The answer to a payment of which its method says this, 9 s after it was presented. */
  async function answerTo(
    validate: () => Promise<Validated>,
    expiresAt: number,
    more: Partial<ChargeOrder> = {},
  ) {
    vi.useFakeTimers({ now })
    const order = { requestId: 'r', settle: 'after', sponsor: null, timeoutMs: 15_000, expiresAt }
    const claim = { id: 'c', state: 'claimed', receipt: null, attempts: 1 } as Claim
    const released: Claim[] = []
    const held = { ...claim, order: { ...order, ...more } as ChargeOrder }
    const checkout = createCheckout({
      env: {},
      claims: { get: () => held, heldBy: () => held, put: () => undefined },
      journal: {
        authorized: () => undefined,
        released: (one: Claim) => void released.push(one),
      },
      outbox: { write: async () => undefined },
      methodOf: () => ({ validate }),
    } as unknown as CheckoutParts)
    const answer = checkout.authorize(held)
    await vi.advanceTimersByTimeAsync(9_000)
    vi.useRealTimers()
    return { answer: await answer, tries: released.map(({ attempts }) => attempts) }
  }

  it.each([
    ['before its challenge expires', now + 60_000],
    ['in the 5 minutes after it has expired', now - 280_000],
  ])('is pending %s, and that is no try', async (_, expiresAt) => {
    const told = await answerTo(() => Promise.reject(unanswered), expiresAt)
    expect(told).toEqual({ answer: { state: 'pending' }, tries: [0] })
  })

  it('is refused 5 minutes after its challenge has expired', async () => {
    const { answer } = await answerTo(() => Promise.reject(unanswered), now - 300_000)
    expect(answer).toMatchObject({ state: 'refused', refusal: 'payment-expired' })
  })

  it('is unavailable when something else than the chain fails', async () => {
    const { answer } = await answerTo(() => Promise.reject(new Unavailable('no key')), now + 60_000)
    expect(answer).toEqual({ state: 'unavailable' })
  })

  it.each([
    ['a second less than', 14_000, 'refused'],
    ['a second more than', 16_000, 'good'],
  ])('that ends %s the time of the origin is known by it', async (_, leftMs, outcome) => {
    const good = { payer: 'p', receipt: null, endsAt: now + leftMs }
    const { answer } = await answerTo(async () => good, now + 60_000)
    if (outcome === 'refused')
      expect(answer).toMatchObject({ state: 'refused', refusal: 'payment-expired' })
    else expect(answer?.state).not.toBe('refused')
  })
})
