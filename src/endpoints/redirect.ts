/** The gateway's own redirects: from one page to the next, and back to an OAuth client. */

/** The URL or the cookies may hold a secret, so no cache, frame or `Referer` may get them. */
const SEALED_HEADERS = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-frame-options': 'DENY',
}

/**
 * Sends the browser on by GET: 303, so that a form is not posted a second time (RFC 9110 section
 * 15.4.4). Each of `cookies` is a value of `Set-Cookie`.
 */
export function redirect(location: string, cookies: readonly string[] = []): Response {
  const response = new Response(null, { status: 303, headers: { ...SEALED_HEADERS, location } })
  for (const cookie of cookies) response.headers.append('set-cookie', cookie)
  return response
}
