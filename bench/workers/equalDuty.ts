/**
 * The equal-duty bare Worker: what the gateway promises for a warm key, written by hand for one
 * route. An allow-list of request headers, secret → SHA-256 → owner, the request's id, a deadline,
 * a native copy of the answer with six headers set, one log line. Nothing is configurable, checked
 * twice or shared.
 */

type Env = { ORIGIN: { fetch: typeof fetch }; KEY_HASH: string }

const DEADLINE_MS = 30_000
const PASSES = new Set(
  'accept accept-language cache-control content-type if-none-match range user-agent'.split(' '),
)
const hashes = new Map<string, string>()

export default {
  async fetch({ headers: given, url, method, body }: Request, env: Env): Promise<Response> {
    const startedAt = Date.now()
    const id = `req_${crypto.randomUUID()}`
    const headers: Record<string, string> = { 'x-request-id': id, 'accept-encoding': 'identity' }
    let secret = ''
    given.forEach((value, name) => {
      if (PASSES.has(name) || name === 'accept-encoding') headers[name] = value
      else if (name === 'x-api-key') secret = value
      else if (name === 'cf-connecting-ip') headers['x-forwarded-for'] = value
    })
    if ((hashes.get(secret) ?? (await hashOf(secret))) !== env.KEY_HASH)
      return new Response('{"error":"unauthenticated"}', { status: 401 })
    const path = url.slice(url.indexOf('/', url.indexOf('://') + 3))
    const init = { method, headers, body, redirect: 'manual' } as const
    const answer = await inTime(env.ORIGIN.fetch(`http://origin${path}`, init))
    if (answer === null) return new Response('{"error":"origin_timeout"}', { status: 504 })
    const response = new Response(answer.body, answer)
    response.headers.set('x-request-id', id)
    response.headers.set('x-content-type-options', 'nosniff')
    response.headers.set('content-security-policy', 'sandbox')
    response.headers.set('cache-control', 'private, max-age=0')
    response.headers.set('vary', 'X-API-Key, Authorization, Cookie')
    response.headers.set('ratelimit', '"read";r=999999;t=1')
    const { status } = answer
    const durationMs = Date.now() - startedAt
    console.info(JSON.stringify({ event: 'request', id, method, path, status, durationMs }))
    return response
  },
}

/**
 * The origin's answer, or null after the deadline. The end of the request drops what is still
 * under way.
 */
function inTime(answered: Promise<Response>): Promise<Response | null> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(null), DEADLINE_MS)
    answered.finally(() => clearTimeout(timer)).then(resolve, reject)
  })
}

async function hashOf(secret: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret))
  const hash = Buffer.from(digest).toString('hex')
  hashes.set(secret, hash)
  return hash
}
