/** What a gateway is measured against: the least that a Worker can do. */

const CHALLENGE = `Payment id="${'x'.repeat(43)}", realm="127.0.0.1", method="tempo", intent="charge", request="${'x'.repeat(300)}"`
const PROBLEM = '{"type":"https://paymentauth.org/problems/payment-required","status":402}'

/** `/static` answers 402 with bytes that never change; all else is the origin's to answer, or is answered for it. */
export default {
  fetch(request: Request, { ORIGIN_URL }: { ORIGIN_URL: string }): Response | Promise<Response> {
    const { pathname } = new URL(request.url)
    if (pathname !== '/static')
      return ORIGIN_URL === '' ? Response.json({ id: '1' }) : fetch(ORIGIN_URL + pathname, request)
    const headers = {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'www-authenticate': CHALLENGE,
    }
    return new Response(PROBLEM, { status: 402, headers })
  },
}
