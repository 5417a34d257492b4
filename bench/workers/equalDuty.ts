/**
 * The equal-duty bare Worker: what the gateway promises for a warm key, written by hand for one
 * route. An allow-list of request headers, secret → SHA-256 → owner, the request's id, a deadline,
 * a native copy of the answer with six headers set, one log line. Later duties came with the
 * contract: headers that would speak for the gateway's host are dropped, an answer that stops is
 * cut, the request names its proxy, and uses are counted and reported. Nothing is configurable,
 * checked twice or shared.
 */

type Env = { ORIGIN: { fetch: typeof fetch }; KEY_HASH: string }

const DEADLINE_MS = 30_000
const SILENT_MS = 60_000
const SHORT_BYTES = 4_096
const REPORT_EVERY_MS = 1_000
const PASSES = new Set(
  'accept accept-language cache-control content-type if-none-match range user-agent'.split(' '),
)
const DROPPED = new Set(
  `accept-ch alt-svc clear-site-data connection critical-ch keep-alive nel origin-agent-cluster
  payment-receipt public-key-pins ratelimit report-to reporting-endpoints server service-worker-allowed set-cookie
  set-login speculation-rules strict-transport-security surrogate-control trailer
  transfer-encoding upgrade x-powered-by x-request-id`.split(/\s+/),
)
const DROPPED_FORMS = /^(?:access-control-|turnpike-|x-accel-|.*-cache-control$)/
const hashes = new Map<string, string>()
const uses = new Map<string, number>()
let reportedAt = 0

export default {
  async fetch(
    { headers: given, url, method, body }: Request,
    env: Env,
    context?: ExecutionContext,
  ): Promise<Response> {
    const startedAt = Date.now()
    const id = `req_${crypto.randomUUID()}`
    const start = url.indexOf('/', url.indexOf('://') + 3)
    const path = url.slice(start)
    const headers: Record<string, string> = {
      'x-request-id': id,
      'accept-encoding': 'identity',
      via: '1.1 bare',
      'x-forwarded-host': url.slice(url.indexOf('://') + 3, start),
      'x-forwarded-proto': url.slice(0, url.indexOf(':')),
    }
    let secret = ''
    given.forEach((value, name) => {
      if (PASSES.has(name) || name === 'accept-encoding') headers[name] = value
      else if (name === 'x-api-key') secret = value
      else if (name === 'cf-connecting-ip') headers['x-forwarded-for'] = value
    })
    if ((hashes.get(secret) ?? (await hashOf(secret))) !== env.KEY_HASH)
      return new Response('{"error":"unauthenticated"}', { status: 401 })
    const init = { method, headers, body, redirect: 'manual' } as const
    const answer = await inTime(env.ORIGIN.fetch(`http://origin${path}`, init), DEADLINE_MS)
    if (answer === null) return new Response('{"error":"origin_timeout"}', { status: 504 })
    const isShort = Number(answer.headers.get('content-length') ?? SHORT_BYTES + 1) <= SHORT_BYTES
    const whole = isShort ? await inTime(answer.arrayBuffer(), SILENT_MS) : answer.body
    const response = new Response(whole, answer)
    answer.headers.forEach((_, name) => {
      if (DROPPED.has(name) || DROPPED_FORMS.test(name)) response.headers.delete(name)
    })
    response.headers.set('x-request-id', id)
    response.headers.set('x-content-type-options', 'nosniff')
    response.headers.set('content-security-policy', 'sandbox')
    response.headers.set('cache-control', 'private, max-age=0')
    response.headers.set('vary', 'X-API-Key, Authorization, Cookie')
    response.headers.set('ratelimit', '"read";r=999999;t=1')
    const { status } = answer
    countUse(`${Math.floor(startedAt / 3_600_000)} ${status}`, startedAt, context)
    const durationMs = Date.now() - startedAt
    console.info(JSON.stringify({ event: 'request', id, method, path, status, durationMs }))
    return response
  },
}

/** Resolves as `promised` does, or to null after a time. The end of the request drops the rest. */
function inTime<T>(promised: Promise<T>, ms: number): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(null), ms)
    promised.finally(() => clearTimeout(timer)).then(resolve, reject)
  })
}

/** Counts a use, and hands all of them over once a second, in the background. */
function countUse(use: string, now: number, context: ExecutionContext | undefined): void {
  uses.set(use, (uses.get(use) ?? 0) + 1)
  if (now < reportedAt + REPORT_EVERY_MS) return
  reportedAt = now
  context?.waitUntil(Promise.resolve([...uses]))
  uses.clear()
}

async function hashOf(secret: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret))
  const hash = Buffer.from(digest).toString('hex')
  hashes.set(secret, hash)
  return hash
}
