/** The Worker that the gateway is measured against: it does the least that a Worker can do. */

/**
 * Headers and body as long as those of a 402 of the gateway: to send them costs any Worker the
 * same.
 */
const HEADERS = {
  'content-type': 'application/problem+json',
  'cache-control': 'no-store',
  'www-authenticate': `Payment id="${'x'.repeat(43)}", realm="127.0.0.1", method="tempo", intent="charge", request="${'x'.repeat(248)}", expires="2026-01-01T00:00:00.000Z", opaque="${'x'.repeat(158)}"`,
  'x-content-type-options': 'nosniff',
  'x-request-id': `req_${'x'.repeat(36)}`,
}
const PROBLEM = `{"type":"https://paymentauth.org/problems/payment-required","detail":"${'x'.repeat(234)}"}`

/**
 * `/static` answers 402 with bytes that never change; all else is the origin's to answer, or is
 * answered for it.
 */
export default {
  fetch(request: Request, { ORIGIN_URL }: { ORIGIN_URL: string }): Response | Promise<Response> {
    const { pathname } = new URL(request.url)
    if (pathname !== '/static')
      return ORIGIN_URL === '' ? Response.json({ id: '1' }) : fetch(ORIGIN_URL + pathname, request)
    return new Response(PROBLEM, { status: 402, headers: HEADERS })
  },
}
