/** Strict reading and writing of cookies (RFC 6265 section 4.1). */

/** Every value that a `Cookie` header gives for exactly this name, in order. */
export function cookieValues(header: string, name: string): string[] {
  const values: string[] = []
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=')
    if (at >= 0 && withoutBlanks(pair.slice(0, at)) === name) {
      values.push(withoutBlanks(pair.slice(at + 1)))
    }
  }
  return values
}

/** Without spaces and tabs around it. No others: a look-alike name with an NBSP is another name. */
function withoutBlanks(text: string): string {
  const isBlank = (i: number) => text[i] === ' ' || text[i] === '\t'
  let start = 0
  let end = text.length
  while (start < end && isBlank(start)) start += 1
  while (end > start && isBlank(end - 1)) end -= 1
  return text.slice(start, end)
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
