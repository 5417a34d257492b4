/**
 * Metadata and registration: all that a client does before a person is asked. A number at the start
 * of a title is that of the table in test/conformance/README.md.
 */
import { describe, expect, it, vi } from 'vitest'
import { OWN_PATHS } from '../../../../src/config/ownPaths.ts'
import { sha256Hex } from '../../../../src/lib/bytes.ts'
import {
  clientOf,
  env,
  ownAddresses,
  shippedGateway,
  unlimited,
} from '../../../support/worker/gateway.ts'
import {
  actorsOf,
  expectError,
  RESOURCE,
  SELF,
  unlimitedGateway,
} from '../../../support/worker/oauth.ts'
import { gatewayOf } from '../../../support/worker/sampleConfig.ts'

const gateway = shippedGateway(unlimited)
const client = clientOf(unlimitedGateway())
const { call, register } = actorsOf(client)

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const PAGE = 'https://inspector.example'

const stored = (id: unknown) =>
  env.DB.prepare('select * from oauth_clients where id = ?').bind(id).first()

async function countClients(): Promise<number> {
  const row = await env.DB.prepare('select count(*) as n from oauth_clients').first<{ n: number }>()
  return row?.n ?? -1
}

describe('discovery', () => {
  it('1 (RFC 8414 §3): the metadata is public, as JSON', async () => {
    const response = await call(OWN_PATHS.serverMetadata)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json')
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const refused = await call(OWN_PATHS.serverMetadata, { method })
      expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    }
  })

  it('2 (RFC 8414 §3.3): the issuer is the URL that serves the metadata, whatever host a caller claims', async () => {
    for (const headers of [
      {},
      { 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' },
    ]) {
      const { issuer } = await (await call(OWN_PATHS.serverMetadata, { headers })).json<{
        issuer: string
      }>()
      expect(issuer).toBe(SELF)
      expect(issuer).toMatch(/^https:\/\/[^/?#]+$/)
    }
  })

  it('3 (RFC 8414 §2): the endpoints, code only, S256 only, both grants', async () => {
    const metadata = await (await call(OWN_PATHS.serverMetadata)).json()
    expect(metadata).toMatchObject({
      authorization_endpoint: `${SELF}/api/oauth/authorize`,
      token_endpoint: `${SELF}/api/oauth/token`,
      registration_endpoint: `${SELF}/api/oauth/register`,
      revocation_endpoint: `${SELF}/api/oauth/revoke`,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post'],
      scopes_supported: ['mcp:tools'],
    })
    expect(JSON.stringify(metadata)).not.toMatch(/plain|implicit|"token"|password|null/)
  })

  it('4 (RFC 9207 §3): the metadata announces that answers name the issuer', async () => {
    const metadata = await (await call(OWN_PATHS.serverMetadata)).json()
    expect(metadata).toMatchObject({ authorization_response_iss_parameter_supported: true })
  })

  it('5 (RFC 9728 §3.1): the metadata of the resource names it and its server, at the root and at its own path', async () => {
    for (const path of [OWN_PATHS.resourceMetadata, `${OWN_PATHS.resourceMetadata}/mcp`]) {
      const response = await call(path)
      expect(response.headers.get('content-type')).toBe('application/json')
      expect(await response.json()).toEqual({
        resource: RESOURCE,
        authorization_servers: [SELF],
        scopes_supported: ['mcp:tools'],
        bearer_methods_supported: ['header'],
      })
    }
    expect(await (await call(`${OWN_PATHS.resourceMetadata}/api/v1`)).json()).toMatchObject({
      resource: `${SELF}/api/v1`,
      scopes_supported: ['api'],
    })
    expect((await call(`${OWN_PATHS.resourceMetadata}/other`)).status).toBe(404)
  })

  it('6 (RFC 6750 §3.1): a route that takes tokens offers Bearer, without an error if no token was sent', async () => {
    const challenge = (await call('/api/v1/radar')).headers.get('www-authenticate')
    const metadata = `${SELF}${OWN_PATHS.resourceMetadata}/api/v1`
    expect(challenge).toBe(
      `ApiKey realm="xquik.com", header="x-api-key", Bearer realm="xquik.com", resource_metadata="${metadata}", scope="api"`,
    )
    const own = (await call('/api/v1/api-keys')).headers.get('www-authenticate')
    expect(own).toBe('Session realm="xquik.com", cookie="session_token"')
  })

  it('7 (OAuth 2.1 §3.1): pages of any site may call metadata, token, registration and revocation, and never authorize', async () => {
    const origin = PAGE
    const preflight = (path: string, method: string) =>
      call(path, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': method,
          'access-control-request-headers': 'content-type, mcp-protocol-version',
        },
      })
    const open: [path: string, method: string][] = [
      [OWN_PATHS.serverMetadata, 'GET'],
      [OWN_PATHS.resourceMetadata, 'GET'],
      [`${OWN_PATHS.resourceMetadata}/mcp`, 'GET'],
      [OWN_PATHS.register, 'POST'],
      [OWN_PATHS.token, 'POST'],
      [OWN_PATHS.revoke, 'POST'],
    ]
    for (const [path, method] of open) {
      const allowed = await preflight(path, method)
      expect(allowed.status).toBe(204)
      expect(allowed.headers.get('access-control-allow-headers')).toMatch(/MCP-Protocol-Version/)
      const answer = await call(path, { method, headers: { origin } })
      for (const { headers } of [allowed, answer]) {
        expect([path, headers.get('access-control-allow-origin')]).toEqual([path, '*'])
        expect(headers.get('access-control-allow-credentials')).toBeNull()
      }
      expect(answer.headers.get('access-control-expose-headers')).toContain('WWW-Authenticate')
    }
    const cors = { origins: new Set([PAGE]), exposedHeaders: [] }
    const configured = clientOf({ ...gateway, cors })
    for (const { call } of [client, configured]) {
      const answers = [
        await call(OWN_PATHS.authorize, { headers: { origin } }),
        await call(OWN_PATHS.authorize, { method: 'POST', headers: { origin } }),
        await call(OWN_PATHS.authorize, {
          method: 'OPTIONS',
          headers: { origin, 'access-control-request-method': 'GET' },
        }),
      ]
      for (const { headers } of answers)
        expect(headers.get('access-control-allow-origin')).toBeNull()
    }
    const other = await call('/api/v1/radar', { headers: { origin } })
    expect(other.headers.get('access-control-allow-origin')).toBeNull()
  })

  it('a gateway that issues no tokens has none of these paths', async () => {
    const { call } = clientOf(gatewayOf('GET /a'))
    const { serverMetadata, resourceMetadata, authorize, token, register, revoke } = OWN_PATHS
    for (const path of [serverMetadata, resourceMetadata, authorize, token, register, revoke])
      expect((await call(`https://gateway.test${path}`)).status).toBe(404)
  })
})

describe('registration', () => {
  it('8 (RFC 7591 §3.2.1): 201 with the registered metadata: defaults included, unknown members left out, nothing null', async () => {
    const response = await register({
      client_name: 'Claude',
      redirect_uris: ['https://claude.example/cb', 'http://localhost/cb'],
      application_type: 'native',
      scope: 'mcp:tools openid',
      contacts: ['a@b.example'],
      logo_uri: null,
      client_uri: null,
      nonsense: { deep: [null] },
    })
    expect(response.status).toBe(201)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(response.headers.get('cache-control')).toBe('no-store')
    const body = await response.json<Record<string, unknown>>()
    expect(body).toEqual({
      client_id: expect.stringMatching(UUID),
      client_id_issued_at: expect.any(Number),
      client_name: 'Claude',
      redirect_uris: ['https://claude.example/cb', 'http://localhost/cb'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    })
    expect(Math.abs(Number(body.client_id_issued_at) - Date.now() / 1000)).toBeLessThan(60)
    expect(await stored(body.client_id)).toMatchObject({ name: 'Claude', secret_hash: null })
  })

  it('8 (RFC 7591 §2): a null member counts as absent, and a value that is not offered is left out', async () => {
    const response = await register({
      client_name: null,
      redirect_uris: ['https://a.example/cb'],
      token_endpoint_auth_method: null,
      response_types: ['code', 'token'],
      grant_types: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'],
    })
    const body = await response.json<Record<string, unknown>>()
    expect(body).toMatchObject({
      grant_types: ['authorization_code'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    })
    expect('client_name' in body).toBe(false)
  })

  it.each(['client_secret_basic', 'client_secret_post'])(
    '9 (RFC 7591 §3.2.1): a confidential client (%s) gets its secret once, without an expiry, and only the hash is stored',
    async (method) => {
      const response = await register({
        redirect_uris: ['https://a.example/cb'],
        token_endpoint_auth_method: method,
      })
      const body = await response.json<Record<string, string>>()
      expect(body).toMatchObject({
        client_secret: expect.stringMatching(/^[0-9a-f]{64}$/),
        client_secret_expires_at: 0,
        token_endpoint_auth_method: method,
      })
      const row = await stored(body.client_id)
      expect(row?.secret_hash).toBe(await sha256Hex(body.client_secret ?? ''))
      expect(JSON.stringify(row)).not.toContain(body.client_secret)
    },
  )

  it.each([
    'http://client.example/cb',
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'blob:https://client.example/x',
    'evil://anysphere/cb',
    'https://client.example/cb#f',
    'https://client.example/cb#',
    'https://u:p@client.example/cb',
    'https://u@client.example/cb',
    'http://127.0.0.1@evil.example/cb',
    '/cb',
    'client.example/cb',
    '',
    ' https://client.example/cb',
    'https://client.example/c b',
    'https://client.example\\@evil.example/cb',
    'http://localhost.evil.example/cb',
    'http://127.0.0.1.evil.example/cb',
    'http://127.1/cb',
    'http://127.0.0.2/cb',
    'http://0x7f.0.0.1/cb',
    'http://localhost:99999/cb',
    'http://localhost:0/cb',
    'http://[::1/cb',
    'http://[::2]/cb',
    'https://*.client.example/cb',
    'https://client.example/*',
    'https://client.example/a/../cb',
    'https://client.example/a/%2e%2E/cb',
    'https://clïent.example/cb',
    'https:client.example/cb',
    'https:///client.example/cb',
    'https://0x7f.1/cb',
    `https://client.example/${'x'.repeat(2_100)}`,
  ])(
    '10 (RFC 7591 §5): refuses a client with the redirect URI %j and stores nothing',
    async (uri) => {
      const before = await countClients()
      await expectError(await register({ redirect_uris: [uri] }), 400, 'invalid_redirect_uri')
      expect(await countClients()).toBe(before)
      // Beside one that is allowed it is left out, and the answer says so (RFC 7591 section 3.2.1).
      const redirect_uris = ['https://client.example/cb', uri, 'https://client.example/cb']
      const response = await register({ redirect_uris })
      const body = await response.json<{ client_id: string }>()
      const kept = ['https://client.example/cb']
      expect([response.status, body]).toMatchObject([201, { redirect_uris: kept }])
      expect(await stored(body.client_id)).toMatchObject({ redirect_uris: JSON.stringify(kept) })
    },
  )

  it('10 (RFC 8252 §7.1): a client gets its own scheme if the config allows it, beside others', async () => {
    const redirect_uris = [
      'cursor://anysphere.cursor-mcp/oauth/callback',
      'https://www.cursor.com/agents/mcp/oauth/callback',
      'http://localhost:8787/callback',
    ]
    const response = await register({ client_name: 'Cursor', redirect_uris })
    expect([response.status, await response.json()]).toMatchObject([201, { redirect_uris }])
    const sole = await register({ redirect_uris: ['claude://oauth/callback'] })
    expect(sole.status).toBe(201)
    const other = await register({ redirect_uris: ['evil://cb"', 'http://a.example/cb'] })
    expect(await other.json()).toEqual({
      error: 'invalid_redirect_uri',
      error_description: expect.stringMatching(
        /^No redirect URI is allowed: evil:\/\/cb\? has a .*; http:\/\/a\.example\/cb must be https/,
      ),
    })
  })

  it('10 (RFC 8252 §7.3): accepts https anywhere, and http on the three names of loopback', async () => {
    const redirect_uris = [
      'https://client.example/cb',
      'https://client.example',
      'https://client.example:8443/cb',
      'https://Client.example/cb?a=b&c=%2F',
      'http://localhost/cb',
      'http://localhost:3000',
      'http://127.0.0.1:1/cb',
      'http://[::1]:65535/cb',
      'http://[::1]/cb?x=1',
    ]
    const response = await register({ redirect_uris })
    expect([response.status, await response.json()]).toMatchObject([201, { redirect_uris }])
  })

  it.each<[what: string, metadata: unknown, error: string]>([
    ['no JSON', '{"redirect_uris":', 'invalid_client_metadata'],
    ['nothing', '', 'invalid_client_metadata'],
    ['a list', [], 'invalid_client_metadata'],
    ['null', 'null', 'invalid_client_metadata'],
    ['no URIs', {}, 'invalid_redirect_uri'],
    ['an empty list of URIs', { redirect_uris: [] }, 'invalid_redirect_uri'],
    ['URIs that are no list', { redirect_uris: 'https://a.example' }, 'invalid_redirect_uri'],
    ['a URI that is no text', { redirect_uris: [1] }, 'invalid_redirect_uri'],
    [
      '11 URIs',
      { redirect_uris: Array.from({ length: 11 }, (_, i) => `https://a.example/${i}`) },
      'invalid_redirect_uri',
    ],
    ['a name of 257 characters', { client_name: 'x'.repeat(257) }, 'invalid_client_metadata'],
    ['a name that is no text', { client_name: 5 }, 'invalid_client_metadata'],
    ['an unknown method', { token_endpoint_auth_method: 'basic' }, 'invalid_client_metadata'],
    ['a method that is no text', { token_endpoint_auth_method: 1 }, 'invalid_client_metadata'],
    [
      'private_key_jwt',
      { token_endpoint_auth_method: 'private_key_jwt' },
      'invalid_client_metadata',
    ],
    ['only implicit', { grant_types: ['implicit'] }, 'invalid_client_metadata'],
    ['only refreshing', { grant_types: ['refresh_token'] }, 'invalid_client_metadata'],
    ['only token', { response_types: ['token'] }, 'invalid_client_metadata'],
  ])(
    '11 (RFC 7591 §3.2.2): refuses %s, with an error in the form of the RFC',
    async (_what, metadata, error) => {
      const isObject = typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata)
      const withUri = { redirect_uris: ['https://a.example/cb'], ...(isObject ? metadata : {}) }
      const given = isObject && error === 'invalid_client_metadata' ? withUri : metadata
      await expectError(await register(given), 400, error)
    },
  )

  it('11 (RFC 7591 §5): accepts ten URIs and a name of 256 characters in any script, and no body over 64 KB', async () => {
    const redirect_uris = Array.from({ length: 10 }, (_, i) => `https://a.example/${i}`)
    const client_name = '名'.repeat(256)
    const response = await register({ redirect_uris, client_name })
    expect([response.status, await response.json()]).toMatchObject([201, { client_name }])
    const logo_uri = `data:image/png;base64,${'A'.repeat(9_000)}`
    const withLogo = await register({ redirect_uris, logo_uri })
    const { client_id } = await withLogo.json<{ client_id: string }>()
    expect(JSON.stringify(await stored(client_id))).not.toContain('AAAA')
    const huge = { redirect_uris, contacts: ['x'.repeat(65_536)] }
    await expectError(await register(huge), 413, 'payload_too_large')
  })

  it('is refused by any method but POST', async () => {
    const response = await call(OWN_PATHS.register)
    expect(response.headers.get('allow')).toBe('POST')
    await expectError(response, 405, 'method_not_allowed')
  })
})

describe('limits of registration', () => {
  const metadata = { redirect_uris: ['https://a.example/cb'] }

  it('metadata that does not arrive in time is 408, and that breaks off is told as such in the log', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 300_000 })
    const info = vi.spyOn(console, 'info').mockImplementation(() => undefined)
    const { call } = actorsOf(clientOf(gateway))
    const send = (pull: (controller: ReadableStreamDefaultController) => void) =>
      call(OWN_PATHS.register, { method: 'POST', body: new ReadableStream({ pull }) })
    try {
      const late = await send((controller) => {
        vi.setSystemTime(Date.now() + 10_001)
        controller.enqueue(new TextEncoder().encode('{'))
      })
      await expectError(late, 408, 'request_timeout')
      const broken = await send((controller) => controller.error(new Error('gone')))
      await expectError(broken, 400, 'invalid_client_metadata')
      const lines = info.mock.calls.flat().map(String)
      expect(lines.filter((line) => line.includes('"reason":"body_broken_off"'))).toHaveLength(1)
    } finally {
      info.mockRestore()
      vi.useRealTimers()
    }
  })

  it('an address may try 60 registrations a minute, valid or not, and other addresses are not limited by it', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 600_000 })
    try {
      const { register, call } = actorsOf(clientOf(gateway))
      for (let i = 0; i < 59; i++) await register('{')
      expect((await register(metadata)).status).toBe(201)
      const refused = await register(metadata)
      expect(refused.headers.get('retry-after')).toBe('60')
      expect(await refused.clone().json()).toMatchObject({ retryAfter: 60 })
      await expectError(refused, 429, 'rate_limit_exceeded')
      const other = await call(OWN_PATHS.register, {
        method: 'POST',
        headers: { 'cf-connecting-ip': '192.0.2.77' },
        body: JSON.stringify(metadata),
      })
      expect(other.status).toBe(201)
      vi.setSystemTime(Date.now() + 60_000)
      expect((await register(metadata)).status).toBe(201)
    } finally {
      vi.useRealTimers()
    }
  })

  it('one network gets a tenth of the ceiling, so that it cannot lock others out', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 900_000 })
    try {
      const { oauth } = gateway
      const registrations = [{ name: 'registrations', count: 20, windowMs: 60_000 }]
      const limits = oauth && { ...oauth.limits, registrationsByAddress: [], registrations }
      const capped = { ...gateway, oauth: oauth && limits && { ...oauth, limits } }
      const { call } = clientOf(capped)
      const from = async (address: string) => {
        const headers = { 'cf-connecting-ip': address }
        const body = JSON.stringify(metadata)
        return (await call(OWN_PATHS.register, { method: 'POST', headers, body })).status
      }
      const flood = await Promise.all(
        Array.from({ length: 6 }, (_, n) => from(`2001:db8:7:${n}::1`)),
      )
      expect(flood.filter((status) => status === 201)).toHaveLength(2)
      expect(flood.filter((status) => status === 429)).toHaveLength(4)
      expect([await from('198.51.100.1'), await from('198.51.100.200')]).toEqual([201, 201])
      expect([await from('198.51.100.3'), await from('198.51.101.3')]).toEqual([429, 201])
    } finally {
      vi.useRealTimers()
    }
  })

  it('all addresses and isolates share one ceiling, even for parallel requests, until its window ends', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 1_200_000 })
    try {
      const { oauth } = gateway
      const limits = {
        registrationsByAddress: [],
        lookUpsByAddress: [],
        consents: [],
        tokens: [],
        presented: [],
      }
      const registrations = [{ name: 'registrations', count: 5, windowMs: 60_000 }]
      const capped = {
        ...gateway,
        oauth: oauth && { ...oauth, limits: { ...limits, registrations } },
      }
      const shared = { ADDRESSES: ownAddresses() }
      const isolates = [actorsOf(clientOf(capped, shared)), actorsOf(clientOf(capped, shared))]
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, i) =>
          isolates[i % 2]?.call(OWN_PATHS.register, {
            method: 'POST',
            headers: { 'cf-connecting-ip': `203.0.${i}.1` },
            body: JSON.stringify(metadata),
          }),
        ),
      )
      const statuses = answers.map((answer) => answer?.status)
      expect(statuses.filter((status) => status === 201)).toHaveLength(5)
      expect(statuses.filter((status) => status === 429)).toHaveLength(7)
      const refused = answers.find((answer) => answer?.status === 429)
      expect(refused?.headers.get('retry-after')).toBe('60')
      vi.setSystemTime(Date.now() + 60_001)
      expect((await isolates[0]?.register(metadata))?.status).toBe(201)
    } finally {
      vi.useRealTimers()
    }
  })
})
