/**
 * Decides where an authorization answer may go (OAuth 2.1 section 2.3, RFC 8252 section 7.3).
 * Redirect URIs are compared as strings, never as parsed URLs.
 */

/** The longest redirect URI, in characters. */
const MAX_REDIRECT_URI_LENGTH = 2_048

/** Matches a loopback URI: its host, its port, and the rest. */
const LOOPBACK_REDIRECT =
  /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(?::([0-9]{1,5}))?((?:[/?].*)?)$/

/**
 * Whether a client may register a redirect URI: https, or http on loopback, of plain characters
 * that can be read in only one way. Refused are a user, a fragment, a wildcard, a dot segment, and
 * an application's own scheme.
 */
export function isRedirectUri(uri: string): boolean {
  if (uri.length > MAX_REDIRECT_URI_LENGTH || !/^https?:\/\/[!-~]+$/.test(uri)) return false
  if (/[\\*#@"<>^`{|}]/.test(uri) || hasDotSegment(uri) || !URL.canParse(uri)) return false
  if (uri.startsWith('http:')) return LOOPBACK_REDIRECT.test(uri) && isLoopback(uri)
  const { hostname } = new URL(uri)
  const [, host = ''] = /^https:\/\/([^/?]*)/.exec(uri) ?? []
  // A host that a parser rewrites can be read in two ways.
  return host.replace(/:[0-9]+$/, '').toLowerCase() === hostname
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
  const [path = ''] = uri.replace(/^https?:\/\/[^/?]*/, '').split('?')
  return path.split('/').some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment))
}
