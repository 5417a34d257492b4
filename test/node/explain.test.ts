/** `npm run explain`: what the gateway makes of a request, from the config alone. */
import { execFileSync, spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { explain } from '../../cli/explain/explain.ts'
import shipped from '../../src/gateway.config.ts'

const KEY = `xq_${'a'.repeat(64)}`
const about = (method: string, path: string, headers: Record<string, string> = {}) =>
  explain(shipped, {
    method,
    url: `https://xquik.com${path}`,
    headers: new Map(Object.entries(headers)),
  })

describe('explain', () => {
  it('a key on a route with a price', () => {
    const headers = { 'x-api-key': KEY, accept: 'a/b', 'x-other': 'x', cookie: 'session_token=1' }
    expect(about('GET', '/api/v1/x/tweets/123?a=1', headers)).toEqual({
      route: 'GET /x/tweets/:id, more specific than * /x/*',
      credential: 'api_key decides alone: taken; the route takes api_key, oauth, session, payment',
      limits: 'read 10/1s',
      origin: 'api: (ORIGIN_URL)/api/v1/x/tweets/123?a=1',
      headers: 'accept, turnpike-assertion (aud api), x-request-id, x-forwarded-*',
    })
  })

  it.each<[string, string, Record<string, string>, Record<string, string>]>([
    ['GET', '/api/v1/x/tweets/1', {}, { credential: 'none: 402', price: '0.000150 a call' }],
    ['GET', '/api/v1/x/tweets/search', {}, { price: '0.000150 a tweet, from a channel' }],
    ['GET', '/api/v1/radar', {}, { credential: 'none: 401', price: 'none' }],
    ['POST', '/api/v1/guest-wallets', {}, { credential: 'none: let in without one' }],
    [
      'GET',
      '/api/v1/account',
      { cookie: 'session_token=x' },
      { credential: 'session decides alone: 401' },
    ],
    ['GET', '/api/v1/radar', { authorization: `Bearer ${KEY}` }, { credential: 'api_key decides' }],
    ['GET', '/api/v1/radar', { authorization: 'Basic eDp5' }, { credential: 'of no known kind' }],
    ['GET', '/api/v1/radar', { 'x-api-key': `${KEY}, ${KEY}` }, { credential: 'two of one kind' }],
    ['GET', '/api/v1/x/a%2fb', {}, { route: '400 invalid_path' }],
    ['GET', '/nowhere', {}, { route: '404 not_found' }],
    ['DELETE', '/api/v1/radar', {}, { route: '405' }],
    ['GET', '/health', {}, { route: '/health is answered by the gateway itself' }],
    [
      'POST',
      '/mcp',
      { 'x-api-key': KEY },
      { limits: 'mcp 120/60s', origin: 'mcp: (MCP_ORIGIN_URL)' },
    ],
    ['POST', '/api/v1/api-keys', { cookie: 'session_token=x' }, { origin: 'none: the endpoint' }],
    ['POST', '/mcp/', {}, { route: '* /mcp, the only one' }],
    ['GET', '/dashboard/keys', {}, { route: 'answered by the gateway itself' }],
    ['GET', '/assets/logo.svg', {}, { route: 'answered by the gateway itself' }],
    [
      'OPTIONS',
      '/api/v1/radar',
      { origin: 'https://a.test', 'access-control-request-method': 'GET' },
      { route: 'of a page (CORS) is answered by the gateway itself' },
    ],
    // A key in the wrong place, or in a wrong form, makes nobody pay, and reaches no origin.
    ['GET', `/api/v1/trends?api_key=${KEY}`, {}, { credential: '401: the query holds' }],
    [
      'GET',
      '/api/v1/trends',
      { 'x-key': KEY },
      { credential: '401: x-key holds an API key', origin: 'not asked' },
    ],
    [
      'GET',
      '/api/v1/trends',
      { 'x-api-key': KEY.slice(0, -1) },
      { credential: '401. The API key in x-api-key is cut short', origin: 'not asked' },
    ],
    [
      'POST',
      '/api/v1/api-keys',
      { cookie: 'session_token=x', origin: 'https://a.test' },
      { credential: '403 cross_site_request', origin: 'not asked' },
    ],
  ])('%s %s %j', (method, path, headers, expected) => {
    const explained = about(method, path, headers)
    for (const [name, sentence] of Object.entries(expected))
      expect(explained[name as keyof typeof explained]).toContain(sentence)
  })

  it('as a command, with the path as the config writes it', () => {
    const args = ['cli/explain/main.ts', 'GET', '/x/tweets/123', '--key', KEY]
    const said = execFileSync(process.execPath, args, { encoding: 'utf8' })
    expect(said).toContain('GET /api/v1/x/tweets/123')
    expect(said).toMatch(/credential +api_key decides alone: taken/)
    expect(said).not.toContain(KEY)
  })

  it.each<[string[], string]>([
    [['get', 'http://localhost:8787/api/v1/x/tweets/\u00e9#a'], 'GET /api/v1/x/tweets/%C3%A9'],
    [['GET', 'https://api.other.test/x/tweets/1'], '421 misdirected_request: the hosts of the'],
    [['GET', 'https://me:secret@api.other.test/a'], 'GET /a at api.other.test\n'],
    [['GET', 'https://me:secret@xquik.com/nowhere'], '404 not_found: no route has this path\n'],
    [['GET', 'https://xquik.com/x/tweets/1'], 'no route has this path; /api/v1/x/tweets/1 has one'],
    [['GET', 'https://XQUIK.com:443/api/v1/x/tweets/1'], 'GET /x/tweets/:id, more specific'],
    [['GET', 'https://xquik.com/nowhere'], '404 not_found: no route has this path\n'],
    [['GET', 'https://xquik.com'], '/ is answered by the gateway itself'],
    [['GET', `/trends?key=${KEY}`], 'GET /trends?\u2026'],
    [['/trends'], "First comes a method, like GET, not '/trends'."],
    [['GET', 'trends'], "followed by a path, like /x/tweets/123, not 'trends'."],
    [['GET', '/x/tweets/a', 'b'], "'b' is too much"],
    [['GET', '/trends', '--token', 'a', '--pay'], '--token and --pay'],
  ])('as a command with %j', (args, expected) => {
    const { stdout, stderr } = spawnSync(process.execPath, ['cli/explain/main.ts', ...args], {
      encoding: 'utf8',
    })
    expect(stdout + stderr).toContain(expected)
    expect(stdout + stderr).not.toContain(KEY)
  })
})
