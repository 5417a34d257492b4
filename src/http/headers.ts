/** Which request headers pass to an origin, and which response headers pass back. */

/**
 * What every origin gets. An allow-list: deny-lists have failed in gateway after gateway on the one
 * header that nobody had listed. An origin's config adds more; "name-*" stands for a prefix.
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
 * Names that no config can let through: credentials of ours, what the gateway says itself, and names that
 * an origin could take for others. Parameters of MCP tools may have a "_" (MCP 2026-07-28, `x-mcp-header`).
 */
const NEVER_FORWARDED =
  /^(?:authorization|cookie|proxy-.*|x-api-key|payment-.*|accept-payment|turnpike-.*|x-request-id|x-forwarded-.*|forwarded|host|connection|cf-.*|content-length|transfer-encoding|upgrade|te|trailer|expect|(?!mcp-param-).*_.*)$/

/** What the gateway says to an origin itself, and what frames a message: no config sets these. */
const OURS =
  /^(?:turnpike-.*|x-request-id|x-forwarded-.*|forwarded|host|connection|cf-.*|content-length|transfer-encoding|upgrade|te|trailer|expect|accept-encoding)$/

/** Whether an origin may demand this header, in lower case, with a secret of its own. */
export function mayDemand(name: string): boolean {
  return /^[a-z0-9-]+$/.test(name) && !OURS.test(name)
}

/** Whether a config may name this header (lower case, "-*" at the end allowed) for forwarding. */
export function mayForward(name: string): boolean {
  return /^[a-z0-9-]+\*?$/.test(name) && !name.startsWith('*') && !NEVER_FORWARDED.test(name)
}

/**
 * The headers of a request that pass to an origin, as a new Headers. `extra` is lower case;
 * `acceptEncoding` is what the client itself said, "" for nothing.
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
  // Left out, the platform asks for compression by itself, and the caller gets what it never asked for.
  forwarded.set('accept-encoding', acceptEncoding || 'identity')
  return forwarded
}

/** Hop-by-hop (RFC 9110 section 7.6.1), ours to set, or nobody's business. */
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

/** The headers of an origin's answer that pass back to the caller, as a new Headers. */
export function answerHeaders(headers: Headers): Headers {
  const named = (headers.get('connection') ?? '').toLowerCase().split(',')
  const hopByHop = new Set(named.map((name) => name.trim()))
  const answer = new Headers()
  for (const [name, value] of headers) {
    if (DROPPED_FROM_ANSWERS.has(name) || hopByHop.has(name)) continue
    if (name.startsWith('access-control-')) continue
    // A payment challenge comes from the gateway or not at all.
    if (name === 'www-authenticate' && /(?:^|,)\s*payment(?:\s|,|$)/i.test(value)) continue
    answer.append(name, value)
  }
  return answer
}

/** A longer `Cache-Control` is nobody's honest word. */
const MAX_CACHE_CONTROL_LENGTH = 1_000

/**
 * A `Cache-Control` for an answer that one caller was let in to see: what the origin said, without
 * what lets a shared cache keep it (RFC 9111 section 5.2.2). Silence becomes `no-store`.
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

/** A header value's members; a comma within quotes separates none. */
function directivesOf(value: string): string[] {
  const members = value.match(/(?:"(?:[^"\\]|\\.)*"?|[^",])+/g) ?? []
  return members.map((member) => member.trim()).filter(Boolean)
}

/** `Vary` with more names added, or "*" as it was. */
export function addVary(value: string | null, names: readonly string[]): string {
  if (value?.trim() === '*') return '*'
  const known = (value ?? '').split(',').map((name) => name.trim())
  const lower = new Set(known.map((name) => name.toLowerCase()))
  return [...known.filter(Boolean), ...names.filter((name) => !lower.has(name.toLowerCase()))].join(
    ', ',
  )
}
