/**
 * Whether usage in D1 is what origins saw: many requests of many keys through four gateways, which
 * share D1 and the objects of accounts and nothing else, as isolates do.
 */
import { fileURLToPath } from 'node:url'
import { bundle } from '../dev/bundle.ts'
import { startWorkers } from '../test/support/node/workers.ts'

const GATEWAYS = 4
const ACCOUNTS = 10
const KEYS_PER_ACCOUNT = 2
/** How many requests are sent before the next ones are asked for. */
const SENT_AT_ONCE = 2_000
/** Within this time D1 has what was sent last, in milliseconds. */
const WRITTEN_WITHIN_MS = 120_000
const TOLD_EVERY_MS = 30_000

/** How often each key was seen on each route with answers of each class. */
type Counts = Map<string, number>
type Workers = Awaited<ReturnType<typeof startWorkers>>

const sum = (counts: Counts) => [...counts.values()].reduce((all, one) => all + one, 0)
const worker = (name: string) => bundle(fileURLToPath(new URL(`workers/${name}`, import.meta.url)))

/** Sends `count` requests and prints what was counted. Returns whether all counts agree. */
export async function compareUsage(count: number): Promise<boolean> {
  const load = { origin: await worker('countingOrigin.ts'), sender: await worker('usageSender.ts') }
  const workers = await startWorkers('https://origin.test', 'http://127.0.0.1:1', undefined, {
    gateways: GATEWAYS,
    keepsLogs: false,
    load,
  })
  try {
    const keys = await makeKeys(workers)
    const startedAt = performance.now()
    const seconds = () => ((performance.now() - startedAt) / 1000).toFixed(0)
    const { answers, strangers } = await send(workers, keys, count, (sent) =>
      console.error(`${seconds().padStart(5)} s  ${sent} of ${count}`),
    )
    const sentFor = seconds()
    const seen: Counts = new Map((await workers.askSender('/seen', {})) as [string, number][])
    const usage = await written(workers, sum(seen))
    const differences = [...new Set([...seen.keys(), ...usage.keys()])].filter(
      (name) => seen.get(name) !== usage.get(name),
    )
    const { results } = await workers.database
      .prepare('select sum(requests) as n from api_keys')
      .all<{ n: number }>()
    const ofKeys = results[0]?.n
    console.log(`answers to ${keys.length} keys, through ${GATEWAYS} gateways: ${answers}`)
    console.log(`refusals of strangers: ${strangers}`)
    console.log(`requests that the origin saw: ${sum(seen)}`)
    console.log(`requests in the usage of D1: ${sum(usage)}, in ${usage.size} kinds`)
    console.log(`kinds that differ: ${differences.length}`)
    for (const name of differences.slice(0, 10))
      console.log(`  ${name}: the origin saw ${seen.get(name)}, D1 has ${usage.get(name)}`)
    console.log(`requests of keys in D1: ${ofKeys}`)
    console.log(`sent in ${sentFor} s, in D1 after ${seconds()} s`)
    return differences.length === 0 && ofKeys === sum(seen) && answers === sum(seen)
  } finally {
    await workers.end()
  }
}

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
  workers: Workers,
  keys: readonly Key[],
  count: number,
  tell: (sent: number) => void,
) {
  const all = { answers: 0, strangers: 0 }
  let toldAt = performance.now()
  for (let from = 0; from < count; from += SENT_AT_ONCE) {
    const asked = { keys, from, count: Math.min(SENT_AT_ONCE, count - from) }
    const counts = (await workers.askSender('/', asked)) as typeof all
    all.answers += counts.answers
    all.strangers += counts.strangers
    if (performance.now() < toldAt + TOLD_EVERY_MS) continue
    toldAt = performance.now()
    tell(from + asked.count)
  }
  return all
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
      counts.set(`${credential} ${route.replace(/^\S+ \//, '')} ${status}`, requests)
    if (sum(counts) >= count || performance.now() > until) return counts
    await new Promise((resolve) => setTimeout(resolve, 1_000))
  }
}
