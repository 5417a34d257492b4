/**
 * `npm run bench`: what the gateway costs, as ratios within one run to a Worker that does the
 * least. Seconds of one machine say little about another's; ratios do. The gateway and what it is
 * compared with are processes of their own, measured in turn, and what is counted is the CPU time
 * that each uses for an answer.
 */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare'
import { bundle } from '../dev/bundle.ts'
import { freePort } from '../dev/ports.ts'
import { makeAccount } from '../dev/seed.ts'
import { sha256Hex } from '../src/lib/bytes.ts'
import { COMPATIBILITY, startWorkers } from '../test/support/node/workers.ts'
import { cpuSeconds, type Load, send } from './load.ts'
import { compareVouchers } from './vouchers.ts'

const WARM_UP = 4_000
/** So many that the collections of garbage, one in some ten thousand requests, are spread. */
const REQUESTS = 20_000
const ROUNDS = 5

interface Subject extends Load {
  pid: number
}

/** A comparison: the gateway's rate must be at least this part of the other's. */
interface Comparison {
  name: string
  gateway: Subject
  bare: Subject
  least: number
}

async function main(): Promise<void> {
  const origin = await startBare('')
  const bare = await startBare(`http://127.0.0.1:${origin.port}`)
  const before = workerds()
  const workers = await startWorkers(`http://127.0.0.1:${origin.port}`, 'http://127.0.0.1:1')
  const pid = newest(before)
  const port = Number(new URL(workers.url).port)
  const account = await makeAccount(
    'acc_bench',
    'bench@example.com',
    workers.secrets.KEY_TAG_SECRET,
  )
  await workers.database.batch([
    workers.database.prepare(
      "insert into accounts (id, email, plan, locale, created_at) values ('acc_bench', 'bench@example.com', 'active', 'en', 0)",
    ),
    workers.database
      .prepare(
        "insert into api_keys (account_id, name, prefix, hash, created_at) values ('acc_bench', 'bench', 'xq_bench', ?, 0)",
      )
      .bind(await sha256Hex(account.apiKey)),
  ])
  const path = '/api/v1/x/tweets/1234567890'
  const results = [
    await compare({
      name: 'a 402 for a call without a credential, to a static 402',
      gateway: { port, path, headers: {}, expected: 'HTTP/1.1 402', pid },
      bare: { ...bare, path: '/static', headers: {}, expected: 'HTTP/1.1 402' },
      least: 0.6,
    }),
    await compare({
      name: 'a call with a warm key, to a bare proxy',
      gateway: {
        port,
        path,
        headers: { 'x-api-key': account.apiKey },
        expected: 'HTTP/1.1 200',
        pid,
      },
      bare: { ...bare, path, headers: {}, expected: 'HTTP/1.1 200' },
      least: 0,
    }),
  ]
  await Promise.all([workers.end(), bare.end(), origin.end()])
  await compareVouchers()
  if (results.includes(false)) process.exitCode = 1
}

/** Starts a bare Worker before an origin; with none, it is the origin. */
async function startBare(originUrl: string) {
  const port = await freePort(20_000 + Math.floor(Math.random() * 9_000))
  const before = workerds()
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      log: new Log(LogLevel.NONE),
      name: 'bare',
      modules: true,
      ...COMPATIBILITY,
      script: await bundle(fileURLToPath(new URL('bare.ts', import.meta.url))),
      unsafeDirectSockets: [{ host: '127.0.0.1', port }],
      bindings: { ORIGIN_URL: originUrl },
    }),
  )
  await miniflare.ready
  return { port, pid: newest(before), end: () => miniflare.dispose() }
}

/** Measures both in turn, prints the median of the rounds, and tells whether it is enough. */
async function compare({ name, gateway, bare, least }: Comparison): Promise<boolean> {
  await send(bare, WARM_UP)
  await send(gateway, WARM_UP)
  const rounds: { ratio: number; gatewayMicros: number; bareMicros: number }[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const bareMicros = await costOf(bare)
    const gatewayMicros = await costOf(gateway)
    rounds.push({ ratio: bareMicros / gatewayMicros, gatewayMicros, bareMicros })
  }
  rounds.sort((a, b) => a.ratio - b.ratio)
  const { ratio, gatewayMicros, bareMicros } = rounds[Math.floor(ROUNDS / 2)] ?? rounds[0] ?? fail()
  const [worst, best] = [rounds[0]?.ratio ?? 0, rounds.at(-1)?.ratio ?? 0]
  const spread = `${worst.toFixed(2)} to ${best.toFixed(2)} in ${ROUNDS} rounds`
  const target = least === 0 ? '' : `, at least ${least} wanted`
  console.log(`${name}: ${ratio.toFixed(2)} (${spread}${target})`)
  console.log(`  CPU for one answer: ${gatewayMicros.toFixed(0)} µs to ${bareMicros.toFixed(0)} µs`)
  return ratio >= least
}

/** The CPU microseconds that one answer takes. */
async function costOf(subject: Subject): Promise<number> {
  const before = cpuSeconds(subject.pid)
  await send(subject, REQUESTS)
  return ((cpuSeconds(subject.pid) - before) / REQUESTS) * 1e6
}

/** The workerd processes that this one has started. */
function workerds(): number[] {
  const lines = execFileSync('ps', ['-o', 'pid=,ppid=,comm=', '-A'], { encoding: 'utf8' }).split(
    '\n',
  )
  return lines.flatMap((line) => {
    const [pid, parent, name] = line.trim().split(/\s+/)
    return Number(parent) === process.pid && name === 'workerd' ? [Number(pid)] : []
  })
}

function newest(before: readonly number[]): number {
  return workerds().find((pid) => !before.includes(pid)) ?? fail()
}

function fail(): never {
  throw new Error('there is nothing to measure')
}

await main()
