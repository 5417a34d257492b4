/** Decides which request headers pass to an origin, and which response headers pass back. */
import type { HeaderFields } from './headerFields.ts'
import { hopHeaders } from './hopHeaders.ts'

/**
 * The request headers that every origin gets. An allow-list, because deny-lists have failed in
 * gateway after gateway on the one header that was not listed. An origin's config can add more.
 */
export const STANDARD_HEADERS: ReadonlySet<string> = new Set([
  'accept',
  'accept-language',
  'baggage',
  'cache-control',
  'content-digest',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-md5',
  // A part of a body that comes without this header would be taken for the whole.
  'content-range',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'last-event-id',
  'pragma',
  'prefer',
  'range',
  'repr-digest',
  'traceparent',
  'tracestate',
  'user-agent',
  'x-requested-with',
])

/**
 * Request headers that no config can let through: the gateway's credentials, headers that the
 * gateway sets itself, and names with "_", which some origins read as another name. The headers of
 * MCP tools' parameters may have a "_" (MCP 2026-07-28, `x-mcp-header`).
 */
const NEVER_FORWARDED =
  /^(?:authorization|cookie|proxy-.*|x-api-key|payment-.*|accept-payment|turnpike-.*|x-request-id|x-forwarded-.*|forwarded|host|connection|cf-.*|content-length|transfer-encoding|upgrade|te|trailer|expect|via|(?!mcp-param-).*_.*)$/

/** Whether every origin gets this request header (lower case), whatever its config says. */
export const isForwardedEverywhere = (name: string): boolean => STANDARD_HEADERS.has(name)

/** Headers that the gateway sets itself or that frame a message: no config can set them. */
const OURS =
  /^(?:turnpike-.*|x-request-id|x-forwarded-.*|forwarded|host|connection|cf-.*|content-length|transfer-encoding|upgrade|te|trailer|expect|via|accept-encoding)$/

/** Whether a config may set this header (lower case) from a secret that the origin demands. */
export function mayDemand(name: string): boolean {
  return /^[a-z0-9-]+$/.test(name) && !OURS.test(name)
}

/** Whether a config may forward this header (lower case), or a prefix of names like "x-a-*". */
export function mayForward(name: string): boolean {
  return /^[a-z0-9-]+\*?$/.test(name) && !name.startsWith('*') && !NEVER_FORWARDED.test(name)
}

/**
 * Returns the rule that says whether a request header, by its lower-case name, is forwarded to an
 * origin. `extra` are the names that the origin's config adds, in lower case; "name-*" is a prefix.
 * The rule is made once for each origin.
 */
export function forwardingRule(extra: readonly string[]): (name: string) => boolean {
  const names = new Set([...STANDARD_HEADERS, ...extra])
  const prefixes = extra.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1))
  return (name) =>
    names.has(name) ||
    (prefixes.some((prefix) => name.startsWith(prefix)) && !NEVER_FORWARDED.test(name))
}

/**
 * Returns the request headers that are forwarded. They are a record, because the platform takes a
 * record in one step. If a forwarded value has a byte outside ASCII, which would be lost in
 * JavaScript, they are a native copy of `native`. `acceptEncoding` is the client's own value, ""
 * for none.
 */
export function forwardedHeaders(
  headers: HeaderFields,
  native: Headers,
  passes: (name: string) => boolean,
  acceptEncoding: string,
): Record<string, string> | Headers {
  const forwarded: Record<string, string> = {}
  const hop = hopHeaders(headers.get('connection'))
  const isSent = hop === null ? passes : (name: string) => passes(name) && !hop.has(name)
  let isAscii = true
  headers.forEach((value, name) => {
    if (!isSent(name)) return
    if (NOT_ASCII.test(value)) isAscii = false
    forwarded[name] = value
  })
  if (!isAscii) return nativeCopy(headers, native, isSent, acceptEncoding)
  // Without this header the platform asks the origin for compression, which the caller may not
  // understand.
  forwarded['accept-encoding'] = acceptEncoding || 'identity'
  return forwarded
}

const NOT_ASCII = /[^\t -~]/

function nativeCopy(
  headers: HeaderFields,
  native: Headers,
  passes: (name: string) => boolean,
  acceptEncoding: string,
): Headers {
  const copy = new Headers(native)
  headers.forEach((_, name) => {
    if (!passes(name)) copy.delete(name)
  })
  copy.set('accept-encoding', acceptEncoding || 'identity')
  return copy
}

/**
 * Headers of an origin's answer that are dropped: hop-by-hop headers (RFC 9110 section 7.6.1),
 * headers that the gateway sets itself, and headers that would speak for the gateway's host.
 */
const DROPPED_FROM_ANSWERS = new Set([
  'accept-ch',
  'activate-storage-access',
  'alt-svc',
  'cdn-cache-control',
  'clear-site-data',
  'connection',
  'critical-ch',
  'edge-control',
  'expect-ct',
  'keep-alive',
  'nel',
  'origin-agent-cluster',
  'observe-browsing-topics',
  'payment-receipt',
  'payment-session',
  'payment-session-snapshot',
  'payment-status',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-connection',
  'public-key-pins',
  'public-key-pins-report-only',
  'ratelimit',
  'ratelimit-policy',
  'report-to',
  'reporting-endpoints',
  'server',
  'service-worker-allowed',
  'set-cookie',
  'set-cookie2',
  'set-login',
  'shared-storage-write',
  'speculation-rules',
  'strict-transport-security',
  'surrogate-control',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'use-as-dictionary',
  'x-permitted-cross-domain-policies',
  'x-powered-by',
  'x-request-id',
])

/**
 * Names that are dropped by their form: of the gateway, of CORS, of advertisements, of sessions
 * that are bound to a device, and of shared caches.
 */
const DROPPED_FORMS =
  /^(?:access-control|attribution-reporting|sec(?:ure)?-session|turnpike|x-accel)-|-cache-control$/

/**
 * A challenge that an origin must not make. Only the gateway may ask for payments. The other
 * schemes make a browser ask a person for a password, in the name of the gateway's host.
 */
const REFUSED_CHALLENGE = /(?:^|,)\s*(?:payment|basic|digest|negotiate|ntlm)(?:\s|,|$)/i

/**
 * Returns the headers of an origin's answer that the caller does not get, each as null. `headers`
 * are all headers of the answer by lower-case name.
 */
export function droppedHeaders(headers: HeaderFields): Record<string, null> {
  const dropped: Record<string, null> = {}
  headers.forEach((value, name) => {
    const isDropped =
      DROPPED_FROM_ANSWERS.has(name) ||
      DROPPED_FORMS.test(name) ||
      (name === 'content-length' && headers.has('transfer-encoding')) ||
      (name === 'www-authenticate' && REFUSED_CHALLENGE.test(value))
    if (isDropped) dropped[name] = null
  })
  for (const name of hopHeaders(headers.get('connection')) ?? [])
    if (headers.has(name)) dropped[name] = null
  return dropped
}

/** In characters. No honest `Cache-Control` is longer. */
const MAX_CACHE_CONTROL_LENGTH = 1_000

/**
 * The `Cache-Control` of an answer to an authenticated caller: the origin's directives without
 * those that let a shared cache keep the answer (RFC 9111 section 5.2.2), with `private` unless
 * they say `no-store`. Without any directive, or if the value is too long, it is `no-store`.
 */
export function privateCacheControl(value: string | null): string {
  if (value === null || value.length > MAX_CACHE_CONTROL_LENGTH) return 'no-store'
  const shared = /^(?:public|private|s-maxage|proxy-revalidate|must-understand)\b/i
  const given = directivesOf(value)
  const kept = given.filter((directive) => !shared.test(directive))
  if (given.length === 0) return 'no-store'
  return kept.some((directive) => /^no-store$/i.test(directive))
    ? kept.join(', ')
    : ['private', ...kept].join(', ')
}

/** The members of a header's value; a comma within quotes does not separate. */
function directivesOf(value: string): string[] {
  const members = value.match(/(?:"(?:[^"\\]|\\.)*"?|[^",])+/g) ?? []
  return members.map((member) => member.trim()).filter(Boolean)
}

/** A `Vary` value with the names added that it does not have yet; "*" stays "*". */
export function addVary(value: string | null, names: readonly string[]): string {
  if (value?.trim() === '*') return '*'
  const known = (value ?? '').split(',').map((name) => name.trim())
  const lower = new Set(known.map((name) => name.toLowerCase()))
  return [...known.filter(Boolean), ...names.filter((name) => !lower.has(name.toLowerCase()))].join(
    ', ',
  )
}

/** The name of the gateway in `Via`; a host name there would tell more than it must. */
const PSEUDONYM = 'turnpike'

/**
 * A `Via` value with the gateway added at its end (RFC 9110 section 7.6.3). `protocol` is the
 * version in which the message was received. A value that is too long, or that is no list of
 * visible ASCII, is replaced.
 */
export function addVia(value: string | undefined, protocol = '1.1'): string {
  const own = `${protocol} ${PSEUDONYM}`
  if (value === undefined || value.length > 1_000 || NOT_ASCII.test(value)) return own
  return value.trim() === '' ? own : `${value}, ${own}`
}
