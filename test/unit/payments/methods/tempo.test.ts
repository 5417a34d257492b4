/** A pull whose signature ends too soon. */
import { TxEnvelopeTempo } from 'ox/tempo'
import { maxUint256 } from 'viem'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { VerifyContext } from '../../../../payments/methods/method.ts'
import { createTempo } from '../../../../payments/methods/tempo.ts'
import { refusalOf } from '../../../../payments/refusal.ts'
import type { ChargeOrder } from '../../../../src/contract/charge.ts'

afterEach(() => vi.unstubAllGlobals())

const now = () => Math.floor(Date.now() / 1000)

/** The refusal of a pull, for which no chain may be asked. */
async function checked(validBefore: number, settle: ChargeOrder['settle']): Promise<string> {
  const asked = vi.fn(() => Promise.reject(new Error('no chain')))
  vi.stubGlobal('fetch', asked)
  const signature = TxEnvelopeTempo.serialize(
    TxEnvelopeTempo.from({
      chainId: 1,
      calls: [{ to: `0x${'1'.repeat(40)}` }],
      nonceKey: maxUint256,
      validBefore,
    }),
  )
  const payload = { type: 'transaction', signature }
  const order = { credential: { payload }, settle, timeoutMs: 5_000, sponsor: null }
  const tempo = createTempo('https://node.test')
  const context = { memory: new Map() } as unknown as VerifyContext
  const error = await tempo.validate(order as unknown as ChargeOrder, context).catch((one) => one)
  expect(asked).not.toHaveBeenCalled()
  return refusalOf(error).refusal
}

describe('the end of a pull is checked before the chain is asked', () => {
  it.each<[what: string, secondsLeft: number, settle: ChargeOrder['settle'], refusal: string]>([
    ['is over', -1, 'after', 'payment-expired'],
    ['is over, and is to move at once', -1, 'before', 'payment-expired'],
    ['ends before the origin has to answer', 4, 'after', 'payment-expired'],
    // It goes on to the next check: nobody has signed it.
    ['lives long enough', 7, 'after', 'verification-failed'],
    ['lives long enough to move at once', 4, 'before', 'verification-failed'],
  ])('%s', async (_, secondsLeft, settle, refusal) => {
    expect(await checked(now() + secondsLeft, settle)).toBe(refusal)
  })
})
