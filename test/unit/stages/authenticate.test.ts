/**
 * From credentials to callers, or a refusal. test/worker/stages/authenticate.oauth.test.ts has what
 * a whole gateway says of tokens.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import { randomHex } from '../../../src/lib/bytes.ts'
import { authenticate } from '../../../src/stages/authenticate.ts'
import { createIsolate } from '../../../src/store/isolate.ts'
import {
  callOf,
  envWith,
  failingNext,
  problemBy,
  recordingNext,
  routeOf,
  thrownBy,
} from '../../support/worker/calls.ts'
import { env } from '../../support/worker/gateway.ts'
import { notAwaited } from '../../support/worker/quietFeed.ts'
import { OAUTH, PAYMENTS, PRICED, ROUTE, sample } from '../../support/worker/sampleConfig.ts'
import {
  apiKey,
  bearer,
  cookie,
  seedAccount,
  seedKey,
  seedSession,
  seedToken,
  unknownSession,
} from '../../support/worker/seed.ts'
import { broken, recordingStores } from '../../support/worker/storeBindings.ts'

const ALL = ['api_key', 'session', 'oauth']

function configOf(row: object = {}, changes: object = {}) {
  const routes = [{ ...ROUTE, route: '* /a', auth: ALL, ...row }]
  return parseConfig(sample({ oauth: OAUTH, payments: PAYMENTS, routes, ...changes }))
}

/** The stage of one route in a new isolate. */
function stageOf(row: object = {}, changes: object = {}) {
  const config = configOf(row, changes)
  const isolate = createIsolate(config)
  return { stage: authenticate(routeOf(config), config, isolate), isolate }
}

const AUDIENCES = { audiences: 'https://gateway.test/api/v1' }

/**
 * The outcome of a call: its caller, or the Problem and whether anything was asked after it.
 */
async function found(headers: Record<string, string>, row: object = {}, init: RequestInit = {}) {
  const call = callOf('/api/v1/a', { ...init, headers })
  const { next, seen } = recordingNext()
  await stageOf(row).stage(next)(call)
  expect(seen).toEqual([call])
  return call
}

async function refused(headers: Record<string, string>, row: object = {}, init: RequestInit = {}) {
  const { next, seen } = recordingNext()
  const call = callOf('/api/v1/a', { ...init, headers })
  const problem = await problemBy(() => stageOf(row).stage(next)(call))
  expect(seen).toEqual([])
  expect(call.caller).toBeUndefined()
  return problem
}

const account = await seedAccount()
const key = await seedKey(account)
const session = await seedSession(account)
const token = await seedToken(account, AUDIENCES)

describe('a credential that is good', () => {
  it('of the kind api_key is its account and key', async () => {
    const { caller } = await found(apiKey(key.key))
    expect(caller).toEqual({ kind: 'api_key', accountId: account, keyId: key.id })
  })

  it('of the kind session is its account and the name of the session', async () => {
    const { caller } = await found(cookie(session))
    const sessionId = expect.stringMatching(/^ses_/)
    expect(caller).toEqual({ kind: 'session', accountId: account, sessionId })
  })

  it('of the kind oauth is its account, client, grant and scope', async () => {
    const { clientId, grantId } = token
    const { caller } = await found(bearer(token.token))
    const scope = 'mcp:tools'
    expect(caller).toEqual({ kind: 'oauth', accountId: account, clientId, grantId, scope })
  })

  it('decides alone, though a payment is beside it', async () => {
    const row = { ...PRICED, auth: [...ALL, 'payment'], route: 'GET /a', paymentHeader: true }
    const call = await found({ ...apiKey(key.key), 'payment-authorization': 'Payment abc' }, row)
    expect(call.caller).toMatchObject({ kind: 'api_key' })
    expect(call.payment).toBeUndefined()
  })
})

describe('a call without an account', () => {
  it('is anonymous, at once, where the route takes anonymous calls or has a price', () => {
    for (const row of [{ auth: ['anonymous'] }, { ...PRICED, route: 'GET /a' }]) {
      const call = callOf('/api/v1/a')
      const { next, seen } = recordingNext()
      expect(stageOf(row).stage(next)(call)).not.toBeInstanceOf(Promise)
      expect(seen).toEqual([call])
      expect(call).toMatchObject({ caller: { kind: 'anonymous' } })
      expect([call.payment, call.watch]).toEqual([undefined, undefined])
    }
  })

  it('with a payment is anonymous, and its payment is kept for the paywall', async () => {
    for (const value of ['Payment abc', 'payment  abc ', 'Payment']) {
      const call = await found({ authorization: value }, { ...PRICED, route: 'GET /a' })
      expect(call.caller).toEqual({ kind: 'anonymous' })
      expect(call.payment).toBe(value === 'Payment' ? '' : 'abc')
    }
  })
})

describe('a credential that is not good', () => {
  const states: Record<string, Record<string, string>> = {}
  const bad = (secret: string) => secret.slice(0, -1) + (secret.endsWith('0') ? '1' : '0')

  beforeAll(async () => {
    const revoked = await seedKey(account, 'revoked')
    const ended = await seedToken(account, AUDIENCES)
    await stageOf().isolate.tokens.endFamily(env, ended.grantId, notAwaited)
    Object.assign(states, {
      'no credential': {},
      'another scheme': { authorization: 'Basic abc' },
      'a payment': { authorization: 'Payment abc' },
      'a key that was made up': apiKey(`xq_${randomHex(32)}`),
      'a key with one character changed': apiKey(bad(key.key)),
      'a revoked key': apiKey(revoked.key),
      'a session that was made up': cookie(randomHex(32)),
      'a session that is none': cookie(await unknownSession()),
      'a token that was made up': bearer(randomHex(32)),
      'a session as a token': bearer(session),
      'a token that has ended': bearer(ended.token),
      'a token for something else': bearer((await seedToken(account)).token),
    })
  })

  it.each([
    ['no credential', 'no_credential'],
    ['another scheme', 'unknown_scheme'],
    ['a payment', 'payment_not_taken'],
    ['a key that was made up', 'api_key_not_ours'],
    ['a key with one character changed', 'api_key_not_ours'],
    ['a revoked key', 'api_key_not_valid'],
    ['a session that was made up', 'session_not_ours'],
    ['a session that is none', 'session_not_valid'],
    ['a token that was made up', 'oauth_not_ours'],
    ['a session as a token', 'oauth_not_ours'],
    ['a token that has ended', 'oauth_not_valid'],
    ['a token for something else', 'oauth_not_valid'],
  ])('%s: the log knows why (%s), the answer does not say it', async (state, reason) => {
    const problem = await refused(states[state] ?? {})
    expect(problem).toMatchObject({ code: 'unauthenticated', status: 401, reason, fields: {} })
    expect(problem.message).toBe((await refused({})).message)
    const challenges = problem.headers['www-authenticate']
    expect(challenges).toMatch(/^ApiKey realm="gateway.test", header="x-api-key", Bearer /)
    const isToken = reason.startsWith('oauth')
    expect(challenges?.includes('error="invalid_token"')).toBe(isToken)
  })

  it('is told by its form, where that is no key: the log knows why as ever', async () => {
    const problem = await refused(apiKey('abc'))
    expect(problem).toMatchObject({ code: 'unauthenticated', reason: 'api_key_not_ours' })
    expect(problem.message).toBe(
      'The value in x-api-key is not an API key of this gateway: ' +
        'a key is "xq_" and 64 characters of 0-9 and a-f.',
    )
    const challenge = 'ApiKey realm="gateway.test", header="x-api-key", Bearer realm="gateway.test"'
    expect(problem.headers['www-authenticate']).toBe(challenge)
  })

  it.each([
    ['api_key', ['session'], apiKey(key.key)],
    ['session', ['api_key'], cookie(session)],
    ['oauth', ['api_key'], bearer(token.token)],
  ])(
    'of the kind %s is refused where the route takes %j, and no store is asked',
    async (kind, auth, headers) => {
      const { bindings, calls } = recordingStores(env)
      const { next, seen } = recordingNext()
      const call = callOf('/api/v1/a', { headers }, { env: envWith(bindings) })
      const problem = await problemBy(() => stageOf({ auth }).stage(next)(call))
      expect(problem).toMatchObject({ code: 'unauthenticated', reason: `${kind}_not_taken` })
      expect([seen, calls]).toEqual([[], []])
    },
  )

  it('never makes an anonymous call, not even where a call without a credential would be anonymous', async () => {
    const row = { auth: [...ALL, 'anonymous'] }
    for (const headers of [apiKey('abc'), { authorization: 'Basic abc' }, cookie('abc')])
      expect((await refused(headers, row)).code).toBe('unauthenticated')
  })

  it.each([
    ['keys', apiKey('a,b')],
    ['sessions', { cookie: `session_token=${session}; session_token=${session}` }],
    ['bearers', { authorization: 'Bearer a, Bearer b' }],
  ])('is ambiguous among two %s', async (_what, headers) => {
    expect(await refused(headers)).toMatchObject({ code: 'multiple_credentials', status: 400 })
  })
})

describe('a session from a page of another site', () => {
  const headers = { ...cookie(session), 'sec-fetch-site': 'cross-site' }

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('may not %s', async (method) => {
    const problem = await refused(headers, {}, { method })
    expect(problem).toMatchObject({ code: 'cross_site_request', status: 403 })
  })

  it('may not open a web socket, but may read', async () => {
    expect((await refused({ ...headers, upgrade: 'websocket' })).code).toBe('cross_site_request')
    expect((await found(headers)).caller).toMatchObject({ kind: 'session' })
  })

  it('may write with a key, because no browser sends a key by itself', async () => {
    const site = { 'sec-fetch-site': 'cross-site' }
    const call = await found({ ...apiKey(key.key), ...site }, {}, { method: 'POST' })
    expect(call.caller).toMatchObject({ kind: 'api_key' })
  })
})

it.each(['at once', 'later'] as const)('lets a failure pass, %s', async (when) => {
  const error = new Error('no')
  for (const headers of [apiKey(key.key), cookie(session), bearer(token.token)]) {
    const { next, seen } = failingNext(error, when)
    const call = callOf('/api/v1/a', { headers })
    expect(await thrownBy(() => stageOf().stage(next)(call))).toBe(error)
    expect(seen).toHaveLength(1)
  }
})

it.each([
  ['api_key', { DB: broken('fails') }, apiKey(key.key)],
  ['session', { SESSIONS: broken('fails') }, cookie(session)],
  ['oauth', { DB: broken('fails') }, bearer(token.token)],
])('a store that fails lets no %s in', async (_kind, bindings, headers) => {
  const { next, seen } = recordingNext()
  const call = callOf('/api/v1/a', { headers }, { env: envWith(bindings) })
  const problem = await problemBy(() => stageOf().stage(next)(call))
  expect(problem).toMatchObject({ code: 'service_unavailable', headers: { 'retry-after': '1' } })
  expect(seen).toEqual([])
})
