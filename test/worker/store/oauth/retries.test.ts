/**
 * Retries of single-use steps: a client or a person that sends again after a failure of the gateway
 * gets what the first try would have got. D1 answers too late, or its answer is lost.
 */
import { describe, expect, it, vi } from 'vitest'
import { clientOf, env, recordingOrigin } from '../../../support/worker/gateway.ts'
import { faultyDatabase, STORE_FAULTS } from '../../../support/worker/lateBindings.ts'
import {
  actorsOf,
  expectError,
  paramsOf,
  type Tokens,
  unlimitedGateway,
} from '../../../support/worker/oauth.ts'

const ORIGIN = recordingOrigin().binding
const isolateWith = (DB: D1Database = env.DB) =>
  actorsOf(clientOf(unlimitedGateway(), { ORIGIN, DB }))
const good = isolateWith()
const { newClient, person, codeFor, authorize, queryFor, requestOn, clientWithTokens } = good

const pairsOf = async (accountId: string) => {
  const row = await env.DB.prepare(
    `select count(*) as n from oauth_tokens t join oauth_grants g on g.id = t.grant_id
     where g.account_id = ? and t.kind = 'access'`,
  )
    .bind(accountId)
    .first<{ n: number }>()
  return row?.n
}

describe.each(STORE_FAULTS)('the write of D1 is %s', (fault) => {
  it('a refresh: the retry gets one pair that works, at once and 11 s later', {
    timeout: 30_000,
  }, async () => {
    const { client, tokens, accountId } = await clientWithTokens()
    const faulty = faultyDatabase(env.DB, fault, 'update "oauth_tokens" set used_at')
    await expectError(
      await isolateWith(faulty.DB).refresh(client.id, tokens.refresh_token),
      503,
      'service_unavailable',
    )
    expect(faulty.hits).toBe(1)
    const first = await good.refresh(client.id, tokens.refresh_token)
    expect(first.status).toBe(200)
    await faulty.settled()
    const pair = await first.json<Tokens>()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 11_000 })
    try {
      const again = await isolateWith().refresh(client.id, tokens.refresh_token)
      expect(await again.json()).toMatchObject({
        access_token: pair.access_token,
        refresh_token: pair.refresh_token,
      })
      expect(await good.statusWith(pair.access_token)).toBe(200)
      expect((await good.refresh(client.id, pair.refresh_token)).status).toBe(200)
    } finally {
      vi.useRealTimers()
    }
    expect(await pairsOf(accountId)).toBe(3)
  })

  it('a code: the retry gets one pair that works, and a third try ends nothing', {
    timeout: 30_000,
  }, async () => {
    const { browser, accountId } = await person()
    const { id } = await newClient()
    const code = await codeFor(id, browser)
    const faulty = faultyDatabase(env.DB, fault, 'update "oauth_codes" set used_at')
    const failed = await isolateWith(faulty.DB).redeem(id, code)
    await expectError(failed, 503, 'service_unavailable')
    const retried = await good.redeem(id, code)
    expect(retried.status).toBe(200)
    const pair = await retried.json<Tokens>()
    await faulty.settled()
    await expectError(await good.redeem(id, code), 400, 'invalid_grant')
    expect(await isolateWith().statusWith(pair.access_token)).toBe(200)
    expect((await good.refresh(id, pair.refresh_token)).status).toBe(200)
    expect(await pairsOf(accountId)).toBe(2)
  })

  it.each(['approve', 'deny'])(
    'the answer "%s" to a consent page: the same one goes through',
    {
      timeout: 30_000,
    },
    async (decision) => {
      const { browser, accountId } = await person()
      const { id } = await newClient()
      const request = await requestOn(await authorize(queryFor(id), browser))
      const faulty = faultyDatabase(env.DB, fault, 'update "oauth_requests"')
      const failed = await isolateWith(faulty.DB).decide(browser, { request, decision })
      expect([failed.status, faulty.hits]).toEqual([503, 1])
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 11_000 })
      try {
        const retried = await good.decide(browser, { request, decision })
        expect(retried.status).toBe(303)
        await faulty.settled()
        const code = paramsOf(retried).get('code')
        if (decision === 'deny') expect(paramsOf(retried).get('error')).toBe('access_denied')
        else expect((await good.redeem(id, code ?? '')).status).toBe(200)
        expect(await pairsOf(accountId)).toBe(decision === 'deny' ? 0 : 1)
      } finally {
        vi.useRealTimers()
      }
    },
  )
})

it('a code whose answer was made is spent even if that could not be noted, once its token is used', async () => {
  const { browser } = await person()
  const { id } = await newClient()
  const code = await codeFor(id, browser)
  const faulty = faultyDatabase(env.DB, 'lost', 'set "answered_at"', 9)
  const pair = await (await isolateWith(faulty.DB).redeem(id, code)).json<Tokens>()
  expect(await good.statusWith(pair.access_token)).toBe(200)
  await expectError(await good.redeem(id, code), 400, 'invalid_grant')
  expect(await isolateWith().statusWith(pair.access_token)).toBe(200)
})

it('thirty refreshes at a time over two isolates are one pair', async () => {
  const { client, tokens, accountId } = await clientWithTokens()
  const isolates = [isolateWith(), isolateWith()]
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, i) => isolates[i % 2]?.refresh(client.id, tokens.refresh_token)),
  )
  const pairs = await Promise.all(answers.map((answer) => answer?.json<Tokens>()))
  expect(new Set(pairs.map((pair) => pair?.refresh_token)).size).toBe(1)
  expect(new Set(pairs.map((pair) => pair?.access_token)).size).toBe(1)
  expect(await pairsOf(accountId)).toBe(2)
})

it('a pair that was not used comes again for 60 s, and then the family ends', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  try {
    const { client, tokens } = await clientWithTokens()
    const next = await (await good.refresh(client.id, tokens.refresh_token)).json<Tokens>()
    vi.setSystemTime(Date.now() + 60_000)
    const again = await (await good.refresh(client.id, tokens.refresh_token)).json()
    expect(again).toMatchObject({ ...next, expires_in: 86_340 })
    vi.setSystemTime(Date.now() + 1)
    await expectError(await good.refresh(client.id, tokens.refresh_token), 400, 'invalid_grant')
    await expectError(await good.refresh(client.id, next.refresh_token), 400, 'invalid_grant')
  } finally {
    vi.useRealTimers()
  }
})

it('a retry gets the very same pair after the secret was rotated, and none once the old secret is gone', async () => {
  const { client, tokens } = await clientWithTokens()
  const next = await (await good.refresh(client.id, tokens.refresh_token)).json<Tokens>()
  const fresh = 'n'.repeat(40)
  const rotated = actorsOf(
    clientOf(unlimitedGateway(), { ORIGIN, KEY_TAG_SECRET: `${fresh},${env.KEY_TAG_SECRET}` }),
  )
  const again = await (await rotated.refresh(client.id, tokens.refresh_token)).json<Tokens>()
  expect([again.access_token, again.refresh_token]).toEqual([next.access_token, next.refresh_token])
  const other = actorsOf(clientOf(unlimitedGateway(), { ORIGIN, KEY_TAG_SECRET: fresh }))
  await expectError(await other.refresh(client.id, tokens.refresh_token), 400, 'invalid_grant')
  expect(await good.statusWith(next.access_token)).toBe(200)
})
