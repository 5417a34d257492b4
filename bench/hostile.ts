/**
 * The costs of strangers and of slow clients: the memory of slow readers and stalled bodies, beside
 * that of a Worker which only passes requests on, and the latency of a key's calls while
 * connections send the worst requests that nobody has paid for.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import type { Attack, AttackNews } from './attackers.ts'
import { minified } from './build.ts'
import { cpuNanoseconds, createPinning } from './cpu.ts'
import { makeCredentials } from './credentials.ts'
import { gatewayVariables } from './ground.ts'
import { askOnce, openLoad } from './load.ts'
import { requestsFor, sameRequest } from './subjects.ts'
import { startWorkerd, type Workerd, type WorkerSpec } from './workerd.ts'

/** How much a slow reader would get if it read. */
const ANSWER_BYTES = 16_777_216
const PART = Buffer.alloc(65_536, 'x')
/** A stalled body: most of it comes, and the rest never does. */
const STALLED = { declared: 60_000, sent: 50_000 }
/** Longer than the bound of unpaid bodies (10 s), after which they are given up. */
const GIVEN_UP_MS = 14_000
const SETTLED_MS = 2_000
const ATTACKERS = 4
const SAMPLES = 500
/** Attackers that are limited are refused within this time, in milliseconds. */
const REFUSED_WITHIN_MS = 5_000
/** The latency with attackers may be so many times the quiet one. */
const MAX_RATIO = 2

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Runs all of it with `count` connections. Returns whether the latency holds. */
export async function measureHostile(count: number): Promise<boolean> {
  const origin = await startOrigin()
  const credentials = await makeCredentials(0)
  const gateway: WorkerSpec = {
    name: 'gateway',
    script: await minified('workers/gateway.ts'),
    variables: {
      ...gatewayVariables(credentials),
      TABLE: 'strangers',
      STORE: 'memory',
      LIMITED_HASH: credentials.limitedHash,
      REVOKED_HASH: credentials.revokedHash,
    },
  }
  const bare: WorkerSpec = { name: 'bare', script: await minified('workers/passThrough.ts') }
  const requests = requestsFor(credentials)
  try {
    for (const worker of [bare, gateway])
      await within(worker, origin.port, (workerd, port) =>
        printMemory(worker.name, workerd, port, requests.key(), count),
      )
    let holds = true
    for (const [kind, next] of worstRequests()) {
      const isGood = await within(gateway, origin.port, (_, port) =>
        compareLatency(kind, next, port, requests.key()),
      )
      holds &&= isGood
    }
    let unit = Number.NaN
    // The last kind is a 404, which is the unit.
    for (const [kind, next] of worstRequests().reverse()) {
      const costs = await within(gateway, origin.port, ({ pid }, port) => costsOf(pid, port, next))
      if (Number.isNaN(unit)) unit = costs.refused
      const [first, refused] = [costs.first / unit, costs.refused / unit]
      console.log(
        `CPU of ${kind}: ${first.toFixed(1)} × a 404, ${refused.toFixed(1)} × when refused`,
      )
    }
    return holds
  } finally {
    origin.end()
  }
}

/** Runs `measure` with one Worker in a workerd of its own, which has answered once. */
async function within<T>(
  worker: WorkerSpec,
  originPort: number,
  measure: (workerd: Workerd, port: number) => Promise<T>,
): Promise<T> {
  const workerd = await startWorkerd([worker], originPort, createPinning(false))
  try {
    return await measure(workerd, workerd.portOf(worker.name))
  } finally {
    await workerd.end()
  }
}

/** An origin whose answers to GET are long, but for those of a path with "123", which are short. */
async function startOrigin() {
  const server = createServer((request, response) => {
    request.resume()
    if (request.url?.includes('123')) return void response.end('{}')
    response.writeHead(200, { 'content-length': ANSWER_BYTES })
    let left = ANSWER_BYTES
    const write = () => {
      while (left > 0) {
        left -= PART.length
        if (!response.write(PART)) return void response.once('drain', write)
      }
      response.end()
    }
    write()
  })
  server.keepAliveTimeout = 0
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const end = () => {
    server.closeAllConnections()
    server.close()
  }
  return { port: (server.address() as AddressInfo).port, end }
}

/** The resident memory of a process, in KiB. */
function residentOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
}

/** Prints how much memory slow readers and stalled bodies take, and how much is left after them. */
async function printMemory(
  name: string,
  { pid }: Workerd,
  port: number,
  nextCall: () => Buffer,
  count: number,
): Promise<void> {
  for (let n = 0; n < 500; n++) await askOnce(port, nextCall())
  const head = nextCall().toString().replace('/1234567890', '/long')
  const stalled = sameRequest('POST', '/api/v1/x/media/download', {
    'content-type': 'application/json',
    'content-length': String(STALLED.declared),
  })().toString()
  const kinds: [kind: string, text: string, afterMs: number][] = [
    ['slow readers', head, SETTLED_MS],
    ['stalled bodies', stalled + '['.repeat(STALLED.sent), GIVEN_UP_MS],
  ]
  for (const [kind, text, afterMs] of kinds) {
    const before = residentOf(pid)
    const sockets: Socket[] = []
    for (let n = 0; n < count; n++) sockets.push(await slowClient(port, text))
    await pause(SETTLED_MS)
    const during = residentOf(pid)
    await pause(afterMs)
    const later = residentOf(pid)
    for (const socket of sockets) socket.destroy()
    await pause(SETTLED_MS)
    const each = ((during - before) / count).toFixed(1)
    console.log(
      `${name}: ${count} ${kind}: ${each} KiB each; ${before} KiB before, ${during} during, ` +
        `${later} after ${(SETTLED_MS + afterMs) / 1_000} s, ${residentOf(pid)} when they have left`,
    )
  }
}

/** Opens a connection that sends `text` and reads nothing. */
async function slowClient(port: number, text: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').pause()
  socket.on('error', () => undefined) // the server gives it up
  await new Promise<void>((resolve) => socket.once('connect', resolve).once('close', resolve))
  socket.write(text)
  return socket
}

const SEARCH = '/api/v1/x/tweets/search'
const namesOf = (count: number) =>
  Array.from({ length: count }, (_, n) => `"${n.toString(36)}":0`).join(',')

/** The requests without a payment that cost most. */
function worstRequests(): [kind: string, next: () => Buffer][] {
  const json = { 'content-type': 'application/json' }
  const post = (body: string) => sameRequest('POST', '/api/v1/x/media/download', json, body)
  const paying = { authorization: `Payment ${'e'.repeat(12_000)}` }
  return [
    ['deeply nested JSON', post('['.repeat(32_000) + ']'.repeat(32_000))],
    ['JSON of many members', post(`{${'"urls":[0],'.repeat(5_000)}"a":1}`)],
    ['JSON of many names', post(`{${namesOf(6_500)}}`)],
    ['a query of many names', sameRequest('GET', `${SEARCH}?${'l&'.repeat(3_500)}`)],
    ['JSON of many items', post(`{"urls":[${'"",'.repeat(20_000)}""]}`)],
    ['a long made-up payment', sameRequest('GET', '/api/v1/x/tweets/1234567890', paying)],
    ['a document', sameRequest('GET', '/openapi.json')],
    ['a path that nothing answers', sameRequest('GET', '/nowhere')],
  ]
}

/**
 * Compares the latency of a key's calls with and without attackers: for each kind in a fresh
 * gateway, whose limits of strangers refuse the attackers after a while. Returns whether it holds
 * from then on, or all the time if nothing is refused.
 */
async function compareLatency(kind: string, next: () => Buffer, port: number, call: () => Buffer) {
  await latencies(port, call)
  const quiet = await latencies(port, call)
  const attack: Attack = { port, request: next(), connections: ATTACKERS }
  const attackers = new Worker(new URL('./attackers.ts', import.meta.url), { workerData: attack })
  const refused = new Promise<boolean>((resolve) => {
    attackers.on('message', (news: AttackNews) => news === 'refused' && resolve(true))
    setTimeout(() => resolve(false), REFUSED_WITHIN_MS)
  })
  const first = await latencies(port, call)
  const later = (await refused) ? await latencies(port, call) : first
  const ended = new Promise<AttackNews>((resolve) => attackers.once('message', resolve))
  attackers.postMessage('stop')
  const news = await ended
  await attackers.terminate()
  const ratio = later.p50 / quiet.p50
  const ms = (value: number) => `${value.toFixed(2)} ms`
  console.log(
    `${ATTACKERS} connections of ${kind}: p50 ${ms(quiet.p50)} before, ${ms(first.p50)} at first, ` +
      `${ms(later.p50)} from then on (p99 ${ms(later.p99)}), ${ratio.toFixed(2)} × quiet; ` +
      `${typeof news === 'object' ? news.sent : 0} sent`,
  )
  return ratio <= MAX_RATIO
}

/**
 * Measures the CPU microseconds of one request in a fresh gateway: within the limit of strangers,
 * which is 600 a minute, and above it.
 */
async function costsOf(pid: number, port: number, next: () => Buffer) {
  const load = await openLoad({ port, next, status: null }, ATTACKERS)
  const costOf = async (count: number) => {
    const before = cpuNanoseconds(pid)
    await load.send(count)
    return (cpuNanoseconds(pid) - before) / count / 1_000
  }
  try {
    await load.send(200)
    const first = await costOf(300)
    await load.send(500)
    return { first, refused: await costOf(1_000) }
  } finally {
    load.close()
  }
}

/** The latency of calls one after the other, in milliseconds. */
async function latencies(port: number, next: () => Buffer) {
  const load = await openLoad({ port, next, status: 200 }, 1)
  const taken: number[] = []
  try {
    for (let n = 0; n < SAMPLES; n++) {
      const startedAt = performance.now()
      await load.send(1)
      taken.push(performance.now() - startedAt)
    }
  } finally {
    load.close()
  }
  taken.sort((a, b) => a - b)
  const at = (part: number) => taken[Math.floor(part * (SAMPLES - 1))] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99) }
}
