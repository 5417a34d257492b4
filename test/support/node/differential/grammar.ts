/** The grammar of the differential test: requests, and what the origin answers to them. */
import fc from 'fast-check'
import type { Field } from './messages.ts'

/** How a body is sent: with a length, in chunks, or until the connection ends (answers only). */
export interface Body {
  bytes: string
  framing: 'length' | 'chunked' | 'close'
  /** The lengths of the chunks, over and over. */
  chunks: readonly number[]
  /** Lines after the last chunk. */
  trailers: string
}

export interface Case {
  /** Whether it is sent with a session. A long body with a length then streams to the origin. */
  isSignedIn: boolean
  method: string
  target: string
  fields: readonly Field[]
  body: Body | null
  answer: {
    /** Whether it comes before the request's body has been read. */
    isEarly: boolean
    /** Interim answers before it, as bytes. */
    interim: string
    status: number
    fields: readonly Field[]
    body: Body | null
    /** Whether the connection ends in the middle of the body. */
    isCut: boolean
  }
}

const oneOf = <T>(...values: T[]) => fc.constantFrom(...values)
const bytes = fc
  .array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 300 })
  .map((all) => String.fromCharCode(...all))
const large = fc.integer({ min: 1, max: 9 }).map((n) => 'abcdefghij'.repeat(n * 7_000))
/** Lengths at which the gateway begins to stream a body. */
const edges = oneOf(4_096, 4_097, 16_384, 16_385).map((length) => 'z'.repeat(length))
const content = fc.oneof(
  { weight: 6, arbitrary: bytes },
  { weight: 1, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: edges },
  { weight: 2, arbitrary: large },
)
const chunks = fc.array(oneOf(1, 2, 3, 7, 16, 255, 4_096, 65_536), { minLength: 1, maxLength: 4 })
const trailers = oneOf('', '', 'x-checksum: 1\r\n')

/** A body in one of these framings. A large one has large chunks, so that it is quickly read. */
function bodies(...framings: Body['framing'][]): fc.Arbitrary<Body> {
  return fc
    .record({ bytes: content, framing: oneOf(...framings), chunks, trailers })
    .map((body) => (body.bytes.length < 1_000 ? body : { ...body, chunks: [4_096, 65_536] }))
}
const requestBody = bodies('length', 'chunked')
const answerBody = bodies('length', 'length', 'chunked', 'chunked', 'close')

const path = oneOf(
  '/any/a',
  '/any/a/',
  '/any',
  '/any/a%20b',
  '/any/caf%C3%A9/%e3%81%82',
  "/any/a!$&'()*+,=:@b",
  '/any/..a/.b',
  '/any/A/~-_.b',
  '/any/a%3Fb%23c',
  // These are refused.
  '/any/a%2fb',
  '/any/a;b/c',
)
const query = oneOf(
  '',
  '',
  '?',
  '?a',
  '?a=',
  '?a=1&a=2&b',
  '?=&&=',
  '?a=b?c/d',
  '?a=%2F%2f+%20',
  '?a[]=1&b{c}=|d|^`',
  '?a=%2B&&b;c=1;d&a=+',
  "?q='a'",
  '?q="<a>"',
  '?q=%zz%',
  '?a=%00%0d%0a',
  '?:@!$()*,;~',
  `?${'long=1&'.repeat(300)}`,
)

/** Blanks around a value, which mean nothing (RFC 9110 section 5.5). */
const blanks = oneOf('', ' ', ' ', '  ', '\t')
const requestField = fc.oneof(
  field('accept', '*/*', 'text/html;q=0.5, application/json', ''),
  field('accept-language', 'tr', 'en-GB, en;q=0.5'),
  field('accept-encoding', 'gzip', 'identity', 'br;q=1, *;q=0'),
  field('cache-control', 'no-cache', 'max-age=0'),
  field('content-type', 'application/json', 'multipart/form-data; boundary="a b"'),
  field('content-encoding', 'gzip', 'x-own'),
  field('content-language', 'en'),
  field('idempotency-key', 'a-1', ''),
  field('if-match', '"a"', '*'),
  field('if-none-match', 'W/"a", "b"'),
  field('if-modified-since', 'Sat, 29 Oct 1994 19:43:31 GMT'),
  field('if-range', '"a"'),
  field('if-unmodified-since', 'Sat, 29 Oct 1994 19:43:31 GMT'),
  field('repr-digest', 'sha-256=:AAAA:'),
  field('last-event-id', '7'),
  field('pragma', 'no-cache'),
  field('prefer', 'respond-async, wait=10'),
  field('range', 'bytes=0-3', 'bytes=-5', 'items=1-2'),
  field('traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'),
  field('user-agent', 'lab/1 (a; b)'),
  field('x-requested-with', 'XMLHttpRequest'),
  field('via', '1.0 fred'),
  field('x-lab-a', '1', 'caf\xe9 \xff', 'a, "b, c"', 'x'.repeat(3_000)),
  // These never pass.
  field('x-other', '1'),
  field('referer', 'https://a.test/'),
  field('dnt', '1'),
  field('x_lab_b', '1'),
  field('x-forwarded-for', '6.6.6.6'),
  field('forwarded', 'for=6.6.6.6'),
  field('x-forwarded-prefix', '/evil'),
  field('x-request-id', 'mine'),
  field('turnpike-assertion', 'forged'),
  field('proxy-authorization', 'Basic YTpi'),
  field('x-original-url', '/admin'),
  field('te', 'trailers'),
  field('keep-alive', 'timeout=5'),
)

const answerField = fc.oneof(
  field('content-type', 'application/json', 'text/html', 'text/event-stream', 'text/plain'),
  field('content-encoding', 'x-own', 'br', 'gzip'),
  field('content-language', 'en', 'caf\xe9'),
  field('content-disposition', 'attachment; filename="a b.txt"'),
  field('cache-control', 'public, max-age=60', 'no-store', 'private'),
  field('expires', '0'),
  field('age', '3'),
  field('date', 'Sat, 29 Oct 1994 19:43:31 GMT'),
  field('etag', '"a"', 'W/"b"'),
  field('last-modified', 'Sat, 29 Oct 1994 19:43:31 GMT'),
  field('vary', 'Accept', '*'),
  field('accept-ranges', 'bytes'),
  field('content-range', 'bytes 0-3/9', 'bytes */9'),
  field('access-control-allow-credentials', 'true'),
  field('public-key-pins', 'max-age=1'),
  field('expect-ct', 'max-age=1'),
  field('edge-control', 'max-age=1'),
  field('cloudflare-cdn-cache-control', 'max-age=1'),
  field('service-worker-allowed', '/'),
  field('refresh', '5; url=/any/z', '0'),
  field('retry-after', '5'),
  field('allow', 'GET, POST'),
  field(
    'location',
    '/any/b',
    'b',
    '?c',
    'https://other.test/d',
    'ORIGIN/any/e',
    '/.//evil.test',
    '//other.test/f',
    'ORIGIN?g',
  ),
  field('content-location', '/any/f', 'ORIGIN/any/g'),
  field('link', '</any/h>; rel="next", <https://other.test/>; rel=up', '<ORIGIN/any/i>; rel=next'),
  field('www-authenticate', 'Bearer realm="a"', 'Basic realm="a"', 'Digest realm="a", nonce="b"'),
  field('content-security-policy', "default-src 'self'"),
  field('x-content-type-options', 'nosniff'),
  field('via', '1.1 varnish'),
  field('x-lab-a', '1', 'a, "b, c"', '\xff'),
  field('x-ratelimit-remaining', '5'),
  // These never pass.
  field('set-cookie', 'a=1; Path=/', 'session_token=evil'),
  field('server', 'lab'),
  field('x-powered-by', 'lab'),
  field('strict-transport-security', 'max-age=1'),
  field('alt-svc', 'h3=":443"'),
  field('nel', '{}'),
  field('report-to', '{}'),
  field('clear-site-data', '"*"'),
  field('access-control-allow-origin', '*'),
  field('access-control-expose-headers', 'x-lab-a'),
  field('cdn-cache-control', 'max-age=60'),
  field('surrogate-control', 'max-age=60'),
  field('x-accel-redirect', '/etc/passwd'),
  field('x-request-id', 'mine'),
  field('ratelimit', '"a";r=1;t=1'),
  field('payment-receipt', 'forged'),
  field('keep-alive', 'timeout=5'),
)

/** A field with one of these values, its name in some spelling and blanks around the value. */
function field(name: string, ...values: string[]): fc.Arbitrary<Field> {
  const spelled = oneOf(
    name,
    name,
    name.toUpperCase(),
    name.replace(/(?<=^|-)./g, (letter) => letter.toUpperCase()),
  )
  return fc
    .tuple(spelled, oneOf(...values), blanks, blanks)
    .map(([as, value, before, after]) => [as, before + value + after])
}

const STATUSES = [
  [200, 200, 200, 200, 201, 202, 203, 204, 205, 206, 226, 299],
  [300, 301, 302, 303, 304, 307, 308],
  [400, 401, 402, 403, 404, 405, 409, 410, 412, 416, 418, 422, 428, 429, 451, 499],
  [500, 501, 502, 503, 504, 511, 599],
].flat()

const anyCase: fc.Arbitrary<Case> = fc
  .record({
    isSignedIn: oneOf(false, false, true),
    method: oneOf('GET', 'GET', 'GET', 'HEAD', 'POST', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'),
    target: fc.tuple(path, query).map(([at, more]) => at + more),
    fields: fc.array(requestField, { maxLength: 6 }),
    body: fc.option(requestBody),
    answer: fc.record({
      isEarly: oneOf(false, false, false, true),
      interim: oneOf(
        '',
        '',
        '',
        'HTTP/1.1 100 Continue\r\n\r\n',
        'HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n',
      ),
      status: oneOf(...STATUSES),
      fields: fc.array(answerField, { maxLength: 7 }),
      body: fc.option(answerBody, { freq: 8 }),
      isCut: oneOf(false, false, false, false, false, false, true),
    }),
  })
  .map(sensible)

/** Leaves out what means nothing: the body of a GET, an early answer to no body. */
function sensible(given: Case): Case {
  const mayHaveBody = /^(?:POST|PUT|PATCH|DELETE)$/.test(given.method)
  const body = mayHaveBody ? given.body : null
  const { answer } = given
  const isBodiless = given.method === 'HEAD' || [204, 205, 304].includes(answer.status)
  const answerBody = isBodiless ? null : answer.body
  const isCut = answer.isCut && (answerBody?.bytes.length ?? 0) > 1
  // Without a length, the end of a connection tells nothing of a cut, nor of the request's end.
  const isEarly = answer.isEarly && body !== null
  const needsLength = isCut || isEarly
  const framing = needsLength && answerBody?.framing === 'close' ? 'length' : answerBody?.framing
  return {
    ...given,
    body,
    answer: {
      ...answer,
      isEarly,
      body: answerBody && { ...answerBody, framing: framing ?? 'length' },
      isCut,
    },
  }
}

/** The cases, always the same. */
export const CASES: readonly Case[] = fc.sample(anyCase, { seed: 20_261_127, numRuns: 360 })
