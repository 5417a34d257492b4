/** Where an authorization answer may go (OAuth 2.1 section 2.3, RFC 8252 section 7.3). Strings are compared, never parsed URLs. */

/** The longest redirect URI, in characters. */
const MAX_REDIRECT_URI_LENGTH = 2_048

/** A loopback URI: its host, its port, and the rest. */
const LOOPBACK_REDIRECT =
  /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(?::([0-9]{1,5}))?((?:[/?].*)?)$/

/**
 * Whether a client may register a redirect URI: https, or http on loopback, of plain characters with
 * one reading. No user, fragment, wildcard or dot segment, no scheme of an app.
 */
export function isRedirectUri(uri: string): boolean {
  if (uri.length > MAX_REDIRECT_URI_LENGTH || !/^https?:\/\/[!-~]+$/.test(uri)) return false
  if (/[\\*#@"<>^`{|}]/.test(uri) || hasDotSegment(uri) || !URL.canParse(uri)) return false
  if (uri.startsWith('http:')) return LOOPBACK_REDIRECT.test(uri) && isLoopback(uri)
  const { hostname } = new URL(uri)
  const [, host = ''] = /^https:\/\/([^/?]*)/.exec(uri) ?? []
  // A host that a parser rewrites is a host with two readings.
  return host.replace(/:[0-9]+$/, '').toLowerCase() === hostname
}

/**
 * Whether a presented redirect URI is the registered one: the same string, but for the port of a
 * loopback URI, which a native client cannot know beforehand.
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

/** A redirect URI with parameters added to its query; those that are undefined are left out. */
export function withParameters(
  uri: string,
  parameters: Readonly<Record<string, string | undefined>>,
): string {
  const added = Object.entries(parameters).flatMap(([name, value]) =>
    // "+" for a blank would be read as a plus sign by some.
    value === undefined ? [] : [`${name}=${encodeURIComponent(value.toWellFormed())}`],
  )
  const joint = !uri.includes('?') ? '?' : /[?&]$/.test(uri) ? '' : '&'
  return uri + joint + added.join('&')
}

function isPort(port: string | undefined): boolean {
  return port === undefined || (/^[1-9]/.test(port) && Number(port) <= 65_535)
}

function hasDotSegment(uri: string): boolean {
  const [path = ''] = uri.replace(/^https?:\/\/[^/?]*/, '').split('?')
  return path.split('/').some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment))
}
