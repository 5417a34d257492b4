/** The complaints that an author of a first config reads. */
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import { scopeWords } from '../../../src/config/oauthSettings.ts'
import type { Locale } from '../../../src/lib/locale.ts'
import {
  complaintsOf,
  OAUTH,
  PAYMENTS,
  sample,
  withOrigin,
  withRoutes,
} from '../../support/worker/sampleConfig.ts'
import { sources } from '../../support/worker/sources.ts'

describe('a complaint proposes the name that was meant', () => {
  it.each([
    [
      'another spelling',
      sample({ site: { color: '#ffffff' } }),
      'site: unknown field "color"; did you mean "colour"?',
    ],
    [
      'what other gateways have beside the path',
      withRoutes({ method: 'GET' }),
      'unknown field "method"; the method and the path are in "route", like "GET /users/:id"',
    ],
    [
      'two at once',
      sample({ baseURL: '', publicURL: '' }),
      'unknown field "baseURL", "publicURL"; the fields here are in docs/config.md',
    ],
    [
      'a part',
      sample({ payments: { ...PAYMENTS, recipientFrom: undefined, recipient: '0x0' } }),
      'payments: unknown field "recipient"; did you mean "recipientFrom"?',
    ],
    [
      'inside a list',
      sample({ oauth: { ...OAUTH, resources: [{ path: '/a', scope: {} }] } }),
      'oauth.resources[0]: unknown field "scope"; did you mean "scopes"?',
    ],
    [
      'a value',
      withRoutes({ auth: ['apikey'] }),
      'auth[0]: "apikey" must be one of "api_key", "session", "oauth", "payment", "anonymous"; write "api_key"',
    ],
    [
      'a value in capitals',
      withRoutes({ protocol: 'MCP' }),
      'protocol: "MCP" must be one of "http", "mcp"; write "mcp"',
    ],
  ])('%s', (_what, config, complaint) => {
    expect(complaintsOf(config).join('\n')).toContain(complaint)
  })

  it('never one that is there already, and none that is far', () => {
    const apiKeys = { prefix: 'xq_', limit: 1, limits: 1 }
    expect(complaintsOf(sample({ apiKeys }))).toEqual([
      expect.stringContaining('apiKeys: unknown field "limits"; the fields here are "prefix"'),
    ])
    for (const name of ['cost', 'baths', 'ttl'])
      expect(complaintsOf(withRoutes({ [name]: '1' })).join()).toMatch(/are in docs\/config\.md$/)
    expect(complaintsOf(withRoutes({ protocol: 'mpp' })).join()).toMatch(/"http", "mcp"$/)
    expect(complaintsOf(withRoutes({ auth: ['none'] }))).toEqual([
      expect.stringMatching(/"none" must be one of .*, "anonymous"$/),
    ])
  })

  it.each([
    ['GET /a/{city}', '; write ":city"'],
    ['GET /a/[city]', '; write ":city"'],
    ['GET /a/<city>', '; write ":city"'],
    ['GET /a/:id?', '; write ":id"'],
    ['GET /a/:id(\\d+)', '; write ":id"'],
    ['GET /a/**', '; write "*"'],
    ['GET /a/*/b', '; write a ":name", which matches one segment'],
    ['GET /a/', '; leave the last "/" out'],
    ['GET /a//b', '; write one "/"'],
    ['GET /a?b=c', '; leave the query out, because any query matches'],
    ['GET /días', 'a ":name", or a last "*"'],
  ])('of a path in the style of another router: %s', (route, end) => {
    const [complaint = ''] = complaintsOf(withRoutes({ route }))
    expect(complaint.endsWith(end)).toBe(true)
  })
})

describe("a name of the gateway's own bindings is no variable of a config", () => {
  const own = [...(sources.get('src/store/env.ts') ?? '').matchAll(/^ {2}([A-Z_]+)\??:/gm)]
  const names = own.map(([, name = '']) => name)

  it('all of them are looked at', () => expect(names).toContain('KEY_TAG_SECRET'))

  it.each([...names, 'KEY_TAG_SECRET_2', 'SETTLEMENT_KEY', 'FEE_PAYER_KEY_9'])('%s', (name) => {
    const sentence = "is a name of the gateway's own; choose another"
    const secretHeaders = { 'x-token': name }
    expect(complaintsOf(withOrigin({ url: 'https://a.test', secretHeaders }))).toEqual([
      `origins.api.secretHeaders.x-token: ${sentence}`,
    ])
    expect(complaintsOf(withOrigin({ urlFrom: name }))).toEqual([
      `origins.api.urlFrom: ${sentence}`,
    ])
  })

  it('a secret itself in its place is refused, and is not printed', () => {
    const secretHeaders = { 'x-token': 'sk_live_51H' }
    const [complaint] = complaintsOf(withOrigin({ url: 'https://a.test', secretHeaders }))
    expect(complaint).toMatch(/must be the name of a variable, secret .* not its value$/)
    expect(complaint).not.toContain('51H')
    expect(complaintsOf(withOrigin({ url: 'https://me:51H@a.test/b' }))).toEqual([
      'origins.api.url: "https://…@a.test/b" must be an https URL without user, password and query (http only on loopback)',
    ])
    expect(complaintsOf(withOrigin({ url: 'https://me:51/H@a.test' })).join()).not.toContain('51')
  })
})

describe('a route of an endpoint', () => {
  const withEndpoint = (route: string, endpoint: string, auth = ['session']) =>
    complaintsOf(withRoutes({ route, endpoint, auth, origin: undefined }))

  it.each([
    ['GET /keys/:id', 'apiKeys.revoke'],
    ['* /keys/:id', 'apiKeys.revoke'],
    ['GET|POST /keys', 'apiKeys.create'],
    ['HEAD /keys', 'apiKeys.create'],
    ['OPTIONS /account', 'account.update'],
    ['GET /grants/:id', 'grants.revoke'],
  ])('cannot write at a method that a link has: %s, %s', (route, endpoint) => {
    expect(withEndpoint(route, endpoint)).toEqual([
      `route "${route}": endpoint: "${endpoint}" writes; name POST, PUT, PATCH or DELETE, and no other method`,
    ])
  })

  it.each(['POST /keys', '* /keys', 'GET|DELETE /keys'])('that reads is a GET: %s', (route) => {
    expect(withEndpoint(route, 'apiKeys.list')).toEqual([
      `route "${route}": endpoint: "apiKeys.list" only reads; write "GET" as the method`,
    ])
  })

  it.each(['DELETE /keys', 'DELETE /keys/:key', 'DELETE /keys/*'])('needs its id: %s', (route) => {
    expect(withEndpoint(route, 'apiKeys.revoke')).toEqual([
      `route "${route}": endpoint: "apiKeys.revoke" needs an ":id" in the path, like "DELETE /keys/:id"`,
    ])
  })

  it('is for callers with an account', () => {
    expect(withEndpoint('GET /account', 'account.read', ['api_key', 'anonymous'])).toEqual([
      'route "GET /account": auth: "account.read" is about the caller\'s account, which "anonymous" does not have',
    ])
  })

  it.each([
    ['POST /keys/:id/revoke', 'apiKeys.revoke'],
    ['PUT|PATCH /me', 'account.update'],
    ['HEAD /me', 'account.read'],
  ])('may have a path of its own: %s, %s', (route, endpoint) => {
    expect(withEndpoint(route, endpoint)).toEqual([])
  })
})

describe('the words of a scope', () => {
  const withWords = (api: unknown) =>
    sample({ oauth: { ...OAUTH, resources: [{ path: '/a', scopes: { api } }] } })

  it.each([
    ['Read', { en: 'Read', tr: 'Read', es: 'Read' }],
    [{ en: 'Read' }, { en: 'Read', tr: 'Read', es: 'Read' }],
    [
      { en: 'Read', tr: 'Okumak' },
      { en: 'Read', tr: 'Okumak', es: 'Read' },
    ],
    [
      { en: 'Read', tr: 'Okumak', es: 'Leer' },
      { en: 'Read', tr: 'Okumak', es: 'Leer' },
    ],
  ])('are in the language of the page, else as they are written: %j', (written, shown) => {
    const { oauth } = parseConfig(withWords(written))
    for (const [locale, text] of Object.entries(shown))
      expect(oauth && scopeWords(oauth, locale as Locale).get('api')).toBe(text)
  })

  it.each([
    [{ tr: 'Okumak' }, 'scopes.api: must be a text, or one for each language, like { en: "Read"'],
    [{ en: 'Read', de: 'Lesen' }, 'scopes.api: unknown field "de"; the fields here are "en", "tr"'],
    [{ en: 'Read', tr: '' }, 'scopes.api.tr: must say what it grants'],
    [5, 'scopes.api: must be a text, or one for each language, like { en: "Read"'],
  ])('are refused without a text to show: %j', (written, complaint) => {
    expect(complaintsOf(withWords(written))).toEqual([
      expect.stringContaining(`oauth.resources[0].${complaint}`),
    ])
  })
})

describe('settings that can never work are refused', () => {
  it.each([
    [
      'a scope that is ignored in every request',
      sample({ oauth: { ...OAUTH, resources: [{ path: '/a', scopes: { openid: 'Sign in' } }] } }),
      'oauth.resources: "openid" is ignored when a client asks for it; rename it',
    ],
    [
      'a WebSocket without GET',
      withRoutes({ route: 'POST /a', websocket: true }),
      'route "POST /a": websocket: an upgrade is a GET; name "GET" in the route',
    ],
    [
      'MCP without POST',
      withRoutes({ route: 'GET /a', protocol: 'mcp' }),
      'route "GET /a": protocol: "mcp" needs POST; write "*" as the method',
    ],
    [
      'MCP with POST at another path only',
      withRoutes({ route: 'GET /a', protocol: 'mcp' }, { route: 'POST /b', protocol: 'mcp' }),
      'route "GET /a": protocol: "mcp" needs POST; write "*" as the method',
    ],
  ])('%s', (_what, config, complaint) => {
    expect(complaintsOf(config)).toEqual([complaint])
  })
})

it.each([
  [
    'an idle end after the absolute one',
    sample({ sessions: { cookie: 'a', idle: '31d', absolute: '30d' } }),
  ],
  ['refresh tokens that end before access tokens', sample({ oauth: { ...OAUTH, refresh: '23h' } })],
  [
    'a limit of fees over that of a day',
    sample({ payments: { ...PAYMENTS, sponsor: { perPayment: '5', perDay: '4.99' } } }),
  ],
  [
    'MCP with a route for each method',
    withRoutes({ route: 'POST /a', protocol: 'mcp' }, { route: 'GET|DELETE /a', protocol: 'mcp' }),
  ],
])('settings that work, though others would be clearer, are accepted: %s', (_what, config) => {
  expect(complaintsOf(config)).toEqual([])
})
