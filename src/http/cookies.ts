/** Reads the `Cookie` header and writes `Set-Cookie` (RFC 6265 sections 4.1 and 4.2). */

/**
 * Every value that a `Cookie` header has for exactly this name, in order; quotes are kept. The name
 * is searched, because anybody can send thousands of other cookies.
 */
export function cookieValues(header: string, name: string): string[] {
  const values: string[] = []
  for (let at = header.indexOf(name), end = 0; at >= 0; at = header.indexOf(name, end)) {
    const next = header.indexOf(';', at)
    end = next < 0 ? header.length : next
    const pair = header.slice(header.lastIndexOf(';', at) + 1, end)
    const equals = pair.indexOf('=')
    if (equals >= 0 && withoutBlanks(pair.slice(0, equals)) === name)
      values.push(withoutBlanks(pair.slice(equals + 1)))
  }
  return values
}

/** Trims spaces and tabs only: a look-alike with a no-break space must stay another name. */
function withoutBlanks(text: string): string {
  const isBlank = (i: number) => text[i] === ' ' || text[i] === '\t'
  let start = 0
  let end = text.length
  while (start < end && isBlank(start)) start += 1
  while (end > start && isBlank(end - 1)) end -= 1
  return text.slice(start, end)
}

/**
 * A `Set-Cookie` value: HttpOnly, SameSite=Lax, host-only unless there is a `domain`, for every
 * path. `value` must be of cookie-octets, as it is written unchanged. A `maxAgeSeconds` of 0
 * deletes the cookie. `secure` is false only where the gateway itself is reached over http, which
 * is on loopback.
 */
export function setCookie(
  name: string,
  value: string,
  options: { maxAgeSeconds: number; secure: boolean; domain?: string },
): string {
  const domain = options.domain === undefined ? '' : `; Domain=${options.domain}`
  const secure = options.secure ? '; Secure' : ''
  const age = `Max-Age=${options.maxAgeSeconds}`
  return `${name}=${value}; Path=/${domain}; ${age}; HttpOnly${secure}; SameSite=Lax`
}

/**
 * Every domain that a cookie for `host` may have been set on (RFC 6265 section 5.1.3): the host and
 * its parents of two or more labels. None for one label or an IP address.
 */
export function cookieDomains(host: string): string[] {
  const labels = host.split('.')
  if (labels.length > 10 || /^[0-9.]+$|[[:]/.test(host)) return []
  return labels.slice(0, -1).map((_, i) => labels.slice(i).join('.'))
}
