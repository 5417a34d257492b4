/** How long a request holds the claim of a payment that has moved. */
import { expect, it } from 'vitest'
import { type CheckoutParts, createCheckout } from '../../../../payments/charges/checkout.ts'
import type { Claim, Claims } from '../../../../payments/charges/claims.ts'
import type { PaymentMethod } from '../../../../payments/methods/method.ts'
import type { ChargeOrder } from '../../../../src/contract/charge.ts'

/** How long the claim of a payment that has moved is held, in milliseconds. */
function heldFor(settle: ChargeOrder['settle'], holdMs: number): number {
  const order = { requestId: 'req', settle, holdMs } as ChargeOrder
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

it('a payment that moves before the origin is asked is held as long as the origin may take', () => {
  expect(heldFor('before', 65_000)).toBeGreaterThanOrEqual(65_000)
})

it('a payment that moves after the origin has answered is soon free again for a retry', () => {
  expect(heldFor('after', 65_000)).toBeLessThan(65_000)
})

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
