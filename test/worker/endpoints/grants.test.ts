/** The grants of an account: listing and ending them. */
import { afterEach, expect, it, vi } from 'vitest'
import { clientOf, env, recordingOrigin } from '../../support/worker/gateway.ts'
import { actorsOf, expectError, RESOURCE, unlimitedGateway } from '../../support/worker/oauth.ts'
import { apiKey, bearer, seedAccount, seedKey, seedToken } from '../../support/worker/seed.ts'
import { recordingStores } from '../../support/worker/storeBindings.ts'

const { binding: ORIGIN } = recordingOrigin()
const isolate = () => clientOf(unlimitedGateway(), { ORIGIN })
const client = isolate()
const {
  call,
  clientWithTokens,
  person,
  authorize,
  queryFor,
  decide,
  requestOn,
  codeFor,
  redeem,
  refresh,
  revoke,
  statusWith,
} = actorsOf(client)

afterEach(() => vi.useRealTimers())

const list = (headers: Record<string, string>) => call('/api/v1/oauth/grants', { headers })
const end = (headers: Record<string, string>, id: string) =>
  call(`/api/v1/oauth/grants/${id}`, { method: 'DELETE', headers })

const grantsOf = async (browser: Record<string, string>) => {
  type Listed = { id: string; client: { id: string } }
  const { grants } = await (await list(browser)).json<{ grants: Listed[] }>()
  return grants
}

it('lists the grants of the account, with their last use', async () => {
  const { client: first, browser, tokens } = await clientWithTokens({ client_name: 'First' })
  const { id: second } = await actorsOf(client).newClient({ client_name: undefined })
  await redeem(second, await codeFor(second, browser))
  await statusWith(tokens.access_token)
  await client.settled()
  const answer = await list(browser)
  expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store'])
  const common = {
    id: expect.stringMatching(/^grt_[0-9a-f]{24}$/),
    scope: 'mcp:tools',
    resource: RESOURCE,
    opens: [RESOURCE],
    createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
  }
  const { grants } = await answer.json<{ grants: object[] }>()
  expect(grants).toHaveLength(2)
  expect(grants).toContainEqual({ ...common, client: { id: second, name: 'client.example' } })
  expect(grants).toContainEqual({
    ...common,
    client: { id: first.id, name: 'First' },
    lastUsedAt: expect.stringMatching(/^\d{4}-.*Z$/),
  })
})

it('lists no grant that was denied, not redeemed or revoked', async () => {
  const { browser } = await person()
  const { id } = await actorsOf(client).newClient()
  const request = await requestOn(await authorize(queryFor(id), browser))
  await decide(browser, { request, decision: 'deny' })
  await codeFor(id, browser)
  expect(await grantsOf(browser)).toEqual([])
  const tokens = await (await redeem(id, await codeFor(id, browser))).json<{
    refresh_token: string
  }>()
  expect(await grantsOf(browser)).toHaveLength(1)
  await revoke(id, tokens.refresh_token)
  expect(await grantsOf(browser)).toEqual([])
})

it('ending a grant ends its family before DELETE has answered, and no other family', async () => {
  const { client: app, browser, tokens } = await clientWithTokens()
  const { id: otherApp } = await actorsOf(client).newClient()
  const other = await redeem(otherApp, await codeFor(otherApp, browser))
  const { access_token: living } = await other.json<{ access_token: string }>()
  const next = await (await refresh(app.id, tokens.refresh_token)).json<typeof tokens>()
  const family = [tokens.access_token, next.access_token]
  for (const token of [...family, living]) expect(await statusWith(token)).toBe(200)
  const grants = await grantsOf(browser)
  const { id = '' } = grants.find((one) => one.client.id === app.id) ?? {}
  const answer = await end(browser, id)
  expect([answer.status, await answer.json()]).toEqual([200, { success: true }])
  for (const token of family) expect(await statusWith(token)).toBe(401)
  expect(await statusWith(living)).toBe(200)
  expect((await grantsOf(browser)).map((one) => one.client.id)).toEqual([otherApp])
  expect(await (await end(browser, id)).json()).toMatchObject({ error: 'not_found' })
})

it('ending a family of any size costs no other token a look-up', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  const { bindings, calls } = recordingStores(env)
  const counted = clientOf(unlimitedGateway(), { ORIGIN, ...bindings })
  const { browser, tokens } = await clientWithTokens()
  const { token: other } = await seedToken(await seedAccount())
  const [grant] = await grantsOf(browser)
  await env.DB.prepare(
    `with recursive n(i) as (select 1 union all select i + 1 from n where i < 25000)
     insert into oauth_tokens (hash, kind, grant_id, expires_at)
     select lower(hex(randomblob(32))), 'access', ?, ? from n`,
  )
    .bind(grant?.id, Date.now() + 86_400_000)
    .run()
  const { statusWith: status } = actorsOf(counted)
  for (const token of [tokens.access_token, other]) expect(await status(token)).toBe(200)
  const path = `/api/v1/oauth/grants/${grant?.id}`
  const answer = await counted.call(path, { method: 'DELETE', headers: browser })
  expect(answer.status).toBe(200)
  await counted.settled()
  calls.length = 0
  expect([await status(tokens.access_token), await status(other)]).toEqual([401, 200])
  expect(calls).toEqual([])
})

it('ending a grant ends its refresh token too, and its tokens in every isolate', async () => {
  const { client: app, browser, tokens } = await clientWithTokens()
  const [grant] = await grantsOf(browser)
  await end(browser, grant?.id ?? '')
  await expectError(await refresh(app.id, tokens.refresh_token), 400, 'invalid_grant')
  expect(await actorsOf(isolate()).statusWith(tokens.access_token)).toBe(401)
})

it("another account's grant is 404 like an unknown id, and lives on", async () => {
  const { browser: owner, tokens } = await clientWithTokens()
  const { browser } = await person()
  const [grant] = await grantsOf(owner)
  expect((await end(browser, grant?.id ?? '')).status).toBe(404)
  expect((await end(browser, `grt_${'0'.repeat(24)}`)).status).toBe(404)
  expect(await statusWith(tokens.access_token)).toBe(200)
})

it.each(['1', 'grt_', 'grt_XYZ', `grt_${'0'.repeat(25)}`, `GRT_${'0'.repeat(24)}`])(
  'the id %s is invalid_id',
  async (id) => {
    const answer = await end((await person()).browser, id)
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: 'invalid_id' }])
  },
)

it('only a session of our own page lists or ends grants: a key or a token is 401', async () => {
  const { browser, accountId, tokens } = await clientWithTokens()
  const [grant] = await grantsOf(browser)
  const key = apiKey((await seedKey(accountId)).key)
  for (const headers of [key, bearer(tokens.access_token), {}]) {
    expect((await list(headers)).status).toBe(401)
    expect((await end(headers, grant?.id ?? '')).status).toBe(401)
  }
  expect(await statusWith(tokens.access_token)).toBe(200)
  const foreign = { ...browser, 'sec-fetch-site': 'cross-site' }
  expect((await end(foreign, grant?.id ?? '')).status).toBe(403)
})
