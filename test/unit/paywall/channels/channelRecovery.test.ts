/** A HEAD that asks for the payer's channel, before objects that answer as told. */
import { describe, expect, it } from 'vitest'
import type { Config, Route } from '../../../../src/config/config.ts'
import { parseConfig } from '../../../../src/config/defineGateway.ts'
import type { ResultPrice } from '../../../../src/config/routePrice.ts'
import type {
  ChannelSnapshot,
  PaymentChannel,
  Recovered,
} from '../../../../src/contract/channel.ts'
import type { ChargeClaims } from '../../../../src/contract/charge.ts'
import { createChannelRecovery } from '../../../../src/paywall/channels/channelRecovery.ts'
import type { Answer } from '../../../../src/pipeline/answer.ts'
import { createIsolate } from '../../../../src/store/isolate.ts'
import { callOf, envWith, problemBy, routeOf } from '../../../support/worker/calls.ts'
import {
  challengeIn,
  credentialFor,
  objectsThat,
  PAYER,
  problemIn,
  type Told,
} from '../../../support/worker/payments.ts'
import { withMetered } from '../../../support/worker/sampleConfig.ts'

const PROOF = { type: 'proof', signature: '0x1' }
const snapshot = (channelId: string, deposit: string): ChannelSnapshot => ({
  channelId,
  chainId: 1,
  escrow: PAYER,
  descriptor: {},
  deposit,
  settled: '0',
  acceptedCumulative: '100',
  spent: '50',
  units: 1,
  requiredCumulative: '50',
})
const open = (channelId: string, deposit: string): Recovered => ({
  state: 'open',
  snapshot: snapshot(channelId, deposit),
})

/** The function before objects that answer as told, and a proof for a challenge of its own. */
function recoveryOf(
  charges: Told<ChargeClaims>,
  told: Record<string, Recovered | Error> = {},
  config: Config = parseConfig(withMetered()),
) {
  const claims = objectsThat<ChargeClaims>(charges)
  const channels = {
    getByName: (id: string) =>
      objectsThat<PaymentChannel>({ recover: told[id] ?? { state: 'none' } }).binding.getByName(id),
  }
  const env = envWith({ CHARGES: claims.binding, CHANNELS: channels, OPERATOR: PAYER })
  const route = routeOf(config) as Route & { price: ResultPrice }
  const recover = createChannelRecovery(route, config, createIsolate(config))
  const head = (payment?: string) => {
    const call = callOf('/api/v1/a', { method: 'HEAD' }, { env, route })
    call.payment = payment
    return call
  }
  const proof = async () => credentialFor(challengeIn(await recover(head())), PROOF)
  const prove = async (): Promise<Answer> => recover(head(await proof()))
  return { ...claims, recover, head, proof, prove }
}

const proved = (...channelIds: string[]) =>
  ({ prove: { state: 'proved', signer: PAYER, channelIds } }) as const
const session = ({ headers }: Answer) => headers['payment-session'] ?? null

describe('a proof of an address', () => {
  it('gets, of several open channels, the one of which most is left', async () => {
    const told = { a: open('a', '500'), b: open('b', '900'), c: open('c', '100') }
    const answer = await recoveryOf(proved('a', 'b', 'c'), told).prove()
    expect([answer.status, session(answer)]).toEqual([204, 'b'])
  })

  it('gets an open channel although another one does not answer', async () => {
    const told = { a: new Error('down'), b: open('b', '900'), c: { state: 'unavailable' } } as const
    expect(session(await recoveryOf(proved('a', 'b', 'c'), told).prove())).toBe('b')
  })

  it('gets nothing of channels that are not open', async () => {
    const answer = await recoveryOf(proved('a', 'b')).prove()
    expect([answer.status, session(answer)]).toEqual([204, null])
  })

  it.each<[what: string, charges: Told<ChargeClaims>, told: Record<string, Recovered | Error>]>([
    ['the proof cannot be checked', { prove: { state: 'unavailable' } }, {}],
    ['the object does not answer', { prove: new Error('down') }, {}],
    ['the only channel does not answer', proved('a'), { a: new Error('down') }],
    ['the chain does not say whether it is open', proved('a'), { a: { state: 'unavailable' } }],
  ])('is 503 if %s', async (_what, charges, told) => {
    const { recover, head, proof } = recoveryOf(charges, told)
    const call = head(await proof())
    expect((await problemBy(() => recover(call))).code).toBe('service_unavailable')
  })

  it('that is refused gets a fresh challenge of 0', async () => {
    const detail = 'The challenge has been answered before.'
    const prove = { state: 'refused', refusal: 'invalid-challenge', detail } as const
    const answer = await recoveryOf({ prove }).prove()
    expect(await problemIn(answer)).toEqual([402, 'invalid-challenge'])
    expect(challengeIn(answer)).toMatchObject({ intent: 'charge' })
  })

  it('counts as a try of its address before any object is asked, though it is good', async () => {
    const config = {
      ...parseConfig(withMetered()),
      unpaidLimits: [{ name: 'unpaid', count: 2, windowMs: 60_000 }],
    }
    const { recover, head, proof, methods } = recoveryOf(proved(), {}, config)
    const payment = await proof()
    for (let tries = 0; tries < 2; tries++) expect((await recover(head(payment))).status).toBe(204)
    expect((await problemBy(() => recover(head(payment)))).code).toBe('rate_limit_exceeded')
    expect(methods()).toEqual(['prove', 'prove'])
  })
})
