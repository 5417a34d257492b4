/** Every client gets in: its authentication, its scheme, the paths it knows, its look-ups. */
import { describe, expect, it } from 'vitest'
import { clientOf, env, recordingOrigin, shippedGateway } from '../../../support/worker/gateway.ts'
import {
  actorsOf,
  encoded,
  expectError,
  RESOURCE,
  SELF,
  type Tokens,
  unlimitedGateway,
  VERIFIER,
} from '../../../support/worker/oauth.ts'
import { apiKey, seedAccount, seedKey } from '../../../support/worker/seed.ts'
import { recordingStores } from '../../../support/worker/storeBindings.ts'

const origin = recordingOrigin()
const actors = actorsOf(clientOf(unlimitedGateway(), { ORIGIN: origin.binding }))
const { call, post, register, newClient, person, codeFor, requestOn, authorize, queryFor } = actors
const { decide, statusWith } = actors

const TOKEN = '/api/oauth/token'
const basic = (id: string, secret: string) => ({
  authorization: `Basic ${btoa(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`)}`,
})

describe.each(['client_secret_basic', 'client_secret_post'])('a client with %s', (method) => {
  const newCode = async () => {
    const { id, secret = '' } = await newClient({ token_endpoint_auth_method: method })
    const code = await codeFor(id, (await person()).browser)
    return { id, secret, form: { grant_type: 'authorization_code', code, code_verifier: VERIFIER } }
  }

  it('may authenticate in either way, at the token and the revocation endpoint (RFC 6749 §2.3.1)', async () => {
    const { id, secret, form } = await newCode()
    const tokens = await (await post(TOKEN, form, basic(id, secret))).json<Tokens>()
    expect(await statusWith(tokens.access_token)).toBe(200)
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }
    const inForm = { ...refresh, client_id: id, client_secret: secret }
    const next = await (await post(TOKEN, inForm)).json<Tokens>()
    const revoked = await post('/revoke', { token: next.refresh_token }, basic(id, secret))
    expect([revoked.status, await revoked.text()]).toEqual([200, ''])
    expect(await statusWith(next.access_token)).toBe(401)
  })

  it('is refused without its secret, with a challenge where it came by Basic, and uses nothing up', async () => {
    const { id, secret, form } = await newCode()
    const wrong = ['', 'wrong', `${secret} `, secret.toUpperCase().replace(/^[0-9]/, 'A')]
    const malformed = ['Basic', 'Basic %%%', `Basic ${btoa(id)}`, `Basic ${btoa(`${id}:%zz`)}`]
    const refused = [
      ...wrong.map((one) => basic(id, one)),
      ...malformed.map((authorization) => ({ authorization })),
      { authorization: `basic ${btoa(`:${secret}`)}` },
      { authorization: `Basic ${'A'.repeat(8_000)}` },
    ]
    for (const headers of refused) {
      const answer = await post(TOKEN, form, headers)
      expect(answer.headers.get('www-authenticate')).toBe('Basic realm="xquik.com"')
      await expectError(answer, 401, 'invalid_client')
    }
    const inForm = await post(TOKEN, { ...form, client_id: id })
    expect(inForm.headers.get('www-authenticate')).toBeNull()
    await expectError(inForm, 401, 'invalid_client')
    expect((await post(TOKEN, form, basic(id, secret))).status).toBe(200)
  })

  it('that authenticates twice, or as two clients, is invalid_request (RFC 6749 §2.3)', async () => {
    const { id, secret, form } = await newCode()
    for (const more of [{ client_secret: secret }, { client_id: crypto.randomUUID() }])
      await expectError(
        await post(TOKEN, { ...form, ...more }, basic(id, secret)),
        400,
        'invalid_request',
      )
    const same = await post(TOKEN, { ...form, client_id: id, client_secret: '' }, basic(id, secret))
    expect(same.status).toBe(200)
  })
})

it('a public client may send an empty secret, by Basic too, and another scheme is ignored', async () => {
  for (const [fields, headers] of [
    [{ client_secret: '' }, {}],
    [{ client_id: undefined }, 'basic'],
    [{}, { authorization: 'Bearer x' }],
  ] as const) {
    const { id } = await newClient()
    const code = await codeFor(id, (await person()).browser)
    const form = { grant_type: 'authorization_code', code, code_verifier: VERIFIER, client_id: id }
    const sent = headers === 'basic' ? basic(id, '') : headers
    expect((await post(TOKEN, { ...form, ...fields }, sent)).status).toBe(200)
  }
})

describe("a program's own scheme", () => {
  const redirect_uri = 'cursor://anysphere.cursor-mcp/oauth/callback'

  it('gets the answer, and the page names the program and warns that any program may claim it', async () => {
    const { id } = await newClient({ redirect_uris: [redirect_uri] })
    const { browser } = await person()
    const page = await authorize(queryFor(id, { redirect_uri }), browser)
    const html = await page.clone().text()
    expect(html).toContain('Cursor (cursor:)')
    expect(html).toMatch(/to the program Cursor on your own device.*Any\s+program there may claim/s)
    const answer = await decide(browser, { request: await requestOn(page), decision: 'approve' })
    const location = answer.headers.get('location') ?? ''
    expect(location.startsWith(`${redirect_uri}?code=`)).toBe(true)
    expect(new URL(location).searchParams.get('iss')).toBe(SELF)
  })

  it('that the config allows no longer is refused', async () => {
    const { id } = await newClient({ redirect_uris: [redirect_uri] })
    const { oauth, ...rest } = unlimitedGateway()
    const without = { ...rest, oauth: oauth && { ...oauth, appSchemes: {} } }
    const answer = await actorsOf(clientOf(without)).authorize(
      queryFor(id, { redirect_uri }),
      (await person()).browser,
    )
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null])
  })
})

describe('old clients', () => {
  it('find the endpoints at the root', async () => {
    const body = JSON.stringify({ redirect_uris: ['http://localhost/cb'] })
    const registered = await call('/register', { method: 'POST', body })
    const { client_id } = await registered.json<{ client_id: string }>()
    const { browser } = await person()
    const query = queryFor(client_id, { redirect_uri: 'http://localhost:7/cb' })
    const page = await call(`/authorize?${encoded(query)}`, { headers: browser })
    const answer = await decide(browser, { request: await requestOn(page), decision: 'approve' })
    const code = new URL(answer.headers.get('location') ?? '').searchParams.get('code') ?? ''
    const form = { grant_type: 'authorization_code', code, code_verifier: VERIFIER, client_id }
    const tokens = await (await post('/token', form)).json<Tokens>()
    expect(await statusWith(tokens.access_token)).toBe(200)
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token, client_id }
    expect((await post('/token', refresh)).status).toBe(200)
    for (const [path, allow] of [
      ['/token', 'POST'],
      ['/register', 'POST'],
      ['/revoke', 'POST'],
      ['/authorize', 'GET, POST'],
    ] as const) {
      const refused = await call(path, { method: 'DELETE' })
      expect([path, refused.status, refused.headers.get('allow')]).toEqual([path, 405, allow])
      const { headers } = await call(path, { headers: { origin: 'https://page.example' } })
      const open = path === '/authorize' ? null : '*'
      expect(headers.get('access-control-allow-origin')).toBe(open)
    }
  })

  it('find the metadata wherever they look', async () => {
    const read = async (path: string) => {
      const answer = await call(path, { headers: { origin: 'https://page.example' } })
      expect([path, answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([
        path,
        200,
        '*',
      ])
      return answer.json<Record<string, unknown>>()
    }
    const forms = (document: string) =>
      ['', '/', '/mcp', '/mcp/'].map((end) => document + end).concat(`/mcp${document}`)
    const server = await read('/.well-known/oauth-authorization-server')
    for (const path of forms('/.well-known/oauth-authorization-server'))
      expect(await read(path)).toEqual(server)
    for (const path of forms('/.well-known/openid-configuration'))
      expect(await read(path)).toEqual({
        ...server,
        jwks_uri: `${SELF}/api/oauth/jwks.json`,
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
      })
    expect(await read('/api/oauth/jwks.json')).toEqual({ keys: [] })
    for (const path of forms('/.well-known/oauth-protected-resource'))
      expect(await read(path)).toMatchObject({ resource: RESOURCE, authorization_servers: [SELF] })
  })
})

describe('/mcp/', () => {
  it('is /mcp: the same challenge, the same origin path, the same limit, and no redirect', async () => {
    const { key } = await seedKey(await seedAccount())
    const { seen, binding } = recordingOrigin()
    const { call } = clientOf(shippedGateway(), { ORIGIN: binding })
    const bare = await call('/mcp/', { method: 'POST' })
    expect([bare.status, bare.headers.get('www-authenticate')]).toEqual([
      401,
      (await call('/mcp', { method: 'POST' })).headers.get('www-authenticate'),
    ])
    const limits = async (path: string) => {
      const answer = await call(path, { method: 'POST', headers: apiKey(key), body: '{}' })
      expect(answer.status).toBe(200)
      return answer.headers.get('ratelimit')?.match(/r=(\d+)/)?.[1]
    }
    const left = [await limits('/mcp?a=1'), await limits('/mcp/?a=1'), await limits('/mcp')]
    expect(left).toEqual(['119', '118', '117'])
    expect(seen.map(({ url }) => url.pathname + url.search)).toEqual([
      '/mcp?a=1',
      '/mcp?a=1',
      '/mcp',
    ])
    for (const path of ['/mcp//', '/MCP/', '/mcp/x', '/api/v1/radar/'])
      expect((await call(path, { headers: apiKey(key) })).status).toBeGreaterThanOrEqual(400)
  })
})

describe('look-ups of clients', () => {
  const gateway = unlimitedGateway()
  const limited = (count: number) => {
    const lookUpsByAddress = [{ name: 'oauth client', count, windowMs: 60_000 }]
    const { oauth } = gateway
    const limits = oauth && { ...oauth.limits, lookUpsByAddress }
    return { ...gateway, oauth: oauth && limits && { ...oauth, limits } }
  }

  it('of a known client cost one read, and none while it is leased', async () => {
    const { id } = await newClient()
    const { bindings, calls } = recordingStores(env)
    const { refresh, revoke } = actorsOf(clientOf(gateway, bindings))
    await refresh(id, 'x')
    expect(calls).toEqual(['D1 withSession(first-primary)', 'D1 session prepare'])
    calls.length = 0
    await refresh(id, 'x')
    await revoke(id, 'x')
    expect(calls).toEqual([])
  })

  it('of unknown clients are counted by address before the store is asked, and known ones go on', async () => {
    const { bindings, calls } = recordingStores(env)
    const { refresh, call, newClient: registerHere } = actorsOf(clientOf(limited(3), bindings))
    const { id } = await registerHere()
    for (let i = 0; i < 3; i++)
      await expectError(await refresh(crypto.randomUUID(), 'x'), 401, 'invalid_client')
    calls.length = 0
    await expectError(await refresh(crypto.randomUUID(), 'x'), 429, 'rate_limit_exceeded')
    const query = encoded(queryFor(crypto.randomUUID()))
    expect((await call(`/api/oauth/authorize?${query}`)).status).toBe(429)
    expect(calls).toEqual([])
    await expectError(await refresh(id, 'x'), 400, 'invalid_grant')
    const body = encoded({ client_id: id, grant_type: 'refresh_token', refresh_token: 'x' })
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    const elsewhere = await call(TOKEN, {
      method: 'POST',
      headers: { ...type, 'cf-connecting-ip': '192.0.2.99' },
      body,
    })
    await expectError(elsewhere, 400, 'invalid_grant')
  })

  it('an unknown client is read once in a while, and a registration is found at once', async () => {
    const { bindings, calls } = recordingStores(env)
    const { refresh } = actorsOf(clientOf(gateway, bindings))
    const unknown = crypto.randomUUID()
    for (let i = 0; i < 5; i++)
      await expectError(await refresh(unknown, 'x'), 401, 'invalid_client')
    expect(calls.filter((one) => one === 'D1 session prepare')).toHaveLength(1)
    const answer = await register({ redirect_uris: ['http://localhost/cb'] })
    const { client_id } = await answer.json<{ client_id: string }>()
    for (const one of [refresh, actors.refresh])
      await expectError(await one(client_id, 'x'), 400, 'invalid_grant')
  })
})

it('the page for an unknown client says what to do', async () => {
  const answer = await authorize(queryFor(crypto.randomUUID()), (await person()).browser)
  expect(await answer.text()).toContain(
    'Remove the connection in the application, then add it again.',
  )
})
