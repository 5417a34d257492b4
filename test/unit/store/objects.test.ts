/** Objects of payments that hang. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { ChannelOrder, PaymentChannel } from '../../../src/contract/channel.ts'
import type { ChargeClaims, ProofOrder } from '../../../src/contract/charge.ts'
import type { Env } from '../../../src/store/env.ts'
import { channels } from '../../../src/store/payments/channels.ts'
import { charges } from '../../../src/store/payments/charges.ts'
import { envWith, problemBy } from '../../support/worker/calls.ts'
import { CHANNEL_ID, objectsThat, VOUCHER } from '../../support/worker/payments.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const never = () => new Promise<never>(() => {})
const later = () => undefined
const CREDENTIAL = { challenge: { id: 'x' }, payload: VOUCHER }

it.each<[method: string, ask: (env: Env) => Promise<unknown>]>([
  ['accept', (env) => channels.accept(env, { credential: CREDENTIAL } as unknown as ChannelOrder)],
  [
    'keep',
    (env) =>
      channels.keep(env, later, { channelId: CHANNEL_ID, requestId: 'r', cost: '1', units: 1 }),
  ],
  ['release', (env) => channels.release(env, CHANNEL_ID, 'r')],
  ['finish', (env) => channels.finish(env, CHANNEL_ID, 'r')],
  ['draw', (env) => channels.draw(env, CHANNEL_ID, 'r', '1', 1)],
  ['awaitVoucher', (env) => channels.awaitVoucher(env, CHANNEL_ID, '1', 30_000)],
  ['prove', (env) => charges.prove(env, { credential: CREDENTIAL } as unknown as ProofOrder)],
])('an object that never answers %s is 503 in the end, with Retry-After', async (method, ask) => {
  const { binding } = objectsThat<PaymentChannel & ChargeClaims>({ [method]: never })
  const answered = problemBy(() => ask(envWith({ CHANNELS: binding, CHARGES: binding })))
  await vi.advanceTimersByTimeAsync(90_000)
  expect(await answered).toMatchObject({
    code: 'service_unavailable',
    headers: { 'retry-after': '1' },
  })
})
