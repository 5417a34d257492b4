/** Decides which request headers pass to an origin, and which response headers pass back. */

/**
 * The request headers that every origin gets. An allow-list, because deny-lists have failed in
 * gateway after gateway on the one header that was not listed. An origin's config can add more.
 */
const REQUEST_HEADERS = new Set([
  'accept',
  'accept-language',
  'baggage',
  'cache-control',
  'content-digest',
  'content-disposition',
  'content-encoding',
  'content-language',
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
  /^(?:authorization|cookie|proxy-.*|x-api-key|payment-.*|accept-payment|turnpike-.*|x-request-id|x-forwarded-.*|forwarded|host|connection|cf-.*|content-length|transfer-encoding|upgrade|te|trailer|expect|(?!mcp-param-).*_.*)$/

/** Headers that the gateway sets itself or that frame a message: no config can set them. */
const OURS =
  /^(?:turnpike-.*|x-request-id|x-forwarded-.*|forwarded|host|connection|cf-.*|content-length|transfer-encoding|upgrade|te|trailer|expect|accept-encoding)$/

/** Whether a config may set this header (lower case) from a secret that the origin demands. */
export function mayDemand(name: string): boolean {
  return /^[a-z0-9-]+$/.test(name) && !OURS.test(name)
}

/** Whether a config may forward this header (lower case), or a prefix of names like "x-a-*". */
export function mayForward(name: string): boolean {
  return /^[a-z0-9-]+\*?$/.test(name) && !name.startsWith('*') && !NEVER_FORWARDED.test(name)
}

/**
 * The headers of a request that pass to an origin, as a new Headers. `extra` are the names and
 * prefixes that the config adds, in lower case; `acceptEncoding` is the client's own
 * Accept-Encoding, or "".
 */
export function forwardedHeaders(
  headers: Headers,
  extra: readonly string[],
  acceptEncoding: string,
): Headers {
  const names = new Set(extra)
  const prefixes = extra.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1))
  const forwarded = new Headers()
  for (const [name, value] of headers) {
    const listed = REQUEST_HEADERS.has(name) || names.has(name)
    const prefixed =
      prefixes.some((prefix) => name.startsWith(prefix)) && !NEVER_FORWARDED.test(name)
    if (listed || prefixed) forwarded.set(name, value)
  }
  // Always set: without it the platform asks for compression, which the caller may not accept.
  forwarded.set('accept-encoding', acceptEncoding || 'identity')
  return forwarded
}

/**
 * Response headers that are hop-by-hop (RFC 9110 section 7.6.1), set by the gateway, or private.
 */
const DROPPED_FROM_ANSWERS = new Set([
  'alt-svc',
  'clear-site-data',
  'connection',
  'keep-alive',
  'payment-receipt',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-connection',
  'ratelimit',
  'ratelimit-policy',
  'server',
  'set-cookie',
  'strict-transport-security',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-powered-by',
  'x-request-id',
])

/** The headers of an origin's answer that pass back to the caller, as a new Headers object. */
export function answerHeaders(headers: Headers): Headers {
  const named = (headers.get('connection') ?? '').toLowerCase().split(',')
  const hopByHop = new Set(named.map((name) => name.trim()))
  const answer = new Headers()
  for (const [name, value] of headers) {
    if (DROPPED_FROM_ANSWERS.has(name) || hopByHop.has(name)) continue
    if (name.startsWith('access-control-')) continue
    // Only the gateway may send a payment challenge.
    if (name === 'www-authenticate' && /(?:^|,)\s*payment(?:\s|,|$)/i.test(value)) continue
    answer.append(name, value)
  }
  return answer
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
