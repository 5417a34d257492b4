/**
 * The MCP route: which callers it accepts, the request that the server gets, the answer that comes
 * back. A number at the start of a title is that of the table in test/conformance/README.md.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import type { Route } from '../../../src/config/config.ts'
import { METHODS } from '../../../src/config/pattern.ts'
import {
  type Answer,
  clientOf,
  recordingOrigin,
  shippedGateway,
  unlimited,
} from '../../support/worker/gateway.ts'
import { actorsOf } from '../../support/worker/oauth.ts'
import { apiKey, cookie, seedAccount, seedKey, seedSession } from '../../support/worker/seed.ts'

const MESSAGE = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}'
const APP = 'https://app.example.com'

let accountId = ''
let key = ''
beforeAll(async () => {
  accountId = await seedAccount()
  key = (await seedKey(accountId)).key
})

/** The shipped gateway in front of an MCP server that answers with `answer`. */
function mcpGateway(
  answer?: Answer,
  change: (route: Route) => Partial<Route> = () => ({}),
  publicUrl = 'https://xquik.com',
) {
  const origin = recordingOrigin(answer)
  const shipped = shippedGateway((route) => ({ ...unlimited(), ...change(route) }))
  const gateway = {
    ...shipped,
    publicUrl,
    unauthenticatedLimits: [],
    cors: { origins: new Set([APP]), exposedHeaders: [] },
  }
  const client = clientOf(gateway, { ORIGIN: origin.binding })
  const { call } = client
  const post = (headers: Record<string, string> = {}, path = '/mcp') => {
    const type = {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    }
    return call(path, { method: 'POST', headers: { ...type, ...headers }, body: MESSAGE })
  }
  return { origin, call, post, actors: actorsOf(client) }
}

/** A server that never answers. */
function untilGivenUp({ signal }: Request): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
  })
}

/** The claims of the signed assertion, whose signature proxy.test.ts verifies. */
function claimsIn(headers: Headers): unknown {
  const sealed = headers.get('turnpike-assertion')?.split('.')[1] ?? ''
  return JSON.parse(atob(sealed.replaceAll('-', '+').replaceAll('_', '/')))
}

const rpcError = (error: string, more = {}) => ({
  jsonrpc: '2.0',
  error: { code: -32_000, message: expect.any(String), data: { error, ...more } },
  id: null,
})

describe('authentication', () => {
  it.each(METHODS)(
    '38 (RFC 6750 §3.1): %s without a credential is 401 and reaches no server',
    async (method) => {
      const { origin, call } = mcpGateway()
      const response = await call('/mcp', { method })
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toContain('header="x-api-key"')
      expect(response.headers.get('location')).toBeNull()
      if (method !== 'HEAD') expect(await response.json()).toEqual(rpcError('unauthenticated'))
      expect(origin.seen).toHaveLength(0)
    },
  )

  it.each(['GET', 'POST', 'DELETE'])('%s with a key is forwarded unchanged', async (method) => {
    const { origin, call } = mcpGateway()
    const body = method === 'POST' ? { body: MESSAGE } : {}
    expect((await call('/mcp?a=1', { method, headers: apiKey(key), ...body })).status).toBe(200)
    expect(origin.seen).toMatchObject([{ method, body: method === 'POST' ? MESSAGE : '' }])
    expect(origin.seen[0]?.url.href).toMatch(/\/mcp\?a=1$/)
  })

  it('38 (MCP authorization): a session cookie is no credential for MCP', async () => {
    const { origin, post } = mcpGateway()
    const response = await post(cookie(await seedSession(accountId)))
    expect(response.status).toBe(401)
    expect(origin.seen).toHaveLength(0)
  })

  it('38: an unknown key is 401, even beside a valid session cookie', async () => {
    const { origin, post } = mcpGateway()
    const headers = { ...apiKey('xq_no'), ...cookie(await seedSession(accountId)) }
    expect((await post(headers)).status).toBe(401)
    expect(origin.seen).toHaveLength(0)
  })

  it('38 (RFC 6750 §2.3): ?access_token= is no credential, and is never forwarded', async () => {
    const { origin, post } = mcpGateway()
    expect((await post({}, `/mcp?access_token=${key}`)).status).toBe(401)
    expect(origin.seen).toHaveLength(0)
    const query = '?a=%20&access_token=1&access%5Ftoken=2&b&access_token&access_tokens=3&%ff=4'
    await post(apiKey(key), `/mcp${query}`)
    expect(origin.seen[0]?.url.search).toBe('?a=%20&b&access_tokens=3&%ff=4')
    await post(apiKey(key), '/mcp?access_token=1')
    expect(origin.seen[1]?.url.search).toBe('')
  })
})

describe('a token', () => {
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
  const METADATA = 'https://xquik.com/.well-known/oauth-protected-resource/mcp'

  it('39 (MCP authorization, token passthrough): is accepted, and the server gets the account and the client, but no token', async () => {
    const { origin, post, actors } = mcpGateway()
    const { client, accountId: who, tokens } = await actors.clientWithTokens()
    expect((await post(bearer(tokens.access_token))).status).toBe(200)
    const seen = origin.seen[0]?.headers ?? new Headers()
    expect(claimsIn(seen)).toMatchObject({
      sub: who,
      kind: 'oauth',
      client_id: client.id,
      scope: 'mcp:tools',
      aud: 'mcp',
    })
    expect(seen.has('authorization')).toBe(false)
    expect(JSON.stringify([...seen])).not.toContain(tokens.access_token)
  })

  it.each(['nonsense', 'f'.repeat(64)])(
    '38 (RFC 6750 §3.1, RFC 9728 §5.1): %s is invalid_token, and the challenge says where to get a token',
    async (token) => {
      const { origin, post } = mcpGateway()
      const response = await post({ ...bearer(token), ...cookie(await seedSession(accountId)) })
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toMatch(
        `Bearer resource_metadata="${METADATA}", error="invalid_token", scope="mcp:tools", ApiKey`,
      )
      expect(await response.json()).toEqual(rpcError('unauthenticated'))
      expect(origin.seen).toHaveLength(0)
    },
  )

  it('6 (RFC 6750 §3.1, RFC 9728 §5.1): a request without a token is challenged without an error', async () => {
    const { post } = mcpGateway()
    expect((await post()).headers.get('www-authenticate')).toBe(
      `Bearer resource_metadata="${METADATA}", scope="mcp:tools", ApiKey realm="xquik.com", header="x-api-key"`,
    )
  })

  it('ends an open stream, even a silent one, when its grant is revoked', async () => {
    const events = () => {
      // Like the stream of an origin's connection, this stream goes silent but does not end.
      const { readable, writable } = new IdentityTransformStream()
      void writable.getWriter().write(new TextEncoder().encode('data: 1\n\n'))
      return new Response(readable, { headers: { 'content-type': 'text/event-stream' } })
    }
    const { call, actors } = mcpGateway(events)
    const { client, tokens } = await actors.clientWithTokens()
    const headers = { ...bearer(tokens.access_token), accept: 'text/event-stream' }
    const reader = (await call('/mcp', { headers })).body?.getReader()
    expect((await reader?.read())?.done).toBe(false)
    expect((await actors.revoke(client.id, tokens.refresh_token)).status).toBe(200)
    await expect(reader?.read()).rejects.toThrow()
    expect((await call('/mcp', { headers })).status).toBe(401)
  })
})

describe('41 (MCP Streamable HTTP, security): calls from pages', () => {
  const FOREIGN = [
    'https://evil.example',
    'http://localhost:6274',
    'null',
    'https://xquik.com.evil',
  ]

  it.each(METHODS.flatMap((method) => FOREIGN.map((origin) => [method, origin])))(
    '%s from a page of %s is 403 and reaches no server, even with a key',
    async (method, page) => {
      const { origin, call } = mcpGateway()
      const response = await call('/mcp', { method, headers: { ...apiKey(key), origin: page } })
      expect(response.status).toBe(403)
      expect(response.headers.get('access-control-allow-origin')).toBeNull()
      if (method !== 'HEAD') expect(await response.json()).toEqual(rpcError('cross_site_request'))
      expect(origin.seen).toHaveLength(0)
    },
  )

  it.each([APP, 'https://xquik.com'])('a page of %s may call', async (page) => {
    const { post } = mcpGateway(() => new Response('{}', { headers: { 'mcp-session-id': 's' } }))
    const response = await post({ ...apiKey(key), origin: page })
    expect(response.status).toBe(200)
    expect(response.headers.get('access-control-allow-origin')).toBe(page)
    const exposed = response.headers.get('access-control-expose-headers')?.toLowerCase().split(', ')
    expect(exposed).toEqual(expect.arrayContaining(['www-authenticate', 'mcp-session-id']))
    expect(response.headers.get('mcp-session-id')).toBe('s')
  })

  it.each(['http://localhost:6274', 'http://127.0.0.1', 'https://[::1]:3000'])(
    'a page of %s may call a gateway that is itself on loopback',
    async (page) => {
      const { post } = mcpGateway(undefined, undefined, 'http://localhost:8787')
      expect((await post({ ...apiKey(key), origin: page })).status).toBe(200)
      expect((await post({ origin: page })).headers.get('access-control-allow-origin')).toBe(page)
    },
  )

  it.each([
    'https://evil.example',
    'http://localhost.evil.example',
    'http://127.0.0.1.nip.io',
    'null',
  ])('a page of %s may not call a gateway on loopback either', async (page) => {
    const { post } = mcpGateway(undefined, undefined, 'http://localhost:8787')
    expect((await post({ ...apiKey(key), origin: page })).status).toBe(403)
  })

  it('7 (Fetch, CORS preflight): a preflight needs no token, and allows the headers of MCP', async () => {
    const { origin, call } = mcpGateway()
    const asked =
      'authorization,mcp-session-id, MCP-Protocol-Version,mcp-param-user_id,x-other,mcp-(x)'
    const headers = {
      origin: APP,
      'access-control-request-method': 'POST',
      'access-control-request-headers': asked,
    }
    const response = await call('/mcp', { method: 'OPTIONS', headers })
    expect(response.status).toBe(204)
    expect(response.headers.get('access-control-allow-origin')).toBe(APP)
    const allowed = response.headers.get('access-control-allow-headers')?.toLowerCase().split(', ')
    for (const name of [
      'authorization',
      'mcp-session-id',
      'mcp-protocol-version',
      'mcp-param-user_id',
    ])
      expect(allowed).toContain(name)
    for (const name of ['x-other', 'mcp-(x)']) expect(allowed).not.toContain(name)
    expect(response.headers.get('access-control-allow-methods')).toContain('DELETE')
    expect(origin.seen).toHaveLength(0)
    const foreign = await call('/mcp', {
      method: 'OPTIONS',
      headers: { ...headers, origin: 'https://evil.example' },
    })
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull()
    const elsewhere = await call('/api/v1/trends', { method: 'OPTIONS', headers })
    expect(elsewhere.headers.get('access-control-allow-headers')).not.toContain('mcp-')
  })
})

describe('the request that the server gets', () => {
  it("42 (MCP Streamable HTTP): has MCP's own headers unchanged, which no other route forwards", async () => {
    const { origin, post, call } = mcpGateway()
    const mcp = {
      'mcp-method': 'tools/call',
      'mcp-name': '=?base64?w6k=?=',
      'mcp-param-region': 'eu',
      'mcp-param-user_id': '7',
      'mcp-protocol-version': '2026-07-28',
      'mcp-session-id': '8f2b',
      'last-event-id': '42',
    }
    await post({ ...apiKey(key), ...mcp, mcp_session_id: 'alias', 'x-user-id': 'root' })
    expect(Object.fromEntries(origin.seen[0]?.headers ?? [])).toMatchObject({
      ...mcp,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    })
    for (const name of ['mcp_session_id', 'x-user-id'])
      expect(origin.seen[0]?.headers.has(name)).toBe(false)
    await call('/api/v1/x/echo', { headers: { ...apiKey(key), ...mcp } })
    const { 'last-event-id': _, ...names } = mcp
    for (const name of Object.keys(names)) expect(origin.seen[1]?.headers.has(name)).toBe(false)
  })

  it('39 (MCP authorization, token passthrough): has no credential of the caller, but a signed assertion of who calls', async () => {
    const { origin, post } = mcpGateway()
    await post({ ...apiKey(key), ...cookie('x'), authorization: 'Bearer abc' })
    const seen = origin.seen[0]?.headers ?? new Headers()
    for (const name of ['x-api-key', 'authorization', 'cookie']) expect(seen.has(name)).toBe(false)
    expect(claimsIn(seen)).toMatchObject({ sub: accountId, kind: 'api_key', aud: 'mcp' })
    expect(JSON.stringify([...seen])).not.toContain(key)
  })
})

describe('the answer', () => {
  it('42 (MCP Streamable HTTP): an event is passed on before the server sends the next, even after the deadline', async () => {
    const next = Promise.withResolvers<void>()
    const encode = (text: string) => new TextEncoder().encode(text)
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(encode('data: 1\n\n'))
        await next.promise
        await scheduler.wait(500) // beyond the deadline, which is for the first byte
        controller.enqueue(encode('data: 2\n\n'))
        controller.close()
      },
    })
    const headers = { 'content-type': 'text/event-stream' }
    const { post } = mcpGateway(
      () => new Response(body, { headers }),
      () => ({ timeoutMs: 400 }),
    )
    const reader = (await post(apiKey(key))).body?.getReader()
    const read = async () => new TextDecoder().decode((await reader?.read())?.value)
    expect(await read()).toBe('data: 1\n\n')
    next.resolve()
    expect(await read()).toBe('data: 2\n\n')
  })

  it("the server's own errors are passed on, but not its demand for a token", async () => {
    const answer = () =>
      Response.json(
        { jsonrpc: '2.0', error: { code: -32_001, message: 'Session not found' }, id: null },
        {
          status: 404,
          headers: { 'www-authenticate': 'Bearer resource_metadata="https://evil.example/"' },
        },
      )
    const response = await mcpGateway(answer).post(apiKey(key))
    expect(response.status).toBe(404)
    expect(response.headers.has('www-authenticate')).toBe(false)
    expect(await response.json()).toMatchObject({ error: { code: -32_001 } })
  })

  it.each([301, 302, 303, 307, 308])(
    'a redirect (%d) of the server is 502, and is neither followed nor passed on',
    async (status) => {
      const location = 'https://elsewhere.example/mcp'
      const { origin, post } = mcpGateway(
        () => new Response(null, { status, headers: { location } }),
      )
      const response = await post(apiKey(key))
      expect(response.status).toBe(502)
      expect(response.headers.has('location')).toBe(false)
      expect(await response.json()).toEqual(rpcError('origin_unavailable'))
      expect(origin.seen).toHaveLength(1)
    },
  )

  it.each<[status: number, error: string, answer: Answer]>([
    [502, 'origin_unavailable', () => Promise.reject(new Error('down'))],
    [504, 'origin_timeout', untilGivenUp],
  ])('%d is answered in JSON-RPC', async (status, error, answer) => {
    const response = await mcpGateway(answer, () => ({ timeoutMs: 30 })).post(apiKey(key))
    expect(response.status).toBe(status)
    expect(await response.json()).toEqual(rpcError(error))
  })

  it('413 is answered in JSON-RPC', async () => {
    const response = await mcpGateway(undefined, () => ({ bodyBytes: 10 })).post(apiKey(key))
    expect(response.status).toBe(413)
    const { error, ...rest } = rpcError('payload_too_large')
    const data = { error: 'payload_too_large', limit: 10 }
    const message = expect.stringMatching(/larger than 10 bytes/)
    expect(await response.json()).toEqual({ ...rest, error: { ...error, message, data } })
  })

  it('429 is answered in JSON-RPC, with the time to wait', async () => {
    const limit = { name: 'mcp', count: 1, windowMs: 60_000 }
    const { post } = mcpGateway(undefined, () => ({
      limits: { read: [limit], write: [limit], delete: [limit] },
    }))
    expect((await post(apiKey(key))).status).toBe(200)
    const response = await post(apiKey(key))
    expect(response.status).toBe(429)
    expect(response.headers.get('retry-after')).toMatch(/^[1-9]\d*$/)
    expect(await response.json()).toEqual(
      rpcError('rate_limit_exceeded', { retryAfter: expect.any(Number) }),
    )
  })
})
