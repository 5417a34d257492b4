/** The cron: which OAuth records it deletes, and which it must keep. The tests set the clock. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import worker from '../../../src/index.ts'
import { sha256Hex } from '../../../src/lib/bytes.ts'
import { trimRegistrations } from '../../../src/store/oauth/trim.ts'
import { clientOf, env, recordingOrigin } from '../../support/worker/gateway.ts'
import { actorsOf, expectError, type Tokens, unlimitedGateway } from '../../support/worker/oauth.ts'
import { broken } from '../../support/worker/storeBindings.ts'

const DAY_MS = 86_400_000
const { binding: ORIGIN } = recordingOrigin()
const isolate = () => actorsOf(clientOf(unlimitedGateway(), { ORIGIN }))
const {
  newClient,
  person,
  queryFor,
  authorize,
  requestOn,
  codeFor,
  redeem,
  refresh,
  revoke,
  clientWithTokens,
} = isolate()

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
})
afterEach(() => vi.useRealTimers())
const pass = (ms: number) => vi.setSystemTime(Date.now() + ms)
const deleteExpired = () => worker.scheduled({ cron: '17 * * * *' }, env)

const has = async (table: string, column: string, value: string) =>
  (await env.DB.prepare(`select 1 from ${table} where ${column} = ?`).bind(value).first()) !== null

const grantOf = async (accountId: string) => {
  const found = env.DB.prepare('select id from oauth_grants where account_id = ?').bind(accountId)
  return (await found.first<{ id: string }>()) ?? { id: '' }
}

const hasSecret = async (table: string, secret: string) =>
  has(table, 'hash', await sha256Hex(secret))

it('a client that no person was asked about is deleted after 7 days; others are kept', async () => {
  const { id } = await newClient()
  const { client } = await clientWithTokens()
  const { id: shown } = await newClient()
  const { browser } = await person()
  await requestOn(await authorize(queryFor(shown), browser))
  pass(7 * DAY_MS - 60_000)
  await deleteExpired()
  expect(await has('oauth_clients', 'id', id)).toBe(true)
  pass(120_000)
  await deleteExpired()
  expect(await has('oauth_clients', 'id', id)).toBe(false)
  expect(await has('oauth_clients', 'id', client.id)).toBe(true)
  expect(await has('oauth_clients', 'id', shown)).toBe(true)
  await expectError(await redeem(id, 'x'), 401, 'invalid_client')
  pass(80 * DAY_MS)
  await requestOn(await authorize(queryFor(shown), (await person()).browser))
  pass(89 * DAY_MS)
  await deleteExpired()
  expect(await has('oauth_clients', 'id', shown)).toBe(true)
  pass(2 * DAY_MS)
  await deleteExpired()
  expect(await has('oauth_clients', 'id', shown)).toBe(false)
})

it('of unused clients that are too many, the oldest of the busiest networks go first', async () => {
  await env.DB.prepare('delete from oauth_clients').run()
  const { id: used } = await newClient()
  await env.DB.prepare('update oauth_clients set last_used_at = 1').run()
  const insert = (id: string, network: string, at: number) =>
    env.DB.prepare(
      `insert into oauth_clients (id, redirect_uris, refreshes, network, created_at)
       values (?, '[]', 1, ?, ?)`,
    ).bind(id, network, at)
  const flood = Array.from({ length: 10 }, (_, n) => insert(`flood${n}`, 'a', 100 + n))
  const some = Array.from({ length: 4 }, (_, n) => insert(`some${n}`, 'b', 50 + n))
  await env.DB.batch([...flood, ...some, insert('alone', 'c', 1)])
  await trimRegistrations(env, 8)
  const { results } = await env.DB.prepare('select id from oauth_clients').all<{ id: string }>()
  expect(results.map(({ id }) => id).sort()).toEqual(
    [used, 'alone', 'flood6', 'flood7', 'flood8', 'flood9', 'some1', 'some2', 'some3'].sort(),
  )
  await trimRegistrations(env, 8)
  expect(await has('oauth_clients', 'id', 'alone')).toBe(true)
})

it('consent pages are deleted when they expire, unused codes a day later', async () => {
  const { id } = await newClient()
  const { browser } = await person()
  const request = await requestOn(await authorize(queryFor(id), browser))
  const code = await codeFor(id, browser)
  await deleteExpired()
  expect(await hasSecret('oauth_requests', request)).toBe(true)
  expect(await hasSecret('oauth_codes', code)).toBe(true)
  pass(600_001)
  await deleteExpired()
  expect(await hasSecret('oauth_requests', request)).toBe(false)
  expect(await hasSecret('oauth_codes', code)).toBe(true)
  pass(DAY_MS)
  await deleteExpired()
  expect(await hasSecret('oauth_codes', code)).toBe(false)
})

it('a used refresh token and a used code are kept while their grant lives, so that a replay still ends the grant', async () => {
  const { client, tokens, code } = await clientWithTokens()
  let { refresh_token: living } = tokens
  for (let week = 0; week < 6; week++) {
    living = (await (await refresh(client.id, living)).json<Tokens>()).refresh_token
    pass(7 * DAY_MS)
    await deleteExpired()
  }
  expect(await hasSecret('oauth_tokens', tokens.access_token)).toBe(false)
  expect(await hasSecret('oauth_codes', code)).toBe(true)
  expect(await hasSecret('oauth_tokens', tokens.refresh_token)).toBe(true)
  await expectError(await refresh(client.id, tokens.refresh_token), 400, 'invalid_grant')
  await expectError(await refresh(client.id, living), 400, 'invalid_grant')
})

it('a grant is deleted with its codes and tokens a day after it was revoked or its last token expired', async () => {
  const ended = await clientWithTokens()
  const idle = await clientWithTokens()
  const alive = await clientWithTokens()
  await revoke(ended.client.id, ended.tokens.refresh_token)
  pass(DAY_MS / 2)
  await deleteExpired()
  expect(await has('oauth_grants', 'account_id', ended.accountId)).toBe(true)
  pass(DAY_MS)
  await deleteExpired()
  expect(await has('oauth_grants', 'account_id', ended.accountId)).toBe(false)
  expect(await hasSecret('oauth_tokens', ended.tokens.refresh_token)).toBe(false)
  expect(await hasSecret('oauth_codes', ended.code)).toBe(false)
  expect(await has('oauth_grants', 'account_id', idle.accountId)).toBe(true)
  const next = await (await refresh(alive.client.id, alive.tokens.refresh_token)).json<Tokens>()
  pass(30 * DAY_MS - 60_000)
  await deleteExpired()
  expect(await has('oauth_grants', 'account_id', idle.accountId)).toBe(false)
  expect(await has('oauth_grants', 'account_id', alive.accountId)).toBe(true)
  expect((await refresh(alive.client.id, next.refresh_token)).status).toBe(200)
})

it('a used client is deleted 90 days after its last token, but not while one of its grants lives', async () => {
  const { client, tokens } = await clientWithTokens()
  pass(89 * DAY_MS)
  await deleteExpired()
  expect(await has('oauth_clients', 'id', client.id)).toBe(true)
  pass(2 * DAY_MS)
  await deleteExpired()
  expect(await has('oauth_clients', 'id', client.id)).toBe(false)
  await expectError(await refresh(client.id, tokens.refresh_token), 401, 'invalid_client')

  const living = await clientWithTokens()
  await env.DB.prepare('update oauth_clients set last_used_at = 0, created_at = 0 where id = ?')
    .bind(living.client.id)
    .run()
  await deleteExpired()
  expect((await refresh(living.client.id, living.tokens.refresh_token)).status).toBe(200)
})

it('one run deletes any number of expired consent pages, and a family of any size', async () => {
  const { accountId } = await clientWithTokens()
  const crowd = 'with recursive n(i) as (select 1 union all select i + 1 from n where i < 20500)'
  const { id: grantId } = await grantOf(accountId)
  await env.DB.batch([
    env.DB.prepare(
      `${crowd} insert into oauth_requests (hash, session_id, account_id, client_id, client_name,
         refreshes, redirect_uri, scope, resource, challenge, expires_at)
       select 'crowd' || i, 's', ?, 'c', 'n', 1, 'u', 's', 'r', 'c', 0 from n`,
    ).bind(accountId),
    env.DB.prepare(
      `${crowd} insert into oauth_tokens (hash, kind, grant_id, expires_at, used_at)
       select 'crowd' || i, 'refresh', ?, ${Date.now() + 40 * DAY_MS}, 1 from n`,
    ).bind(grantId),
    env.DB.prepare('update oauth_grants set revoked_at = 1 where id = ?').bind(grantId),
  ])
  await deleteExpired()
  const left = `select (select count(*) from oauth_requests where hash like 'crowd%') as requests,
    (select count(*) from oauth_tokens where grant_id = ?) as tokens,
    (select count(*) from oauth_grants where id = ?) as grants`
  const counts = await env.DB.prepare(left).bind(grantId, grantId).first()
  expect(counts).toEqual({ requests: 0, tokens: 0, grants: 0 })
})

it('a deletion that fails does not prevent the others, and the run fails', async () => {
  const { id } = await newClient()
  pass(7 * DAY_MS + 60_000)
  const prepare = (text: string) =>
    text.startsWith('delete from "oauth_tokens"')
      ? broken<D1Database>('fails').prepare(text)
      : env.DB.prepare(text)
  await expect(worker.scheduled({}, { ...env, DB: { prepare } as D1Database })).rejects.toThrow()
  expect(await has('oauth_clients', 'id', id)).toBe(false)
})

it('the run fails if every deletion fails', async () => {
  const down = { ...env, DB: broken<D1Database>('fails') }
  await expect(worker.scheduled({}, down)).rejects.toThrow()
})
