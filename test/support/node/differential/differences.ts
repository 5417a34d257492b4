/**
 * Everything in which an exchange through the gateway may differ from the same exchange with the
 * origin itself. Each difference has its sentence in docs/proxying.md.
 */
import type { Message } from './messages.ts'

export interface Difference {
  /** A text of docs/proxying.md that states the difference. */
  stated: string
  /** Changes the request that the origin got directly into the one that it gets. */
  request?: (message: Message, lab: Lab) => void
  /** Changes the answer of the origin into the one that a caller gets. */
  answer?: (message: Message, lab: Lab) => void
}

/** Where an exchange takes place. */
export interface Lab {
  /** The origin's URL. */
  origin: string
  /** The gateway's host. */
  gateway: string
  /** Whether the caller has a session. */
  isSignedIn: boolean
}

const drop = (message: Message, names: RegExp): void => {
  for (const name of message.fields.keys()) if (names.test(name)) message.fields.delete(name)
}

/** Headers with a value of their own in every exchange: only their presence is compared. */
export const UNIQUE = /^(?:turnpike-assertion|x-request-id|cf-worker|x-lab-case)$/

/** Headers that frame a body. They are not compared; the body is. */
export const FRAMING = /^(?:content-length|transfer-encoding)$/

const FORWARDED =
  /^(?:accept|accept-language|accept-encoding|cache-control|content-type|content-encoding|content-language|idempotency-key|if-.*|repr-digest|last-event-id|pragma|prefer|range|traceparent|user-agent|x-requested-with|x-lab-.*|via|host)$/

/** Requests that never reach the origin, and the status that they get in its place. */
export const REFUSALS: readonly { stated: string; status: number; target: RegExp }[] = [
  {
    stated: 'The platform answers 400 to a target with `"`, `<` or `>`',
    status: 400,
    target: /["<>]/,
  },
  {
    stated: 'A path that two parsers could read differently is 400',
    status: 400,
    target: /^[^?]*(?:\/\/|\/\.{1,2}(?:\/|$|\?)|%2[ef]|%5c|;|\\)/i,
  },
]

/** An answer that is read whole before it is passed on. */
export const BROKEN = {
  stated: 'A short answer (at most 4,096 bytes declared) that breaks off is 502',
  status: 502,
  matches: ({ isWhole, fields }: Message) =>
    !isWhole &&
    Number(fields.get('content-length') ?? Number.NaN) <= 4_096 &&
    fields.get('content-type') !== 'text/event-stream',
}

/** A URI of the origin as the caller gets it. */
const ownUri = (uri: string, origin: string) =>
  uri
    .replace(/^\/\/other/, 'http://other')
    .replace(`${origin}?`, '/?')
    .replace(origin, '')
    .replace('/.//', '/')

export const DIFFERENCES: readonly Difference[] = [
  {
    stated: 'all other headers | dropped, names with `_` always',
    request: (message) => drop(message, new RegExp(`^(?!${FORWARDED.source.slice(1, -1)}$)`)),
  },
  {
    stated: "The platform writes `'` in a query as `%27`",
    request(message) {
      const [path = '', ...query] = message.start.split('?')
      const encoded = query.join('?').replaceAll("'", '%27')
      if (query.length > 0) message.start = `${path}?${encoded}`
    },
  },
  {
    stated: 'Lines without a value are dropped by the platform, but only of headers that it knows',
    request(message) {
      const accept = message.fields.get('accept')
      if (accept === undefined) return
      const values = accept.split(', ').filter(Boolean)
      if (values.length > 0) message.fields.set('accept', values.join(', '))
      else message.fields.delete('accept')
    },
  },
  {
    stated: "`Accept-Encoding` | the client's own value, not the platform's; `identity`",
    request(message) {
      const value = message.fields.get('accept-encoding')
      message.fields.set('accept-encoding', value || 'identity')
    },
  },
  {
    stated: 'In their place is `Turnpike-Assertion`, a signed statement of who calls',
    request: (message) => void message.fields.set('turnpike-assertion', 'unique'),
  },
  {
    stated: 'the platform adds `CF-Worker`',
    request: (message) => void message.fields.set('cf-worker', 'unique'),
  },
  {
    stated: 'added | `X-Request-Id`, `X-Forwarded-For`, `X-Forwarded-Host`, `X-Forwarded-Proto`',
    request(message, { origin, gateway }) {
      message.fields.set('x-request-id', 'unique')
      message.fields.set('x-forwarded-host', gateway)
      message.fields.set('x-forwarded-proto', 'http')
      message.fields.set('host', new URL(origin).host)
      const via = message.fields.get('via')
      message.fields.set('via', via === undefined ? '1.1 turnpike' : `${via}, 1.1 turnpike`)
    },
  },
  {
    stated: 'hop-by-hop headers, and those that `Connection` names | dropped',
    answer: (message) => drop(message, /^(?:keep-alive|connection)$/),
  },
  {
    stated: "headers that would speak for the gateway's host",
    answer: (message) =>
      drop(
        message,
        /^(?:set-cookie|strict-transport-security|alt-svc|nel|report-to|clear-site-.*|public-key-pins|expect-ct|service-worker-allowed)$/,
      ),
  },
  {
    stated: 'headers for shared caches',
    answer: (message) =>
      drop(message, /^(?:.*cdn-cache-control|surrogate-control|edge-control|x-accel-.*)$/),
  },
  {
    stated: "`Access-Control-*` | the gateway's own",
    answer: (message) => drop(message, /^access-control-/),
  },
  {
    stated: '`WWW-Authenticate` of the schemes Payment, Basic, Digest, Negotiate, NTLM | dropped',
    answer(message) {
      const challenge = message.fields.get('www-authenticate') ?? ''
      if (/(?:^|, ?)(?:Basic|Digest)/.test(challenge)) drop(message, /^www-authenticate$/)
    },
  },
  {
    stated: '`Server`, `X-Powered-By`, `RateLimit`, `RateLimit-Policy`, `Payment-Receipt`',
    answer: (message) => drop(message, /^(?:server|x-powered-by|ratelimit|payment-receipt)$/),
  },
  {
    stated: 'A URI of another host stays',
    answer(message, { origin }) {
      const link = message.fields.get('link')
      if (link !== undefined) message.fields.set('link', link.replaceAll(origin, ''))
      for (const name of ['location', 'content-location']) {
        const uris = new Set(message.fields.get(name)?.split(', '))
        const [uri] = uris
        if (uri === undefined) continue
        // A header that has come twice with two URIs has no one reading.
        if (uris.size > 1) message.fields.delete(name)
        else message.fields.set(name, ownUri(uri, origin))
      }
    },
  },
  {
    stated: "`Content-Security-Policy` | the origin's, with `sandbox` beside it",
    answer(message) {
      const policy = message.fields.get('content-security-policy')
      const sandboxed = policy === undefined ? 'sandbox' : `${policy}, sandbox`
      message.fields.set('content-security-policy', sandboxed)
      message.fields.set('x-content-type-options', 'nosniff')
    },
  },
  {
    stated: '`Cache-Control`, `Vary` | to a caller with a credential: `private`, or `no-store`',
    answer({ fields }, { isSignedIn }) {
      if (!isSignedIn) return
      const kept = (fields.get('cache-control') ?? 'no-store')
        .split(', ')
        .filter((directive) => !/^(?:public|private)$/.test(directive))
      if (!kept.includes('no-store')) kept.unshift('private')
      fields.set('cache-control', kept.join(', '))
      const vary = fields.get('vary')
      if (vary?.trim() === '*') return
      const names = [...new Set(vary?.split(', ')), 'X-API-Key', 'Authorization', 'Cookie']
      fields.set('vary', names.join(', '))
    },
  },
  {
    stated: 'added | `X-Request-Id`, `Via`',
    answer(message) {
      message.fields.set('x-request-id', 'unique')
      const via = message.fields.get('via')
      message.fields.set('via', via === undefined ? '1.1 turnpike' : `${via}, 1.1 turnpike`)
    },
  },
  {
    stated: 'The framing of a body (length or chunks) is between two neighbours',
    request: (message) => drop(message, FRAMING),
    answer: (message) => drop(message, FRAMING),
  },
]
