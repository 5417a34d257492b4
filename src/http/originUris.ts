/**
 * URIs in an origin's answer, as the caller gets them: a URI of the origin becomes one of the
 * gateway, so that the origin's address stays hidden and its links lead back to the gateway.
 */
import type { HeaderFields } from './headerFields.ts'

/** The two addresses of one resource: of the origin, and of the gateway. */
export interface Places {
  /** The origin's URL, to which forwarded paths are appended. */
  base: string
  /** The URL that the origin was asked. Relative references are relative to it. */
  asked: string
  /** The URL that the caller asked. */
  callerUrl: string
  /** The gateway's path that stands for the path of `base`: "", or "/api/v1" if it is stripped. */
  front: string
}

/** The longest URI, and the longest list of links, that is read; in characters. */
const MAX_LENGTH = 16_384

/**
 * Headers whose value is one URI: `Location` and `Content-Location` (RFC 9110 sections 10.2.2 and
 * 8.7), and what cloud APIs and source maps use in their place.
 */
const URI_HEADERS = [
  'location',
  'content-location',
  'operation-location',
  'azure-asyncoperation',
  'odata-entityid',
  'sourcemap',
  'x-sourcemap',
]

/**
 * Returns the changes to an answer's headers, `headers` by lower-case name: null removes a header
 * that has a URI which nobody can read in one way.
 */
export function ownUriHeaders(
  headers: HeaderFields,
  places: () => Places,
): Record<string, string | null> {
  const changes: Record<string, string | null> = {}
  const change = (name: string, rewrite: (value: string, places: Places) => string | null) => {
    const value = headers.get(name)
    if (value === undefined) return
    const own = value.length > MAX_LENGTH ? null : rewrite(value, places())
    // An unchanged value stays in its native header, with its bytes.
    if (own !== value) changes[name] = own
  }
  for (const name of URI_HEADERS) change(name, ownUri)
  change('link', ownLinks)
  change('refresh', ownRefresh)
  // The URIs in a challenge's parameters, like `resource_metadata` (RFC 9728 section 5.1).
  change('www-authenticate', ownAbsolute)
  return changes
}

/**
 * A URI reference (RFC 3986 section 4.1) of an origin → the caller's, or null for one that cannot
 * be read. The result never begins with "//" or "/\", which browsers take for another host. It is
 * the same text as `given` if a caller would come to the right place with that. A header that has
 * come twice with two URIs is null, because nobody can tell which one counts.
 */
export function ownUri(given: string, places: Places): string | null {
  const [reference = '', ...others] = given.split(REPEATED)
  if (others.some((other) => other !== reference)) return null
  const url = parse(reference, places.asked)
  const caller = new URL(places.callerUrl)
  if (url === null) return DOUBTFUL.test(reference) ? null : withoutAddress(reference, places)
  const isOfGateway = url.host === caller.host
  const isOfOrigin = !isOfGateway && isOrigin(url, new URL(places.base))
  if (!/^(?:https?|wss?):$/.test(url.protocol)) {
    // Like "view-source:http://api.internal/", which has no host of its own.
    const holdsOrigin = reference.toLowerCase().includes(`//${hostOf(new URL(places.base))}`)
    return isOfOrigin || holdsOrigin ? null : reference
  }
  if (!isOfGateway && !isOfOrigin) return foreign(reference, url, caller)
  const path = isOfGateway ? url.pathname : ownPath(url.pathname, places)
  const own = `/${path.replace(/^\/+/, '')}${url.search}${url.hash}`
  const isRight = parse(reference, places.callerUrl)?.href === caller.origin + own
  if (isRight && !DOUBTFUL.test(reference)) return reference
  // A byte that is no UTF-8 is lost in JavaScript, so the URI would lead elsewhere.
  return reference.includes('\uFFFD') ? null : own
}

/** Separates the values of a header that has come twice: a blank is in no URI. */
const REPEATED = /, (?=[a-z][a-z0-9+.-]{0,30}:|[/?#.])/i

/** Matches text that readers of URIs take for a host, or leave out. */
const DOUBTFUL = /^[/\\]{2}|^\\|[\0-\x20\x7f]/

/** An absolute URI within a text. */
const ABSOLUTE = /\b(?:https?|wss?):[/\\]{2}[^\s"'<>,;]*/gi

/** A text with the origin's absolute URIs in it → the caller's, absolute too. */
function ownAbsolute(text: string, places: Places): string {
  return text.replace(ABSOLUTE, (uri) => {
    const own = ownUri(uri, places)
    if (own === null) return ''
    return own === uri ? uri : new URL(own, places.callerUrl).href
  })
}

/**
 * A target, an anchor, a quoted text (of `title` or another parameter) or a bare URI of a `Link`.
 */
const LINK_PART = new RegExp(
  [
    '<([^>]*)>?',
    '\\banchor\\s*=\\s*(?:"([^"]*)"?|([^\\s",;<>]+))',
    '(\\btitle\\*?\\s*=\\s*)?"(?:[^"\\\\]|\\\\.)*"?',
    ABSOLUTE.source,
  ].join('|'),
  'gi',
)

/**
 * A `Link` header (RFC 8288 section 3): its targets, its anchors, and the absolute URIs of all
 * parameters but `title`, which people read.
 */
function ownLinks(value: string, places: Places): string | null {
  let isReadable = true
  const own = (uri: string): string => {
    const rewritten = ownUri(uri, places)
    if (rewritten === null) isReadable = false
    return rewritten ?? ''
  }
  const links = value.replace(
    LINK_PART,
    (all: string, target?: string, quoted?: string, bare?: string, title?: string) => {
      if (target !== undefined) return `<${own(target.trim())}>`
      const anchor = quoted ?? bare
      if (anchor !== undefined) return `anchor="${own(anchor)}"`
      return title === undefined ? ownAbsolute(all, places) : all
    },
  )
  return isReadable ? links : null
}

/** `Refresh: 5; url=/a`, as browsers read it (HTML, "shared declarative refresh steps"). */
function ownRefresh(value: string, places: Places): string | null {
  const match = /^\s*([\d.]*)\s*[;,\s]\s*(?:url\s*=\s*)?(?:'([^']*)|"([^"]*)|([^'"].*)?$)/is.exec(
    value,
  )
  if (match === null) return withoutAddress(value, places)
  const own = ownUri((match[2] ?? match[3] ?? match[4] ?? '').trim(), places)
  return own === null ? null : `${match[1]}; url=${own}`
}

/** A path of the origin → the gateway's path, which may begin with "//". */
function ownPath(pathname: string, { base, front }: Places): string {
  const prefix = new URL(base).pathname.replace(/\/$/, '')
  const isBelow = pathname === prefix || pathname.startsWith(`${prefix}/`)
  if (!isBelow) return pathname
  const path = pathname.slice(prefix.length)
  // An origin that knows `X-Forwarded-Prefix` has put the base path before its path already.
  const hasFront = path === front || path.startsWith(`${front}/`)
  return front === '' || hasFront ? path : front + path
}

/** A URI on another host, with its scheme and two slashes. */
function foreign(reference: string, url: URL, caller: URL): string {
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/\\]/i.test(reference) && !DOUBTFUL.test(reference))
    return reference
  if (/^[\s/\\]/.test(reference)) url.protocol = caller.protocol
  return url.href
}

/**
 * Whether a URL names the origin's host. Scheme and port do not matter, because the host must stay
 * hidden; but on loopback another port is another program.
 */
function isOrigin(url: URL, base: URL): boolean {
  const host = hostOf(base)
  if (hostOf(url) !== host) return false
  const isLoopback = /^(?:localhost|127\.[\d.]+|\[::1\])$/.test(host)
  return !isLoopback || url.port === '' || url.port === base.port
}

const hostOf = ({ hostname }: URL): string => hostname.toLowerCase().replace(/\.$/, '')

/** An unreadable text, or null if it has the origin's host name in it. */
function withoutAddress(reference: string, { base }: Places): string | null {
  return reference.toLowerCase().includes(hostOf(new URL(base))) ? null : reference
}

function parse(reference: string, base: string): URL | null {
  return URL.canParse(reference, base) ? new URL(reference, base) : null
}
