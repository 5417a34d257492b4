/**
 * Whether usage in D1 is what origins saw: many requests of many keys through four gateways, which
 * share D1 and the objects of accounts and nothing else, as isolates do.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startWorkers } from '../test/support/node/workers.ts'
import { openLine, wireRequest } from './load.ts'

const GATEWAYS = 4
const LINES_PER_GATEWAY = 8
const ACCOUNTS = 10
const KEYS_PER_ACCOUNT = 2
const ROUTES = ['radar', 'trends', 'x/trends', 'styles/a', 'drafts/a']
/** The origin's answers; 429 is a class of its own in usage. */
const STATUSES = [200, 200, 200, 200, 201, 302, 404, 429, 500]
/** One request in so many is a stranger's: with a made-up key, or with no credential. */
const STRANGER_EVERY = 50
/** Within this time D1 has what was sent last, in milliseconds. */
const WRITTEN_WITHIN_MS = 120_000
const TOLD_EVERY_MS = 30_000

/** How often each key was seen on each route with answers of each class. */
type Counts = Map<string, number>

const add = (counts: Counts, name: string, count = 1) =>
  counts.set(name, (counts.get(name) ?? 0) + count)
const sum = (counts: Counts) => [...counts.values()].reduce((all, one) => all + one, 0)
const classOf = (status: number) => (status === 429 ? '429' : `${Math.floor(status / 100)}xx`)

/** Sends `count` requests and prints what was counted. Returns whether all counts agree. */
export async function compareUsage(count: number): Promise<boolean> {
  const seen: Counts = new Map()
  const origin = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://origin')
    const status = Number(url.searchParams.get('status'))
    const route = url.pathname.replace('/api/v1/', '').replace(/\/a$/, '/*')
    add(seen, `key ${url.searchParams.get('id')} ${route} ${classOf(status)}`)
    request.resume()
    response
      .writeHead(status, { 'content-type': 'application/json', 'content-length': 2 })
      .end('{}')
  })
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
  const { port } = origin.address() as AddressInfo
  const workers = await startWorkers(`http://127.0.0.1:${port}`, 'http://127.0.0.1:1', undefined, {
    gateways: GATEWAYS,
    keepsLogs: false,
  })
  try {
    const keys = await makeKeys(workers)
    const startedAt = performance.now()
    const seconds = () => ((performance.now() - startedAt) / 1000).toFixed(0)
    const { answers, strangers } = await send(workers.urls, keys, count, (sent) =>
      console.error(`${seconds().padStart(5)} s  ${sent} of ${count}`),
    )
    const sentFor = seconds()
    const usage = await written(workers, sum(seen))
    const differences = [...new Set([...seen.keys(), ...usage.keys()])].filter(
      (name) => seen.get(name) !== usage.get(name),
    )
    console.log(`requests sent by ${keys.length} keys through ${GATEWAYS} gateways: ${answers}`)
    console.log(`requests of strangers, all refused: ${strangers}`)
    console.log(`requests that the origin saw: ${sum(seen)}`)
    console.log(`requests in the usage of D1: ${sum(usage)}, in ${usage.size} kinds`)
    console.log(`kinds that differ: ${differences.length}`)
    for (const name of differences.slice(0, 10))
      console.log(`  ${name}: the origin saw ${seen.get(name)}, D1 has ${usage.get(name)}`)
    const { results } = await workers.database
      .prepare('select sum(requests) as n from api_keys')
      .all<{ n: number }>()
    console.log(`requests of keys in D1: ${results[0]?.n}`)
    console.log(`sent in ${sentFor} s, in D1 after ${seconds()} s`)
    return differences.length === 0 && results[0]?.n === sum(seen) && answers === sum(seen)
  } finally {
    await workers.end()
    origin.closeAllConnections()
    origin.close()
  }
}

type Workers = Awaited<ReturnType<typeof startWorkers>>

interface Key {
  id: string
  fullKey: string
}

async function makeKeys(workers: Workers): Promise<Key[]> {
  const keys: Key[] = []
  for (let account = 0; account < ACCOUNTS; account++) {
    const token = await workers.signIn(`usage-${account}@example.com`)
    for (let key = 0; key < KEYS_PER_ACCOUNT; key++) {
      const headers = { cookie: `session_token=${token}` }
      const made = await fetch(`${workers.url}/api/v1/api-keys`, { method: 'POST', headers })
      keys.push((await made.json()) as Key)
    }
  }
  return keys
}

/** Sends requests over all gateways until `count` of them are answered. */
async function send(
  urls: readonly string[],
  keys: readonly Key[],
  count: number,
  tell: (sent: number) => void,
) {
  let next = 0
  let answers = 0
  let strangers = 0
  let toldAt = performance.now()

  async function work(port: number): Promise<void> {
    const line = await openLine(port, false)
    while (next < count) {
      const n = next++
      if (performance.now() > toldAt + TOLD_EVERY_MS) {
        toldAt = performance.now()
        tell(n)
      }
      const status = STATUSES[n % STATUSES.length] ?? 200
      const key = keys[n % keys.length]
      const path = `/api/v1/${ROUTES[n % ROUTES.length]}?status=${status}&id=${key?.id}`
      const isStranger = n % STRANGER_EVERY === 0
      const given = isStranger ? strangersKey(n) : { 'x-api-key': key?.fullKey ?? '' }
      const answer = await line.ask(wireRequest('GET', path, { host: '127.0.0.1', ...given }))
      if (isStranger) {
        if (answer.status < 400) throw new Error(`a stranger was let in: ${answer.head}`)
        strangers += 1
      } else if (answer.status === status) answers += 1
      else throw new Error(`not ${status}: ${answer.head}`)
    }
    line.close()
  }

  const ports = urls.map((url) => Number(new URL(url).port))
  const lines = Array.from({ length: LINES_PER_GATEWAY }, () => ports).flat()
  await Promise.all(lines.map(work))
  return { answers, strangers }
}

/** A key that nobody has, or none. */
function strangersKey(n: number): Record<string, string> {
  if (n % (2 * STRANGER_EVERY) === 0) return {}
  return { 'x-api-key': `xq_${n.toString(16).padStart(64, '0')}` }
}

/** The usage of D1, as soon as it has `count` requests, or when it should have them. */
async function written({ database }: Workers, count: number): Promise<Counts> {
  const until = performance.now() + WRITTEN_WITHIN_MS
  while (true) {
    const { results } = await database
      .prepare(
        `select credential, route, status, sum(requests) as requests from usage
         where credential like 'key %' group by 1, 2, 3`,
      )
      .all<{ credential: string; route: string; status: string; requests: number }>()
    const counts: Counts = new Map()
    for (const { credential, route, status, requests } of results)
      add(counts, `${credential} ${route.replace(/^\S+ \//, '')} ${status}`, requests)
    if (sum(counts) >= count || performance.now() > until) return counts
    await new Promise((resolve) => setTimeout(resolve, 1_000))
  }
}
