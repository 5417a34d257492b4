/** How long a request keeps a payment that has moved to itself. */
import { expect, it } from 'vitest'
import { createCheckout, type Parts } from '../../payments/checkout.ts'
import type { Claim, Claims } from '../../payments/claims.ts'
import type { ChargeOrder } from '../../src/store/charges.ts'

/** For how long a claim is held whose payment has moved, in milliseconds. */
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
  const { outcome } = createCheckout({ claims } as Parts)
  const before = Date.now()
  expect(outcome('c', 'req').state).toBe('paid')
  return claim.heldUntil - before
}

it('that moves before the origin is asked stays its as long as the origin may take: nobody else gets an answer for it', () => {
  expect(heldFor('before', 65_000)).toBeGreaterThanOrEqual(65_000)
})

it('that moves after the origin has answered is soon free again for whoever is owed the answer', () => {
  expect(heldFor('after', 65_000)).toBeLessThan(65_000)
})
