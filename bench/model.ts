/**
 * A model of many isolates and one account's object, in simulated time: how much a fast limit lets
 * through beyond its count, how late an end is known, and how often the object is called. It drives
 * the limiter and the leases of the isolates and the windows of the object; the pauses between
 * heartbeats are those of src/store/heartbeat/pulse.ts.
 */
import { createObjectWindows } from '../heartbeat/windows.ts'
import type { Limit } from '../src/limits/limit.ts'
import { createSharedWindows } from '../src/limits/sharedWindows.ts'
import { createLeases } from '../src/store/leases/leases.ts'
import { type Point, plots } from './plots.ts'

/** The circumstances of a run of the model. Times are milliseconds. */
export interface Setting {
  limit: Limit
  isolates: number
  /** Requests a second, of all isolates together. */
  rate: number
  /** The part of all requests that the busiest isolate gets; the others share the rest. */
  skew: number
  /** The longest round trip between an isolate and the object; the isolates' are spread below. */
  roundTripMs: number
  pauseMs: number
}

export interface Outcome {
  /** The most that one window let through beyond its count. */
  over: number
  /** The bound of docs/limits.md for that. */
  bound: number
  /** How long after an end requests were let in at most: 99 of 100 of those, and all. */
  endP99Ms: number
  endMaxMs: number
  /** Calls of the object, and reads of the credential in the database. */
  callsPerRequest: number
  readsPerRequest: number
}

const DURATION_MS = 300_000
const LEASE_MS = 5_000
const UNKNOWN_MS = 1_000
/** An end of a credential, as often as this, to measure how late it is heard of. */
const END_EVERY_MS = 10_000

/** A series of numbers from 0 to 1 that is the same in each run. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296
    return state / 4_294_967_296
  }
}

/** Runs the model for five simulated minutes. */
export function simulate(setting: Setting): Outcome {
  const { limit, isolates, rate, skew, roundTripMs, pauseMs } = setting
  const random = createRandom(1)
  const object = createObjectWindows(
    { exec: () => [] },
    { maxBytes: Number.POSITIVE_INFINITY, isStored: () => false },
  )
  const queue: { at: number; run: () => void }[] = []
  const later = (at: number, run: () => void) => {
    let place = queue.length
    while (place > 0 && (queue[place - 1]?.at ?? 0) > at) place -= 1
    queue.splice(place, 0, { at, run })
  }
  let now = 0
  let calls = 0
  let offered = 0
  let reads = 0
  /** How many credentials have ended: all requests come with the next one, and the last as well. */
  let epoch = 0
  let endedAt = 0
  /** How long after an end each request came that was still let in. */
  const delays: number[] = []
  const passed = new Map<number, number>()
  /** The object's window at a time, by its start. */
  let windowStart = Number.NEGATIVE_INFINITY

  const members = Array.from({ length: isolates }, (_, index) => {
    const tripMs = Math.max(1, (roundTripMs * (index + 1)) / isolates)
    const share = isolates === 1 ? 1 : index === 0 ? skew : (1 - skew) / (isolates - 1)
    const leases = createLeases<{ accountId: string }>({ leaseMs: LEASE_MS, unknownMs: UNKNOWN_MS })
    const windows = createSharedWindows()
    const reading = new Set<string>()
    return { windows, leases, reading, tripMs, share, isOut: false, sentAt: -1e9, heard: 0 }
  })
  type Member = (typeof members)[number]

  function send(one: Member): void {
    one.isOut = true
    one.sentAt = now
    const askedAt = now
    const report = one.windows.report(now)
    calls += 1
    later(now + one.tripMs / 2, () => {
      for (const window of report) object.add(window, 0, now)
      const [known, told] = [object.open(now), epoch]
      later(now + one.tripMs / 2, () => {
        one.windows.learn(known, [limit], askedAt, now)
        one.isOut = false
        for (; one.heard < told; one.heard += 1) one.leases.evict(String(one.heard), now)
        stir(one)
      })
    })
  }

  function stir(one: Member): void {
    if (one.isOut || !one.windows.hasNews()) return
    const dueAt = one.windows.isUrgent([limit]) ? now : one.sentAt + pauseMs
    if (dueAt <= now) send(one)
    else later(dueAt, () => stir(one))
  }

  /** Whether an isolate lets a credential in that it has a lease on; reads it when that is due. */
  function isLetIn(one: Member, number: number): boolean {
    const key = String(number)
    const verdict = one.leases.peek(key, now)
    const mustRead = verdict === undefined || one.leases.isDue(key, now)
    if (mustRead && !one.reading.has(key)) {
      const from = now
      reads += 1
      one.reading.add(key)
      later(now + one.tripMs / 2, () => {
        const value = number < epoch ? null : { accountId: 'one' }
        later(now + one.tripMs / 2, () => {
          one.reading.delete(key)
          one.leases.record(key, { value, from })
        })
      })
    }
    return verdict !== undefined && verdict.value !== null
  }

  function request(one: Member): void {
    offered += 1
    isLetIn(one, epoch)
    const isEndedLetIn = epoch > 0 && now < endedAt + 2 * LEASE_MS && isLetIn(one, epoch - 1)
    if (!one.windows.take([limit], now).admitted) return
    if (isEndedLetIn) delays.push(now - endedAt)
    if (now >= windowStart + limit.windowMs) windowStart = now
    passed.set(windowStart, (passed.get(windowStart) ?? 0) + 1)
    stir(one)
  }

  const arrive = (one: Member) => {
    const perMs = (rate * one.share) / 1_000
    later(now - Math.log(1 - random()) / perMs, () => {
      request(one)
      arrive(one)
    })
  }
  for (const one of members) arrive(one)
  const endCredential = () => {
    epoch += 1
    endedAt = now
    later(now + END_EVERY_MS, endCredential)
  }
  later(END_EVERY_MS, endCredential)
  for (let next = queue.shift(); next !== undefined && next.at < DURATION_MS; ) {
    now = next.at
    next.run()
    next = queue.shift()
  }

  const busiest = Math.max(...members.map(({ share }) => share)) * rate
  const sumOfRates = Math.min(rate, busiest * isolates)
  const untilKnownMs = 2 * pauseMs + 3 * roundTripMs
  delays.sort((a, b) => a - b)
  return {
    over: Math.max(0, ...[...passed.values()].map((count) => count - limit.count)),
    bound: Math.min((isolates - 1) * limit.count, Math.ceil((sumOfRates * untilKnownMs) / 1_000)),
    endP99Ms: Math.round(delays[Math.floor(delays.length * 0.99)] ?? 0),
    endMaxMs: Math.round(delays.at(-1) ?? 0),
    callsPerRequest: Math.round((calls / offered) * 100) / 100,
    readsPerRequest: Math.round((reads / offered) * 100) / 100,
  }
}

const MINUTE: Limit = { name: 'mcp', count: 120, windowMs: 60_000 }
const SECOND: Limit = { name: 'read', count: 10, windowMs: 1_000 }

const PAUSE_MS = 500
/** Isolates, requests a second, and the longest round trip in milliseconds. */
const PLACES = [
  [1, 20, 100],
  [4, 20, 100],
  [4, 80, 100],
  [20, 80, 200],
  [100, 80, 200],
  [100, 400, 300],
] as const

/** The busiest isolate gets 40 % of the requests. */
const run = (limit: Limit, isolates: number, rate: number, roundTripMs: number): Outcome =>
  simulate({
    limit,
    isolates,
    rate,
    skew: isolates === 1 ? 1 : 0.4,
    roundTripMs,
    pauseMs: PAUSE_MS,
  })

/** Prints the model's table, as docs/limits.md has it. */
export function printModel(): void {
  console.log(
    '| limit | isolates | requests a second | round trip | beyond it | bound ' +
      '| let in after an end: p99, max | calls a request | reads a request |',
  )
  console.log('|---|--:|--:|--:|--:|--:|--:|--:|--:|')
  for (const limit of [MINUTE, SECOND]) {
    for (const [isolates, rate, roundTripMs] of PLACES) {
      const result = run(limit, isolates, rate, roundTripMs)
      const { over, bound, endP99Ms, endMaxMs, callsPerRequest, readsPerRequest } = result
      console.log(
        `| ${limit.count} in ${limit.windowMs / 1_000} s | ${isolates} | ${rate} ` +
          `| ${roundTripMs} ms | ${over} | ${bound} | ${endP99Ms} ms, ${endMaxMs} ms ` +
          `| ${callsPerRequest} | ${readsPerRequest} |`,
      )
    }
  }
}

const RATES = [5, 10, 20, 40, 80, 160, 320] as const
const TRIPS = [20, 50, 100, 200, 300] as const

/** The plots of docs/limits.md, as one SVG. */
export function plotModel(): string {
  const byIsolates = [4, 20, 100].map((isolates) => ({
    isolates,
    runs: RATES.map((rate) => ({ at: rate, ...run(MINUTE, isolates, rate, 200) })),
  }))
  const lines = (value: (one: Outcome) => number) =>
    byIsolates.map(({ isolates, runs }) => ({
      name: `${isolates} isolates`,
      points: runs.map((one): Point => [one.at, value(one)]),
    }))
  const far = TRIPS.map((tripMs): Point => [tripMs, run(MINUTE, 20, 80, tripMs).over])
  return plots('The model of many isolates', [
    { title: 'Beyond 120 a minute', across: 'requests a second', lines: lines(({ over }) => over) },
    {
      title: 'Let in after an end, p99 in ms',
      across: 'requests a second',
      lines: lines(({ endP99Ms }) => endP99Ms),
    },
    {
      title: 'Calls of the object a request',
      across: 'requests a second',
      lines: lines(({ callsPerRequest }) => callsPerRequest),
    },
    {
      title: 'Beyond 120 a minute, 80 a second',
      across: 'round trip in ms',
      lines: [{ name: '20 isolates', points: far }],
    },
  ])
}
