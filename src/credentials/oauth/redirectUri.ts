/**
 * Decides where an authorization answer may go (OAuth 2.1 section 2.3, RFC 8252 section 7).
 * Redirect URIs are compared as strings, never as parsed URLs.
 */

/** The longest redirect URI, in characters. */
const MAX_REDIRECT_URI_LENGTH = 2_048

/** Matches a loopback URI: its host, its port, and the rest. */
const LOOPBACK_REDIRECT =
  /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(?::([0-9]{1,5}))?((?:[/?].*)?)$/

/** The schemes of programs that may get answers, in lower case and without ":". */
export type AppSchemes = Readonly<Record<string, unknown>>

const NO_SCHEMES: AppSchemes = {}

/**
 * Why a client may not register a redirect URI, as the end of a sentence; or null if it may. A
 * redirect URI is https, http on loopback, or `scheme://` with one of `appSchemes`. It is of plain
 * characters that can be read in only one way: it has no user, fragment, wildcard or dot segment.
 * The complaint is ASCII without quotes and backslashes, for `error_description`.
 */
export function redirectUriComplaint(
  uri: string,
  appSchemes: AppSchemes = NO_SCHEMES,
): string | null {
  if (uri.length > MAX_REDIRECT_URI_LENGTH)
    return `has more than ${MAX_REDIRECT_URI_LENGTH} characters`
  const [, scheme, authority = ''] = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)/.exec(uri) ?? []
  if (scheme === undefined) return 'does not begin with a scheme in lower case and ://'
  if (uri.includes('#')) return 'has a fragment'
  if (authority.includes('@')) return 'names a user'
  if (uri.includes('*')) return 'has a wildcard'
  if (!/^[!-~]+$/.test(uri) || /[\\"<>^`{|}]/.test(uri))
    return 'has a character that must be percent-encoded, or in a host as xn--'
  if (hasDotSegment(uri)) return 'has a dot segment'
  if (!URL.canParse(uri)) return 'is not a URL'
  if (scheme === 'http') return isLoopback(uri) ? null : `must be https: ${HTTP_HOSTS}`
  if (scheme !== 'https')
    return Object.hasOwn(appSchemes, scheme) ? null : `has a scheme that is not allowed: ${scheme}`
  // A host that a parser rewrites can be read in two ways.
  const isPlain = authority.replace(/:[0-9]+$/, '').toLowerCase() === new URL(uri).hostname
  return isPlain ? null : 'has a host that can be read in two ways'
}

const HTTP_HOSTS = 'http is only for localhost, 127.0.0.1 and [::1], with a port of 1 to 65535'

/** Whether a client may register a redirect URI. */
export function isRedirectUri(uri: string, appSchemes: AppSchemes = NO_SCHEMES): boolean {
  return redirectUriComplaint(uri, appSchemes) === null
}

/**
 * Whether a presented redirect URI is the registered one: the same string, except for the port of a
 * loopback URI, which a native client cannot know before it listens (RFC 8252 section 7.3).
 */
export function isSameRedirect(registered: string, presented: string): boolean {
  if (registered === presented) return true
  const [ours, theirs] = [LOOPBACK_REDIRECT.exec(registered), LOOPBACK_REDIRECT.exec(presented)]
  if (ours === null || theirs === null || presented.length > MAX_REDIRECT_URI_LENGTH) return false
  return ours[1] === theirs[1] && ours[3] === theirs[3] && isRedirectUri(presented)
}

/** Whether a redirect URI leads to the person's own computer. */
export function isLoopback(uri: string): boolean {
  const match = LOOPBACK_REDIRECT.exec(uri)
  return match !== null && isPort(match[2])
}

/** The scheme of a redirect URI that leads to a program; null for https and http. */
export function appSchemeOf(uri: string): string | null {
  const scheme = uri.slice(0, Math.max(0, uri.indexOf('://')))
  return scheme === '' || scheme === 'http' || scheme === 'https' ? null : scheme
}

/**
 * Returns a redirect URI with parameters added to its query. Parameters whose value is undefined
 * are left out.
 */
export function withParameters(
  uri: string,
  parameters: Readonly<Record<string, string | undefined>>,
): string {
  const added = Object.entries(parameters).flatMap(([name, value]) =>
    // A space becomes "%20", because some clients would read "+" as a plus sign.
    value === undefined ? [] : [`${name}=${encodeURIComponent(value.toWellFormed())}`],
  )
  const separator = !uri.includes('?') ? '?' : /[?&]$/.test(uri) ? '' : '&'
  return uri + separator + added.join('&')
}

function isPort(port: string | undefined): boolean {
  return port === undefined || (/^[1-9]/.test(port) && Number(port) <= 65_535)
}

function hasDotSegment(uri: string): boolean {
  const [path = ''] = uri.slice(uri.indexOf('://') + 3).split('?')
  return path.split('/').some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment))
}
