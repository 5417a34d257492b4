/**
 * The most that a stranger at one address can make the gateway do in a minute: docs/limits.md has
 * the same numbers. The clock stands still, so that a minute never ends.
 */
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { OWN_PATHS } from '../../src/config/ownPaths.ts'
import { faultyStores } from '../support/worker/faultyStores.ts'
import {
  clientOf,
  env,
  ownAddresses,
  recordingOrigin,
  shippedGateway,
} from '../support/worker/gateway.ts'
import { encoded } from '../support/worker/oauth.ts'
import { challengeIn, credentialFor } from '../support/worker/payments.ts'
import { apiKey, bearer, cookie } from '../support/worker/seed.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: Date.now() }))
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const HEX = '0'.repeat(64)
const DOCUMENT = 'https://client.example/metadata.json'
const own = { 'sec-fetch-site': 'same-origin' }

const get = (path: string, headers: Record<string, string> = {}) => [path, { headers }] as const
const form = (path: string, fields: Record<string, string>, more: Record<string, string> = own) =>
  [
    path,
    {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...more },
      body: encoded(fields),
    },
  ] as const
const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

/** The request that a stranger sends the `n`th time, by its name in docs/limits.md. */
const SENT: Record<string, (n: number) => readonly [path: string, init: RequestInit]> = {
  'a made-up key': (n) => get('/api/v1/radar', apiKey(`xq_${String(n).padStart(64, '0')}`)),
  'a made-up token': () => get('/api/v1/radar', bearer(HEX)),
  'a made-up session': () => get('/api/v1/radar', cookie(HEX)),
  'no credential': () => get('/api/v1/radar'),
  'a key in a query': () => get(`/api/v1/radar?api_key=xq_${HEX}`),
  'an unpaid call': () => get('/api/v1/trends'),
  'a made-up payment': () => get('/api/v1/trends', { authorization: 'Payment e30' }),
  'a payment that proves nothing': () => get('/api/v1/trends', { authorization: unproven }),
  'a question for its payment channel': () => [
    '/api/v1/x/tweets/search',
    { method: 'HEAD', headers: { 'accept-payment': 'tempo/charge' } },
  ],
  'a preflight': (n) => [
    `/api/v1/x/users/${n}`,
    {
      method: 'OPTIONS',
      headers: { origin: 'https://page.example', 'access-control-request-method': 'GET' },
    },
  ],
  'the health of the gateway': () => get(OWN_PATHS.health),
  'the front page': () => get('/'),
  'the dashboard': (n) => get(`${OWN_PATHS.dashboard}/${n}`),
  'a choice of language': () => form(OWN_PATHS.language, { locale: 'tr' }),
  'a path that nothing answers': (n) => get(`/nowhere/${n}`),
  'a path with two readings': (n) => get(`/api/v1/x/${n}%2f..`),
  'a document': () => get(OWN_PATHS.openApi),
  'the sign-in page, with a made-up session': () => get(OWN_PATHS.signIn, cookie(HEX)),
  'a made-up sign-in link': () => get(`${OWN_PATHS.signInLink}?token=${HEX}`),
  'a made-up sign-in code': () => form(OWN_PATHS.signInCode, { code: 'BCDF2345' }),
  'signing out of a made-up session': () => form(OWN_PATHS.signOut, {}, { ...own, ...cookie(HEX) }),
  'a form for a sign-in mail': (n) => form(OWN_PATHS.signIn, { email: `n${n}@example.com` }),
  'a registration of a client': (n) => [
    OWN_PATHS.register,
    { method: 'POST', body: JSON.stringify({ redirect_uris: [`https://a.example/${n}`] }) },
  ],
  'an authorization of an unknown client': (n) =>
    get(`${OWN_PATHS.authorize}?client_id=${uuid(n)}&redirect_uri=https://a.example/`),
  'an authorization of a client that describes itself': (n) =>
    get(
      `${OWN_PATHS.authorize}?client_id=https://app.example.com/good/${n}&redirect_uri=https://a.example/`,
    ),
  'a code of an unknown client': (n) =>
    form(OWN_PATHS.token, { client_id: uuid(n), grant_type: 'authorization_code', code: HEX }),
  'a made-up refresh token': () =>
    form(OWN_PATHS.token, {
      client_id: DOCUMENT,
      grant_type: 'refresh_token',
      refresh_token: HEX,
    }),
  'a made-up token to revoke': () => form(OWN_PATHS.revoke, { client_id: DOCUMENT, token: HEX }),
  'an answer to a consent page': () => form(OWN_PATHS.authorize, { request: HEX, decision: 'x' }),
}

/** A payment for a challenge of the gateway, without a proof that holds. */
let unproven = ''
beforeAll(async () => {
  const { call } = clientOf(shippedGateway())
  const { headers } = await call('/api/v1/trends')
  const challenge = challengeIn({ status: 402, headers: Object.fromEntries(headers), body: null })
  unproven = `Payment ${credentialFor(challenge, { type: 'transaction', signature: '0x00' })}`
})

/** Objects that count the questions which requests wait for. A report waits for no request. */
function countedObjects(answer: (name: string) => object) {
  let asked = 0
  const getByName = (name: string) =>
    new Proxy(answer(name), {
      get: (object, method) =>
        async function question(...args: unknown[]): Promise<unknown> {
          if (method !== 'report') asked += 1
          return Reflect.get(object, method)?.(...args)
        },
    })
  return { binding: { getByName }, asked: () => asked }
}
const REFUSED = { state: 'refused', refusal: 'verification-failed' }

/** How many requests are sent: more than any limit lets pass. */
const SENDS = 650

/** The cost of `SENDS` requests of one kind, all together. */
async function costOf(request: (typeof SENT)[string]) {
  const lines = (['info', 'warn', 'error'] as const).map((level) =>
    vi.spyOn(console, level).mockImplementation(() => undefined),
  )
  const d1 = faultyStores(env, 'refused', Number.POSITIVE_INFINITY)
  const kv = faultyStores(env, 'refused', Number.POSITIVE_INFINITY)
  const places = ownAddresses()
  const addresses = countedObjects(places.getByName)
  const claims = countedObjects(() => ({ open: async () => REFUSED }))
  const accounts = countedObjects((name) => env.ACCOUNTS.getByName(name))
  let mails = 0
  const MAIL = { send: async () => void mails++ }
  const origin = recordingOrigin()
  const client = clientOf(shippedGateway(), {
    DB: d1.bindings.DB,
    SESSIONS: kv.bindings.SESSIONS,
    ADDRESSES: addresses.binding,
    ACCOUNTS: accounts.binding,
    CHARGES: claims.binding,
    MAIL,
    ORIGIN: origin.binding,
  })
  for (let n = 0; n < SENDS; n++) {
    const [path, init] = request(n)
    await client.call(path, init)
  }
  await client.settled()
  const logged = lines.flatMap(({ mock }) => mock.calls.map(String))
  const objects = addresses.asked() + claims.asked() + accounts.asked()
  const costs = [d1.asked(), kv.asked(), objects, logged.length, mails]
  return { costs, calls: origin.seen.length, logged }
}

const [page = ''] = Object.values(
  import.meta.glob('../../docs/limits.md', { query: '?raw', import: 'default', eager: true }),
)

it.each(Object.entries(SENT))('%s costs what docs/limits.md says', async (name, request) => {
  const { costs, calls, logged } = await costOf(request)
  const [row] = page.split('\n').filter((line) => line.startsWith(`| ${name} |`))
  expect(row, logged.join('\n')).toBe(`| ${name} | ${costs.join(' | ')} |`)
  expect(calls, 'the origin hears nothing').toBe(0)
})
