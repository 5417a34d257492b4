/** Routes priced by the result, as far as no money moves; test/node/meter.test.ts has the rest. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { Config } from '../../../src/config/config.ts'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import { parsePayment } from '../../../src/credentials/payments/credential.ts'
import { fromBase64url, toBase64url, utf8 } from '../../../src/lib/bytes.ts'
import {
  clientOf,
  env,
  recordingOrigin,
  shippedGateway,
  unlimited,
} from '../../support/worker/gateway.ts'
import { withMetered } from '../../support/worker/sampleConfig.ts'
import { apiKey, seedAccount, seedKey } from '../../support/worker/seed.ts'
import { broken, recordingStores } from '../../support/worker/storeBindings.ts'

const SEARCH = '/api/v1/x/tweets/search'
const DOWNLOAD = '/api/v1/x/media/download'

let origin: ReturnType<typeof recordingOrigin>
beforeEach(() => {
  origin = recordingOrigin()
})

function clientBefore(config: Config = shippedGateway(unlimited), bindings: object = {}) {
  const { call } = clientOf(config, { ORIGIN: origin.binding, ...bindings })
  const pay = (path: string, value: string, init: RequestInit = {}) =>
    call(path, { ...init, headers: { ...init.headers, authorization: `Payment ${value}` } })
  return { call, pay }
}

/** The parameters of the challenge in a 402, as they are on the wire. */
function challengeIn(response: Response): Record<string, string> {
  const header = response.headers.get('www-authenticate') ?? ''
  const parameters = [...header.matchAll(/([a-z]+)="([^"]*)"/g)]
  return Object.fromEntries(parameters.map(([, name = '', value = '']) => [name, value]))
}

const requestIn = (response: Response) =>
  JSON.parse(fromBase64url(challengeIn(response).request ?? '', 4096) ?? 'null')

const routesOf = (config: object) => ('routes' in config ? (config.routes as object[]) : [])

const hex = (bytes: number) => `0x${'ab'.repeat(bytes)}`

/** A credential with a voucher for a channel that was never opened. */
function voucherFor(challenge: object, payload: object = {}): string {
  const address = hex(20)
  const descriptor = {
    payer: address,
    payee: address,
    operator: address,
    token: address,
    authorizedSigner: address,
    salt: hex(32),
    expiringNonceHash: hex(32),
  }
  const voucher = { action: 'voucher', cumulativeAmount: '3000', signature: hex(65) }
  const given = { ...voucher, channelId: hex(32), descriptor, ...payload }
  return toBase64url(utf8(JSON.stringify({ challenge, payload: given })))
}

async function problemOf(response: Response) {
  const { type, error } = await response.json<{ type: string; error: string }>()
  return [response.status, type.replace('https://paymentauth.org/problems/', ''), error]
}

describe('the challenge', () => {
  it('holds all that a client needs to open a channel and to pay for this call', async () => {
    const { call } = clientBefore()
    const response = await call(`${SEARCH}?q=tea&limit=7`)
    expect(response.status).toBe(402)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(challengeIn(response)).toMatchObject({ method: 'tempo', intent: 'session' })
    expect(requestIn(response)).toEqual({
      amount: '1050',
      currency: '0x20c000000000000000000000b9537d11c60e8b50',
      recipient: env.PAYMENT_RECIPIENT,
      suggestedDeposit: '1000000',
      unitType: 'tweet',
      methodDetails: {
        chainId: 4217,
        escrowContract: '0x4d50500000000000000000000000000000000000',
        operator: env.PAYMENT_OPERATOR,
        sessionProtocol: 'v2',
      },
    })
  })

  it('has the same request for the same maximum of results, and never the same id', async () => {
    const { call } = clientBefore()
    const paths = [`${SEARCH}?limit=7`, `${SEARCH}?q=a&limit=7`, `${SEARCH}?limit=8`]
    const [first, again, other] = await Promise.all(
      paths.map(async (path) => challengeIn(await call(path))),
    )
    expect(again?.request).toBe(first?.request)
    expect(other?.request).not.toBe(first?.request)
    expect(again?.id).not.toBe(first?.id)
  })

  it('for a call with a body has the price of what the body asks for, and is not bound to the body', async () => {
    const { call } = clientBefore()
    const json = { 'content-type': 'application/json' }
    const ask = (body: string, headers: HeadersInit = json) =>
      call(DOWNLOAD, { method: 'POST', body, headers })
    // A body that is not said to be JSON may be read as a form.
    expect(requestIn(await ask('{"urls":["a"]}', {})).amount).toBe('7500')
    const amounts = [
      '{"urls":["a","b"],"tweetIds":["1"]}',
      '{"items":[]}',
      'urls=a',
      `{"urls":${JSON.stringify(Array(51).fill('a'))}}`,
    ].map(async (body) => requestIn(await ask(body)).amount)
    expect(await Promise.all(amounts)).toEqual(['450', '7500', '7500', '7500'])
    expect(challengeIn(await ask('{"urls":["a"]}'))).not.toHaveProperty('digest')
  })

  it('calls no store, no channel and no origin', async () => {
    const { bindings, calls } = recordingStores(env)
    const { call } = clientBefore(shippedGateway(unlimited), {
      ...bindings,
      CHANNELS: broken('fails'),
    })
    expect((await call(SEARCH)).status).toBe(402)
    expect((await call(SEARCH, { method: 'HEAD' })).status).toBe(402)
    expect((await call(DOWNLOAD, { method: 'POST', body: '{"urls":["a"]}' })).status).toBe(402)
    expect(calls).toEqual([])
    expect(origin.seen).toEqual([])
  })

  it.each(['PAYMENT_RECIPIENT', 'PAYMENT_OPERATOR'])('is a 500 without %s', async (name) => {
    const { call } = clientBefore(shippedGateway(unlimited), { [name]: hex(0) })
    const response = await call(SEARCH)
    expect([response.status, await response.json()]).toMatchObject([
      500,
      { error: 'internal_error' },
    ])
  })
})

describe('an invalid payment', () => {
  it.each<[what: string, value: string]>([
    ['that is no base64url', '!!!'],
    ['that is no JSON', toBase64url(utf8('{'))],
    ['that is empty', toBase64url(utf8('{}'))],
  ])('%s is a malformed credential, on a call and on a POST', async (_what, value) => {
    const { pay } = clientBefore()
    for (const init of [{}, { method: 'POST' }, { method: 'POST', body: '{}' }]) {
      const response = await pay(SEARCH, value, init)
      expect(challengeIn(response)).toMatchObject({ intent: 'session' })
      expect(await problemOf(response)).toEqual([402, 'malformed-credential', 'payment_invalid'])
    }
    expect(origin.seen).toEqual([])
  })

  it('that comes after its challenge has ended is expired, and its channel is not called', async () => {
    const given = shippedGateway(unlimited)
    const payments = given.payments && { ...given.payments, challengeMs: -1 }
    const { call, pay } = clientBefore({ ...given, payments }, { CHANNELS: broken('fails') })
    const response = await pay(SEARCH, voucherFor(challengeIn(await call(SEARCH))))
    expect(await problemOf(response)).toEqual([402, 'payment-expired', 'payment_invalid'])
  })

  it('for a challenge from before a change of the price is an invalid challenge', async () => {
    const cheap = clientBefore()
    const dear = clientBefore(
      shippedGateway(({ price }) => ({
        ...unlimited(),
        price: price && { ...price, amount: price.amount * 2n },
      })),
    )
    // 20 results at the old price cost as much as 10 results at the new price.
    const challenge = challengeIn(await cheap.call(`${SEARCH}?limit=20`))
    const response = await dear.pay(`${SEARCH}?limit=10`, voucherFor(challenge))
    expect(await problemOf(response)).toEqual([402, 'invalid-challenge', 'payment_invalid'])
  })

  it.each<[what: string, payload: object, problem: [number, string]]>([
    ['with a malformed channel id', { channelId: 'mine' }, [400, 'invalid-payload']],
    ['without a descriptor', { descriptor: null }, [400, 'invalid-payload']],
    ['with an unknown action', { action: 'steal' }, [400, 'invalid-payload']],
    ['whose channel id does not belong to its descriptor', {}, [402, 'verification-failed']],
  ])('%s is refused by the channel itself', async (_what, payload, problem) => {
    const { call, pay } = clientBefore()
    const value = voucherFor(challengeIn(await call(SEARCH)), payload)
    expect(parsePayment(value)).not.toBeNull()
    const response = await pay(SEARCH, value)
    expect(response.headers.has('payment-receipt')).toBe(false)
    expect(response.headers.has('www-authenticate')).toBe(problem[0] === 402)
    expect(await problemOf(response)).toEqual([...problem, 'payment_invalid'])
    expect(origin.seen).toEqual([])
  })

  it('is 503 if the channel fails, and no origin is called', async () => {
    const failing = { getByName: () => ({ accept: () => Promise.reject(new Error('down')) }) }
    const { call, pay } = clientBefore(shippedGateway(unlimited), { CHANNELS: failing })
    const response = await pay(SEARCH, voucherFor(challengeIn(await call(SEARCH))))
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1'])
    expect(await response.json()).toMatchObject({ error: 'service_unavailable' })
    expect(origin.seen).toEqual([])
  })
})

describe('a key and a payment', () => {
  it('a caller with a key never pays, and a payment beside the key is ignored', async () => {
    const { key } = await seedKey(await seedAccount())
    const { call, pay } = clientBefore(shippedGateway(unlimited), { CHANNELS: broken('fails') })
    const headers = apiKey(key)
    const voucher = voucherFor(challengeIn(await call(SEARCH)))
    const answers = [
      await call(SEARCH, { headers: { ...headers, range: 'bytes=0-1' } }),
      await pay(SEARCH, voucher, { headers }),
      await call(DOWNLOAD, { method: 'POST', body: '{"urls":["a"]}', headers }),
      // POST belongs to another route, which takes keys only.
      await pay(SEARCH, voucher, { method: 'POST', headers }),
    ]
    for (const { status, headers } of answers)
      expect([status, headers.get('payment-receipt')]).toEqual([200, null])
    expect(origin.seen.map(({ method, body }) => [method, body])).toEqual([
      ['GET', ''],
      ['GET', ''],
      ['POST', '{"urls":["a"]}'],
      ['POST', ''],
    ])
    expect(origin.seen[0]?.headers.get('range')).toBe('bytes=0-1')
  })

  it('a payment is accepted on no other route at or below the same path', async () => {
    const { call, pay } = clientBefore()
    const voucher = voucherFor(challengeIn(await call(SEARCH)))
    expect((await call(SEARCH, { method: 'POST' })).status).toBe(401)
    expect((await pay(SEARCH, voucher, { method: 'DELETE' })).status).toBe(401)
    expect((await pay(`${SEARCH}/more`, voucher, { method: 'POST' })).status).toBe(401)
    expect(origin.seen).toEqual([])
  })

  it('a payment by the call reaches the route priced by the call, though channels are managed at the same URL', async () => {
    const route = { auth: ['payment'], origin: 'api', price: '0.00015', timeout: '5s' }
    const config = withMetered({ route: 'GET /a' })
    const given = parseConfig({
      ...config,
      routes: [...routesOf(config), { ...route, route: 'POST /a' }],
    })
    const { call, pay } = clientBefore(given, { OPERATOR: hex(20) })
    const url = 'https://gateway.test/api/v1/a'
    const byCall = challengeIn(await call(url, { method: 'POST' }))
    expect(byCall).toMatchObject({ intent: 'charge' })
    // The credential is read as a payment by the call, and found not to be paid.
    const charged = await pay(url, voucherFor(byCall), { method: 'POST' })
    expect(challengeIn(charged)).toMatchObject({ intent: 'charge' })
    const byResult = challengeIn(await call(url))
    const managed = await pay(url, voucherFor(byResult, { action: 'steal' }), { method: 'POST' })
    expect(await problemOf(managed)).toEqual([400, 'invalid-payload', 'payment_invalid'])
  })

  it('a POST to a route with POST that is priced by the result pays for that route, and manages no channel', async () => {
    const config = withMetered({ route: 'GET /a' })
    const [first] = routesOf(config)
    const given = parseConfig({ ...config, routes: [first, { ...first, route: 'POST /a' }] })
    const { call, pay } = clientBefore(given, { OPERATOR: hex(20) })
    const url = 'https://gateway.test/api/v1/a'
    const ofPost = challengeIn(await call(url, { method: 'POST' }))
    const own = await pay(url, voucherFor(ofPost, { action: 'steal' }), { method: 'POST' })
    expect(await problemOf(own)).toEqual([400, 'invalid-payload', 'payment_invalid'])
    const ofGet = challengeIn(await call(url))
    const other = await pay(url, voucherFor(ofGet), { method: 'POST' })
    expect(await problemOf(other)).toEqual([402, 'invalid-challenge', 'payment_invalid'])
  })
})
