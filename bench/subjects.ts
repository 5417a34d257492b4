/** The subjects: a server, a request to it, and the answer that must come. */
import type { Credentials } from './credentials.ts'
import { wireRequest } from './load.ts'

export interface Subject {
  name: string
  /** The socket of a Worker, or the name of another program. */
  server: string
  next: () => Buffer
  status: number
  /** A text that the head or the body of its answer shows. */
  shows: RegExp
  /** How many requests a turn has, as a part of those of a usual one. */
  part: number
  /** The subject that it is compared with in the table, or null. */
  floor: string | null
}

/** The headers of a request as the platform hands it to a Worker. A credential comes on top. */
export const PLATFORM_HEADERS = {
  host: '127.0.0.1',
  accept: 'application/json',
  'accept-encoding': 'gzip, br',
  'accept-language': 'en-US,en;q=0.9',
  'user-agent':
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0',
  'cdn-loop': 'cloudflare; loops=1',
  'cf-connecting-ip': '203.0.113.7',
  'cf-ipcountry': 'DE',
  'cf-ray': '8c0a5f3b2d4e1f60-FRA',
  'cf-visitor': '{"scheme":"https"}',
  'x-forwarded-for': '203.0.113.7',
  'x-forwarded-proto': 'https',
  'x-real-ip': '203.0.113.7',
}

const SOLD = '/api/v1/x/tweets/1234567890'
const LIMITED = '/api/v1/x/accounts'
const STREAM = '/api/v1/x/events'
const MEBIBYTE = '/api/v1/x/mebibyte'
const UPLOAD = '/api/v1/x/upload'
export const MCP_CALL = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} })
const ITEM = JSON.stringify({ username: 'somebody' })
const BYTES = 'x'.repeat(1024 * 1024)

type Headers = Record<string, string>

/** A request that is the same each time. */
export function sameRequest(method: string, path: string, headers: Headers = {}, body = '') {
  const request = wireRequest(method, path, { ...PLATFORM_HEADERS, ...headers }, body)
  return () => request
}

/** A request with another credential each time. */
function inTurn(path: string, keys: readonly string[]) {
  const requests = keys.map((key) => sameRequest('GET', path, { 'x-api-key': key })())
  const nothing = Buffer.alloc(0)
  let sent = 0
  return () => requests[sent++ % requests.length] ?? nothing
}

const JSON_BODY = { 'content-type': 'application/json' }
export const MCP_HEADERS = {
  ...JSON_BODY,
  accept: 'application/json, text/event-stream',
  'mcp-protocol-version': '2025-06-18',
}

/** Every request of the bench by its name, with the credentials that it needs. */
export function requestsFor(credentials: Credentials) {
  const { key, session, token, limitedKey, revokedKey, coldKeys, junkKeys } = credentials
  const byKey = { 'x-api-key': key }
  const byToken = { authorization: `Bearer ${token}` }
  return {
    nobody: () => sameRequest('GET', SOLD),
    key: () => sameRequest('GET', SOLD, byKey),
    session: () => sameRequest('GET', SOLD, { cookie: `session_token=${session}` }),
    token: () => sameRequest('GET', SOLD, byToken),
    keyToMcp: () => sameRequest('POST', '/mcp', { ...MCP_HEADERS, ...byKey }, MCP_CALL),
    tokenToMcp: () => sameRequest('POST', '/mcp', { ...MCP_HEADERS, ...byToken }, MCP_CALL),
    cold: (keys: readonly string[] = coldKeys) => inTurn(SOLD, keys),
    junk: () => inTurn(SOLD, junkKeys),
    revoked: () => sameRequest('GET', SOLD, { 'x-api-key': revokedKey }),
    limited: () => sameRequest('POST', LIMITED, { ...JSON_BODY, 'x-api-key': limitedKey }, ITEM),
    stream: () => sameRequest('GET', STREAM, { ...byKey, accept: 'text/event-stream' }),
    down: () => sameRequest('GET', MEBIBYTE, byKey),
    up: () => sameRequest('POST', UPLOAD, { ...byKey, 'content-type': 'image/png' }, BYTES),
    openApi: () => sameRequest('GET', '/openapi.json'),
  }
}

export type Requests = ReturnType<typeof requestsFor>

/** A subject that answers with the origin's item unless something else is said. */
export function subject(
  name: string,
  server: string,
  next: () => Buffer,
  { status = 200, shows = /"username":"somebody"/, part = 1, floor = null }: Partial<Subject> = {},
): Subject {
  return { name, server, next, status, shows, part, floor }
}

const REFUSED = { status: 401, shows: /"error":"unauthenticated"/ }
const FOR_SALE = { status: 402, shows: /www-authenticate: payment /i }
const TOO_MANY = { status: 429, shows: /"error":"rate_limit_exceeded"/ }
const MCP_ANSWER = { shows: /"jsonrpc":"2.0"/ }
const STREAMED = { shows: /id: 20\n/, part: 0.2 }
const BIG = { part: 0.1 }
const DOWNLOADED = { ...BIG, shows: /content-length: 1048576/i }

/** The gateway with the shipped table. */
export function oursOf(requests: Requests): Subject[] {
  const ours = (
    name: string,
    floor: string | null,
    next: () => Buffer,
    rest: Partial<Subject> = {},
  ) => subject(`ours: ${name}`, 'ours', next, { ...rest, floor })
  const [key, pass] = ['ours: warm key → origin', 'fetch(url, request)']
  return [
    ours('402', 'constant 402', requests.nobody(), FOR_SALE),
    ours('warm key → origin', 'equal-duty bare Worker', requests.key()),
    ours('warm session → origin', key, requests.session()),
    ours('warm token → origin', key, requests.token()),
    ours('warm key → /mcp', `${pass}, POST /mcp`, requests.keyToMcp(), MCP_ANSWER),
    ours('warm token → /mcp', 'ours: warm key → /mcp', requests.tokenToMcp(), MCP_ANSWER),
    ours('cold key → origin', key, requests.cold()),
    ours('junk key 401', 'constant 401', requests.junk(), REFUSED),
    ours('revoked key 401', 'constant 401', requests.revoked(), REFUSED),
    ours('limited write 429', 'constant 429', requests.limited(), TOO_MANY),
    ours('events, by key', `${pass}, events`, requests.stream(), STREAMED),
    ours('1 MiB down, by key', `${pass}, 1 MiB down`, requests.down(), DOWNLOADED),
    ours('1 MiB up, by key', `${pass}, 1 MiB up`, requests.up(), BIG),
    ours('/openapi.json', null, requests.openApi(), { shows: /"openapi":"3/, part: 0.5 }),
  ]
}

/** Every kind of call at a table of so many routes. */
export function tableOf(routes: string, requests: Requests): Subject[] {
  const at = (name: string, next: () => Buffer, rest: Partial<Subject> = {}) =>
    subject(`${routes} routes: ${name}`, routes, next, {
      ...rest,
      floor: routes === '10' ? null : `10 routes: ${name}`,
    })
  return [
    at('402', requests.nobody(), FOR_SALE),
    at('warm key', requests.key()),
    at('warm session', requests.session()),
    at('warm token', requests.token()),
    at('warm token → /mcp', requests.tokenToMcp(), MCP_ANSWER),
    at('cold key', requests.cold()),
    at('junk key', requests.junk(), REFUSED),
    at('revoked key', requests.revoked(), REFUSED),
    at('limited write', requests.limited(), TOO_MANY),
  ]
}

/** The floors that the gateway is measured against on this platform. */
export function floorsOf(requests: Requests): Subject[] {
  const pass = (name: string, next: () => Buffer, rest: Partial<Subject> = {}) =>
    subject(`fetch(url, request)${name}`, 'passThrough', next, rest)
  return [
    subject('constant 402', 'constant402', requests.nobody(), FOR_SALE),
    subject('constant 401', 'constant401', requests.junk(), REFUSED),
    subject('constant 429', 'constant429', requests.limited(), TOO_MANY),
    subject('equal-duty bare Worker', 'equalDuty', requests.key()),
    pass('', requests.key()),
    pass(', POST /mcp', requests.tokenToMcp(), MCP_ANSWER),
    pass(', events', requests.stream(), STREAMED),
    pass(', 1 MiB down', requests.down(), DOWNLOADED),
    pass(', 1 MiB up', requests.up(), BIG),
  ]
}
