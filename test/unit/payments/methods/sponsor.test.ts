/** The fees that the day's budget counts. */
import { expect, it } from 'vitest'
import { type CheckoutParts, createCheckout } from '../../../../payments/charges/checkout.ts'
import type { Claim } from '../../../../payments/charges/claims.ts'
import type { PaymentMethod } from '../../../../payments/methods/method.ts'

it('the fee of a try stays counted when the next try of its challenge is released', async () => {
  const fees = new Map<string, number>()
  const budget = {
    takeFee: async (id: string, fee: number) => fees.set(id, fee).size > 0,
    dropFee: async (id: string) => void fees.delete(id),
  }
  let stored: Claim | null = null
  const put = (claim: Claim) => {
    stored = claim
  }
  let isGood = true
  const method: Partial<PaymentMethod> = {
    async validate(_, { takeFee }) {
      await takeFee(50_000)
      if (!isGood) throw new Error('no good')
      return { payer: 'p', receipt: null }
    },
  }
  const parts = {
    env: { CHARGES: { getByName: () => budget } },
    claims: { put, get: () => stored, heldBy: () => stored },
    journal: {
      authorized: (claim: Claim) => put({ ...claim, state: 'authorized' }),
      released: () => {
        stored = null
      },
    },
    debts: { find: async () => null },
    outbox: { write: async () => undefined },
    methodOf: () => method,
    waitUntil: () => undefined,
  }
  const checkout = createCheckout(parts as unknown as CheckoutParts)
  const order = { sponsor: { perPayment: 50_000, perDay: 100_000 }, settle: 'after', holdMs: 1 }
  const claimed = (attempts: number) => {
    const claim = { id: 'c', state: 'claimed', order, receipt: null, attempts } as unknown as Claim
    put(claim)
    return claim
  }
  const total = () => [...fees.values()].reduce((sum, fee) => sum + fee, 0)

  // The first try was sent, and has only cost its fee on the chain.
  expect(await checkout.authorize(claimed(1))).toMatchObject({ state: 'authorized' })
  expect(total()).toBe(50_000)
  isGood = false
  expect(await checkout.authorize(claimed(2))).toMatchObject({ state: 'refused' })
  expect(total()).toBe(50_000)
  isGood = true
  expect(await checkout.authorize(claimed(3))).toMatchObject({ state: 'authorized' })
  expect(total()).toBe(100_000)
})
