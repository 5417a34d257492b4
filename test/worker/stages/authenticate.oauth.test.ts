/**
 * Access tokens on routes: which token is accepted where, what checking a token costs, and when a
 * token ends. A number at the start of a title is that of the table in test/conformance/README.md.
 */
import { describe, expect, it, vi } from 'vitest'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import { randomHex } from '../../../src/lib/bytes.ts'
import { clientOf, env, recordingOrigin, shippedGateway } from '../../support/worker/gateway.ts'
import { actorsOf, unlimitedGateway } from '../../support/worker/oauth.ts'
import { pausedRead } from '../../support/worker/pausedRead.ts'
import { OAUTH, sample } from '../../support/worker/sampleConfig.ts'
import { bearer, cookie, seedAccount, seedSession, seedToken } from '../../support/worker/seed.ts'
import { broken, recordingStores } from '../../support/worker/storeBindings.ts'
import { usageOf } from '../../support/worker/usage.ts'

const origin = recordingOrigin()
const isolate = (bindings = {}) =>
  clientOf(unlimitedGateway(), { ORIGIN: origin.binding, ...bindings })
const { call } = isolate()
const PATH = '/api/v1/radar'

/** A gateway with a route for the protected resource and all below it, and one other route. */
const guarded = parseConfig({
  ...sample({ basePath: '', origins: { api: { service: 'ORIGIN' } } }),
  publicUrl: 'https://xquik.com',
  oauth: {
    ...OAUTH,
    resources: [
      { path: '/mcp', scopes: { 'mcp:tools': 'Tools' } },
      { path: '/', scopes: { api: 'API' } },
    ],
  },
  routes: [
    { route: '* /mcp/*', auth: ['api_key', 'oauth'], scope: 'mcp:tools', origin: 'api' },
    { route: 'GET /other', auth: ['oauth'], origin: 'api' },
  ],
})

describe('a token on a route', () => {
  it('38 (RFC 6750 §2.1): the scheme is case-insensitive', async () => {
    const { token } = await seedToken(await seedAccount())
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
      const headers = { authorization: `${scheme} ${token}` }
      expect((await call(PATH, { headers })).status).toBe(200)
    }
  })

  it('38 (RFC 6750 §3.1): an invalid token is 401 invalid_token, and never falls through to a session', async () => {
    const accountId = await seedAccount()
    const { token } = await seedToken(accountId)
    const flipped = token.slice(0, -1) + (token.endsWith('0') ? '1' : '0')
    for (const bad of [flipped, token.toUpperCase(), token.slice(1), 'x', randomHex(32)]) {
      const headers = { ...bearer(bad), ...cookie(await seedSession(accountId)) }
      const answer = await call(PATH, { headers })
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toContain(
        'Bearer realm="xquik.com", error="invalid_token"',
      )
    }
  })

  it('38 (RFC 6750 §2.3): a token in the URL is ignored', async () => {
    const { token } = await seedToken(await seedAccount())
    expect((await call(`${PATH}?access_token=${token}`)).status).toBe(401)
  })

  it('39 (MCP authorization, token passthrough): the origin gets no token, but the account, the client, the grant and the scope', async () => {
    const accountId = await seedAccount()
    const { token, grantId, clientId } = await seedToken(accountId)
    origin.seen.length = 0
    await call(PATH, { headers: { ...bearer(token), cookie: 'a=b' } })
    const [seen] = origin.seen
    expect([...(seen?.headers ?? [])].join()).not.toContain(token)
    for (const name of ['authorization', 'cookie']) expect(seen?.headers.has(name)).toBe(false)
    const [, claims = ''] = seen?.headers.get('turnpike-assertion')?.split('.') ?? []
    expect(JSON.parse(atob(claims.replaceAll('-', '+').replaceAll('_', '/')))).toMatchObject({
      sub: accountId,
      kind: 'oauth',
      client_id: clientId,
      grant_id: grantId,
      scope: 'mcp:tools',
      iss: 'https://xquik.com',
      aud: 'api',
    })
  })

  it.each<[what: string, audiences: string, mcp: boolean, api: boolean]>([
    ['the resource and the API', 'https://xquik.com/mcp https://xquik.com/', true, true],
    ['the resource', 'https://xquik.com/mcp', true, false],
    ['the API', 'https://xquik.com/', false, true],
    ['another gateway', 'https://other.example/mcp https://other.example/', false, false],
    ['a longer URL', 'https://xquik.com/mcpx https://xquik.com/x', false, false],
    ['a shorter URL', 'https://xquik.com', false, false],
    ['nothing', '', false, false],
  ])(
    '40 (RFC 8707 §2, RFC 9728 §7.4): a token for %s is accepted nowhere else',
    async (_what, audiences, mcp, api) => {
      const { call } = clientOf(guarded, { ORIGIN: origin.binding })
      const { token } = await seedToken(await seedAccount(), { audiences })
      const headers = bearer(token)
      // The second round is answered from the lease.
      for (let i = 0; i < 2; i++) {
        expect((await call('/mcp', { headers })).status).toBe(mcp ? 200 : 401)
        expect((await call('/mcp/sub', { headers, method: 'DELETE' })).status).toBe(mcp ? 200 : 401)
        expect((await call('/other', { headers })).status).toBe(api ? 200 : 401)
      }
    },
  )

  it.each<[scope: string | undefined, resource: string, opened: string, closed: string]>([
    [undefined, 'https://xquik.com/mcp', '/mcp', PATH],
    ['mcp:tools', 'https://xquik.com/mcp', '/mcp', PATH],
    ['api', 'https://xquik.com/api/v1', PATH, '/mcp'],
  ])(
    '40 (RFC 8707 §2): a token that was issued for the scope %s opens %s, and nothing else, cold or warm',
    async (scope, resource, opened, closed) => {
      const client = isolate()
      const { newClient, person, codeFor, redeem, statusWith } = actorsOf(client)
      const { accountId, browser } = await person()
      const { id } = await newClient()
      const answer = await redeem(id, await codeFor(id, browser, { scope }))
      const { access_token } = await answer.json<{ access_token: string }>()
      const row = await env.DB.prepare('select * from oauth_grants where account_id = ?')
        .bind(accountId)
        .first()
      expect(row).toMatchObject({ resource, audiences: resource })
      origin.seen.length = 0
      for (let i = 0; i < 2; i++) {
        expect(await statusWith(access_token, opened)).toBe(200)
        expect(await statusWith(access_token, closed)).toBe(401)
      }
      expect(origin.seen).toHaveLength(2)
    },
  )

  it('40 (RFC 6750 §3): a token for another resource is told the resource and scope that it would need', async () => {
    const { token } = await seedToken(await seedAccount(), { audiences: 'https://xquik.com/mcp' })
    const { token: api } = await seedToken(await seedAccount(), {
      scope: 'api',
      audiences: 'https://xquik.com/api/v1',
    })
    const metadata = 'https://xquik.com/.well-known/oauth-protected-resource'
    const challengeOf = async (path: string, presented: string) =>
      (await call(path, { headers: bearer(presented) })).headers.get('www-authenticate')
    expect(await challengeOf(PATH, token)).toContain(
      `error="invalid_token", resource_metadata="${metadata}/api/v1", scope="api"`,
    )
    expect(await challengeOf('/mcp', api)).toContain(
      `resource_metadata="${metadata}/mcp", error="invalid_token", scope="mcp:tools"`,
    )
  })

  it('a grant of the time when a token opened the API too still opens both', async () => {
    const { token } = await seedToken(await seedAccount(), {
      scope: 'mcp:tools',
      resource: 'https://xquik.com/mcp',
      audiences: 'https://xquik.com/mcp https://xquik.com/api/v1',
    })
    for (const path of ['/mcp', PATH])
      expect((await call(path, { headers: bearer(token) })).status).toBe(200)
  })

  it('is 401 on every route that takes only a session', async () => {
    const { token } = await seedToken(await seedAccount())
    const routes = shippedGateway().routes.filter(({ auth }) => !auth.includes('oauth'))
    expect(routes.map(({ id }) => id).sort()).toEqual([
      'DELETE /api-keys/:id',
      'DELETE /oauth/grants/:id',
      'GET /api-keys',
      'GET /oauth/grants',
      'POST /api-keys',
    ])
    for (const { id } of routes) {
      const [method = '', path = ''] = id.split(' ')
      const url = `/api/v1${path.replace(':id', '1')}`
      expect((await call(url, { method, headers: bearer(token) })).status).toBe(401)
    }
  })

  it('identifies the account for GET /account, whose usage then names no key', async () => {
    const { token } = await seedToken(await seedAccount())
    const answer = await call('/api/v1/account', { headers: bearer(token) })
    expect(await answer.json()).toEqual({
      from: 'origin',
      plan: 'active',
      locale: 'en',
      usage: { account: { requests: 0, lastHour: 0, activeKeys: 0, apiKeyLimit: 100 } },
    })
  })

  it('shares its rate limits with every other credential of its account', async () => {
    const { call } = clientOf(shippedGateway(), { ORIGIN: origin.binding })
    const accountId = await seedAccount()
    const [one, other] = [await seedToken(accountId), await seedToken(accountId)]
    for (let i = 0; i < 10; i++) await call(PATH, { headers: bearer(one.token) })
    expect((await call(PATH, { headers: bearer(other.token) })).status).toBe(429)
  })

  it('does not pay on a priced route', async () => {
    const { token } = await seedToken(await seedAccount())
    const answer = await call('/api/v1/trends', { headers: bearer(token) })
    expect([answer.status, answer.headers.get('payment-receipt')]).toEqual([200, null])
  })
})

describe('a route with a scope', () => {
  const { call } = clientOf(guarded, { ORIGIN: origin.binding })

  it.each(['', 'other', 'mcp', 'mcp:tools2', 'xmcp:tools'])(
    'refuses a token of scope %j with 403 insufficient_scope (RFC 6750 §3.1), and calls no origin',
    async (scope) => {
      const { token } = await seedToken(await seedAccount(), {
        scope,
        audiences: 'https://xquik.com/mcp',
      })
      origin.seen.length = 0
      const answer = await call('/mcp', { method: 'POST', headers: bearer(token), body: '{}' })
      expect(answer.status).toBe(403)
      expect(await answer.json()).toMatchObject({ error: 'insufficient_scope' })
      expect(answer.headers.get('www-authenticate')).toBe(
        'Bearer realm="xquik.com", error="insufficient_scope", resource_metadata="https://xquik.com/.well-known/oauth-protected-resource/mcp", scope="mcp:tools"',
      )
      expect(origin.seen).toHaveLength(0)
    },
  )

  it('accepts a token that has its scope among others', async () => {
    const audiences = 'https://xquik.com/mcp'
    const { token } = await seedToken(await seedAccount(), { scope: 'a mcp:tools b', audiences })
    expect((await call('/mcp', { headers: bearer(token) })).status).toBe(200)
  })
})

describe('the cost and the end of a token', () => {
  it('costs one D1 read from the primary when cold, none before the origin when warm, none when made up', async () => {
    const { token } = await seedToken(await seedAccount())
    const { bindings, calls } = recordingStores(env)
    const noting = recordingOrigin(() => {
      calls.push('ORIGIN')
      return Response.json({})
    })
    const { call, settled } = isolate({ ...bindings, ORIGIN: noting.binding })
    for (let i = 0; i < 20; i++) await call(PATH, { headers: bearer(randomHex(32)) })
    expect(calls).toEqual([])
    await call(PATH, { headers: bearer(token) })
    const cold = calls.slice(0, calls.indexOf('ORIGIN'))
    expect(cold).toEqual(['D1 withSession(first-primary)', 'D1 session prepare'])
    await settled()
    calls.length = 0
    await call(PATH, { headers: bearer(token) })
    await settled()
    expect(calls).toEqual(['ORIGIN'])
  })

  it('ends in another isolate within one lease of its revocation, and at its expiry despite a lease', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    try {
      const { token, grantId } = await seedToken(await seedAccount())
      const here = isolate()
      const status = async () => (await here.call(PATH, { headers: bearer(token) })).status
      expect(await status()).toBe(200)
      await env.DB.prepare('update oauth_grants set revoked_at = 1 where id = ?')
        .bind(grantId)
        .run()
      vi.setSystemTime(Date.now() + 5_000)
      expect(await status()).toBe(401)
      const { token: late } = await seedToken(await seedAccount())
      vi.setSystemTime(Date.now() + 86_400_000 - 1)
      expect((await here.call(PATH, { headers: bearer(late) })).status).toBe(200)
      vi.setSystemTime(Date.now() + 1)
      expect((await here.call(PATH, { headers: bearer(late) })).status).toBe(401)
    } finally {
      vi.useRealTimers()
    }
  })

  it('a read that began before the revocation and answers after it does not bring the token back', async () => {
    const { clientWithTokens, revoke } = actorsOf(isolate())
    const { client, tokens } = await clientWithTokens()
    const { DB, reading, release } = pausedRead(env.DB, 'inner join')
    const slow = isolate({ DB })
    const racer = slow.call(PATH, { headers: bearer(tokens.access_token) })
    await reading
    expect((await actorsOf(slow).revoke(client.id, tokens.refresh_token)).status).toBe(200)
    release()
    expect((await racer).status).toBe(401)
    expect((await revoke(client.id, tokens.access_token)).status).toBe(200)
  })

  it.each(['fails', 'hangs'] as const)(
    'D1 %s: every answer is 503 without details, and no origin is called',
    { timeout: 30_000 },
    async (how) => {
      const { clientWithTokens } = actorsOf(isolate())
      const { client, browser, tokens, code } = await clientWithTokens()
      origin.seen.length = 0
      const down = actorsOf(isolate({ DB: broken<D1Database>(how) }))
      const answers = await Promise.all([
        down.call(PATH, { headers: bearer(tokens.access_token) }),
        down.redeem(client.id, code),
        down.refresh(client.id, tokens.refresh_token),
        down.revoke(client.id, tokens.access_token),
        down.register({ redirect_uris: ['https://a.example/cb'] }),
        down.authorize(down.queryFor(client.id), browser),
        down.decide(browser, { request: '0'.repeat(64), decision: 'approve' }),
      ])
      for (const answer of answers) {
        expect(answer.status).toBe(503)
        expect(answer.headers.get('retry-after')).toBe('1')
        expect(await answer.text()).not.toMatch(/\bD1\b|10\.0\.0\.7|on fire/)
      }
      expect(origin.seen).toHaveLength(0)
    },
  )
})

describe('the last use of a grant', () => {
  const lastUse = async (grantId: string) => {
    const row = await env.DB.prepare('select last_used_at as at from oauth_grants where id = ?')
      .bind(grantId)
      .first<{ at: number | null }>()
    return row?.at
  }

  it('is written with the usage of its account, whichever isolate was called last', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    try {
      const account = await seedAccount()
      const { token, grantId } = await seedToken(account)
      const first = Date.now()
      expect(await lastUse(grantId)).toBeNull()
      for (const one of [isolate(), isolate()]) {
        await one.call(PATH, { headers: bearer(token) })
        await one.settled()
        vi.setSystemTime(Date.now() + 1_000)
      }
      const used = await usageOf(account)
      expect(used.reduce((sum, { requests }) => sum + requests, 0)).toBe(2)
      expect(await lastUse(grantId)).toBe(first + 1_000)
    } finally {
      vi.useRealTimers()
    }
  })

  it('is not written for a token that is refused', async () => {
    const { token, grantId } = await seedToken(await seedAccount(), {
      audiences: 'https://other.example/',
    })
    const one = isolate()
    expect((await one.call(PATH, { headers: bearer(token) })).status).toBe(401)
    await one.settled()
    expect(await lastUse(grantId)).toBeNull()
  })
})
