/**
 * A rotation of secrets, seen by isolates that have different values of them at one time: nothing
 * that one isolate makes is refused by another.
 */
import { decodeProtectedHeader } from 'jose'
import { describe, expect, it } from 'vitest'
import { isOurs, issueChallenge } from '../../src/credentials/payments/challenge.ts'
import { challengeKeysOf, derivingKeysOf, type Env } from '../../src/store/env.ts'
import {
  clientOf,
  env,
  recordingOrigin,
  shippedGateway,
  unlimited,
} from '../support/worker/gateway.ts'
import { apiKey, cookie, seedAccount, seedSession } from '../support/worker/seed.ts'

const HOUR_S = 3600
const nowS = Math.floor(Date.now() / 1000)
const newKeys = JSON.stringify([
  {
    kty: 'OKP',
    crv: 'Ed25519',
    // The key pair of RFC 8037, appendix A.
    d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
    x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
    kid: 'new',
  },
])

/** The secrets with a new value of each, which is used from a time on (epoch seconds). */
const rotatedAt = (from: number) => ({
  KEY_TAG_SECRET_2: `${'a'.repeat(64)}@${from}`,
  PAYMENT_SECRET_2: `${'b'.repeat(64)}@${from}`,
  ASSERTION_KEYS_2: `${newKeys}@${from}`,
})

/** The three states of isolates in a rotation, each of which meets the one after it. */
const BEFORE = {}
const SPREADING = rotatedAt(nowS + HOUR_S)
const ROTATED = rotatedAt(nowS - 1)
/** The bindings of an isolate after the old value was retired. */
const RETIRED = { ...ROTATED, KEY_TAG_SECRET: '', PAYMENT_SECRET: '', ASSERTION_KEYS: '' }

const origin = recordingOrigin()
const isolate = (bindings: object) => {
  return clientOf(shippedGateway(unlimited), { ORIGIN: origin.binding, ...bindings })
}
const bindingsOf = (bindings: object) => ({ ...env, ...bindings }) as Env

describe.each([
  ['before', BEFORE, 'while it spreads', SPREADING],
  ['while it spreads', SPREADING, 'before', BEFORE],
  ['while it spreads', SPREADING, 'after', ROTATED],
  ['after', ROTATED, 'while it spreads', SPREADING],
])('what an isolate makes %s the rotation', (_, maker, __, taker) => {
  it('an API key of it is good in an isolate that has the other values', async () => {
    const session = cookie(await seedSession(await seedAccount()))
    const made = await isolate(maker).call('/api/v1/api-keys', { method: 'POST', headers: session })
    expect(made.status).toBe(201)
    const { fullKey } = await made.json<{ fullKey: string }>()
    const answer = await isolate(taker).call('/api/v1/radar', { headers: apiKey(fullKey) })
    expect(answer.status).toBe(200)
  })

  it('a challenge of it is known', async () => {
    const [key] = await challengeKeysOf(bindingsOf(maker))
    if (key === undefined) throw new Error('no key')
    const template = {
      realm: 'xquik.com',
      method: 'tempo',
      intent: 'charge',
      request: 'e30',
      header: undefined,
    }
    const parameters = { binding: 'GET a b', digest: undefined, expiresAt: Date.now() + 1000 }
    const challenge = await issueChallenge(template, parameters, key)
    expect(await isOurs(challenge, await challengeKeysOf(bindingsOf(taker)))).toBe(true)
  })

  it('an assertion of it is signed with a key that the other one publishes', async () => {
    await isolate(maker).call('/api/v1/radar', {
      headers: cookie(await seedSession(await seedAccount())),
    })
    const { kid } = decodeProtectedHeader(
      origin.seen.at(-1)?.headers.get('turnpike-assertion') ?? '',
    )
    const jwks = await isolate(taker).call('/.well-known/jwks.json')
    const { keys } = await jwks.json<{ keys: { kid: string; d?: string }[] }>()
    if (!Object.is(taker, BEFORE)) expect(keys).toHaveLength(2)
    expect(keys.map((one) => one.kid)).toContain(kid)
    expect(keys.every(({ d }) => d === undefined)).toBe(true)
  })

  it('what is derived with a secret can be derived again', async () => {
    const [made] = await derivingKeysOf(bindingsOf(maker))
    const known = await derivingKeysOf(bindingsOf(taker))
    expect(known.map(({ kid }) => kid)).toContain(made?.kid)
  })
})

it('a rotated isolate makes new things with the new values', async () => {
  const before = (await derivingKeysOf(bindingsOf(BEFORE)))[0]?.kid
  expect((await derivingKeysOf(bindingsOf(SPREADING)))[0]?.kid).toBe(before)
  expect((await derivingKeysOf(bindingsOf(ROTATED)))[0]?.kid).not.toBe(before)
})

it('only a retired value ends what was made with it', async () => {
  const session = cookie(await seedSession(await seedAccount()))
  const [old, fresh] = await Promise.all(
    [BEFORE, ROTATED].map(async (bindings) => {
      const made = await isolate(bindings).call('/api/v1/api-keys', {
        method: 'POST',
        headers: session,
      })
      return (await made.json<{ fullKey: string }>()).fullKey
    }),
  )
  const status = async (key = '') =>
    (await isolate(RETIRED).call('/api/v1/radar', { headers: apiKey(key) })).status
  expect([await status(old), await status(fresh)]).toEqual([401, 200])
})
