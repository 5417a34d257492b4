/** Strict reading and writing of cookies (RFC 6265 section 4.1). */

/** Every value that a `Cookie` header gives for exactly this name, in order. */
export function cookieValues(header: string, name: string): string[] {
  const values: string[] = []
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=')
    // Only space and tab are trimmed: a look-alike name with an NBSP is another name.
    if (at < 0 || pair.slice(0, at).replace(/^[ \t]+|[ \t]+$/g, '') !== name) continue
    values.push(pair.slice(at + 1).replace(/^[ \t]+|[ \t]+$/g, ''))
  }
  return values
}

/**
 * A `Set-Cookie` value: HttpOnly, SameSite=Lax, host-only (no Domain), for every path.
 * `maxAgeSeconds` 0 deletes the cookie. `secure` is left out only on loopback.
 */
export function setCookie(
  name: string,
  value: string,
  options: { maxAgeSeconds: number; secure: boolean },
): string {
  const secure = options.secure ? '; Secure' : ''
  return `${name}=${value}; Path=/; Max-Age=${options.maxAgeSeconds}; HttpOnly${secure}; SameSite=Lax`
}
