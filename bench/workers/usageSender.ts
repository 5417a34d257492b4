/** Sends requests to all gateways from inside of workerd, which costs little. */
interface Asked {
  keys: readonly { id: string; fullKey: string }[]
  /** The number of the first request, and how many there are. */
  from: number
  count: number
}

const PARALLEL = 32
const ROUTES = ['radar', 'trends', 'x/trends', 'styles/a', 'drafts/a']
/** The origin's answers; 429 is a class of its own in usage. */
const STATUSES = [200, 200, 200, 200, 201, 302, 404, 429, 500]
/** One request in so many is a stranger's: with a made-up key, or with no credential. */
const STRANGER_EVERY = 50

export default {
  async fetch(request: Request, env: Record<string, Fetcher>): Promise<Response> {
    const { ORIGIN, ...gateways } = env
    if (new URL(request.url).pathname === '/seen')
      return ORIGIN?.fetch('http://origin/seen') ?? new Response(null, { status: 500 })
    return Response.json(await send(Object.values(gateways), await request.json<Asked>()))
  },
}

async function send(gateways: readonly Fetcher[], { keys, from, count }: Asked) {
  const counts = { answers: 0, strangers: 0 }
  let next = from

  async function work(): Promise<void> {
    while (next < from + count) {
      const n = next++
      const status = STATUSES[n % STATUSES.length] ?? 200
      const key = keys[n % keys.length]
      const route = ROUTES[n % ROUTES.length]
      const isStranger = n % STRANGER_EVERY === 0
      const given = isStranger ? strangersKey(n) : { 'x-api-key': key?.fullKey ?? '' }
      const answer = await gateways[n % gateways.length]?.fetch(
        `http://127.0.0.1/api/v1/${route}?status=${status}&id=${key?.id}`,
        { redirect: 'manual', headers: { 'cf-connecting-ip': '192.0.2.1', ...given } },
      )
      const text = (await answer?.text()) ?? ''
      if (isStranger ? (answer?.status ?? 0) < 400 : answer?.status !== status)
        throw new Error(
          `${answer?.status} for a request that the origin answers with ${status}: ${text}`,
        )
      if (isStranger) counts.strangers += 1
      else counts.answers += 1
    }
  }

  await Promise.all(Array.from({ length: PARALLEL }, work))
  return counts
}

/** A key that nobody has, or none. */
function strangersKey(n: number): Record<string, string> {
  if (n % (2 * STRANGER_EVERY) === 0) return {}
  return { 'x-api-key': `xq_${n.toString(16).padStart(64, '0')}` }
}
