/** Usage is exact: requests of every kind, over several isolates, whatever gets lost on the way. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { HeartbeatReport, StatusClass } from '../../../../src/contract/heartbeat.ts'
import { toBase64url, utf8 } from '../../../../src/lib/bytes.ts'
import type { Env } from '../../../../src/store/env.ts'
import { createIsolate } from '../../../../src/store/isolate.ts'
import { clientOf, env, recordingOrigin, shippedGateway } from '../../../support/worker/gateway.ts'
import {
  apiKey,
  bearer,
  cookie,
  seedAccount,
  seedKey,
  seedSession,
  seedToken,
} from '../../../support/worker/seed.ts'
import { heartOf, lose, usageOf } from '../../../support/worker/usage.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: Date.now() }))
afterEach(() => vi.useRealTimers())

type Heartbeat = (send: () => Promise<unknown>, report: HeartbeatReport) => Promise<unknown>

/** The objects, each heartbeat of which goes through `pass`. */
function through(pass: Heartbeat) {
  const getByName = (name: string) => {
    const heart = heartOf(name)
    return {
      heartbeat: (report: HeartbeatReport) => pass(() => heart.heartbeat(report), report),
      take: (...args: Parameters<typeof heart.take>) => heart.take(...args),
      changed: (...args: Parameters<typeof heart.changed>) => heart.changed(...args),
      flush: () => heart.flush(),
    }
  }
  return { getByName }
}

const classOf = (status: number): StatusClass =>
  status === 429 ? '429' : (`${Math.floor(status / 100)}xx` as StatusClass)

/** Uses as "key 1 2xx" → number. */
function countsOf(uses: readonly { credential: string; status: string; requests: number }[]) {
  const counts: Record<string, number> = {}
  for (const { credential, status, requests } of uses) {
    const name = `${credential} ${status}`
    counts[name] = (counts[name] ?? 0) + requests
  }
  return counts
}

const PAYER = '0x00000000000000000000000000000000000000e7'
const receipt = { method: 'tempo', status: 'success', timestamp: '', reference: '0x1' }
/** Claims that take every payment. */
const claims = new Proxy({}, { get: () => async () => ({ state: 'paid', payer: PAYER, receipt }) })
const TWEET = '/api/v1/x/tweets/7'

describe('requests of every kind', () => {
  it('are in D1 as they were answered, though every third answer of an object is lost', async () => {
    let beats = 0
    const ACCOUNTS = through(async (send) => {
      const verdict = await send()
      if (++beats % 3 === 0) throw new Error('Network connection lost.')
      return verdict
    })
    const origin = recordingOrigin((request) => {
      const status = Number(new URL(request.url).searchParams.get('status') ?? 200)
      return Response.json({}, { status })
    })
    const bindings = { ORIGIN: origin.binding, ACCOUNTS, CHARGES: { getByName: () => claims } }
    const isolates = Array.from({ length: 4 }, () => clientOf(shippedGateway(), bindings))
    const account = await seedAccount()
    const [one, two] = [await seedKey(account), await seedKey(account)]
    const { token, grantId } = await seedToken(account)
    const offered = (await isolates[0]?.call(TWEET))?.headers.get('www-authenticate') ?? ''
    const parameters = [...offered.matchAll(/([a-z]+)="([^"]*)"/g)]
    const challenge = Object.fromEntries(parameters.map(([, name, value]) => [name, value]))
    const payload = { type: 'hash', hash: `0x${'1'.repeat(64)}` }
    const paid = `Payment ${toBase64url(utf8(JSON.stringify({ challenge, payload })))}`
    const session = cookie(await seedSession(account))
    const kinds: [who: string | null, path: string, init: RequestInit][] = [
      [`key ${one.id}`, '/api/v1/radar', { headers: apiKey(one.key) }],
      [`key ${one.id}`, '/api/v1/trends?status=503', { headers: apiKey(one.key) }],
      [`key ${two.id}`, '/api/v1/drafts/1?status=404', { headers: apiKey(two.key) }],
      [`grant ${grantId}`, '/mcp', { method: 'POST', headers: bearer(token), body: '{}' }],
      ['session', '/api/v1/radar', { headers: session }],
      ['payment', TWEET, { headers: { authorization: paid } }],
      [null, '/api/v1/radar', { headers: apiKey(`xq_${'0'.repeat(64)}`) }],
      [null, TWEET, {}],
    ]
    const expected: { credential: string; status: string; requests: number }[] = []
    origin.seen.length = 0
    let strangers = 0
    for (let round = 0; round < 50; round++) {
      vi.setSystemTime(Date.now() + 300)
      await Promise.all(
        Array.from({ length: 40 }, async (_, n) => {
          const [credential, path, init] = kinds[n % kinds.length] ?? kinds[0] ?? [null, '/', {}]
          const answer = await isolates[(n + round) % 4]?.call(path, init)
          const status = answer?.status ?? 0
          if (credential === null) {
            strangers += 1
            expect(status).toBeGreaterThanOrEqual(400)
          } else expected.push({ credential, status: classOf(status), requests: 1 })
        }),
      )
      await Promise.all(isolates.map((isolate) => isolate.settled()))
    }
    const rows = await usageOf(account)
    const paidRows = await usageOf(PAYER)
    const counted = countsOf([...rows, ...paidRows])
    expect(counted).toEqual(countsOf(expected))
    const sum = Object.values(counted).reduce((all, count) => all + count, 0)
    expect([sum, strangers]).toEqual([1_500, 500])
    const refused = rows.filter(({ status }) => status === '429')
    expect(refused.length, 'some are over their limits').toBeGreaterThan(0)
    const over = refused.reduce((all, { requests }) => all + requests, 0)
    expect(sum - over, 'the origin saw all that was not refused').toBe(origin.seen.length)
    const { results } = await env.DB.prepare(
      'select id, requests from api_keys where account_id = ? order by id',
    )
      .bind(account)
      .all<{ id: number; requests: number }>()
    for (const { id, requests } of results)
      expect(requests).toBe(expected.filter(({ credential }) => credential === `key ${id}`).length)
    const strange = await env.DB.prepare(
      "select count(*) as n from usage where owner not like 'acc_%' and owner not like '0x%'",
    ).first('n')
    expect(strange).toBe(0)
  })
})

const HOUR_MS = 3_600_000

/** A report with one use. */
function reportOf(
  owner: string,
  sequence: number,
  from = 'isolate',
  now = Date.now(),
): HeartbeatReport {
  const use = {
    hour: Math.floor(now / HOUR_MS),
    credential: 'key 1',
    route: `GET /${sequence}`,
    status: '2xx' as const,
    requests: 1,
    lastUsedAt: now,
  }
  return { owner, from, sequence, at: now, epoch: null, windows: [], uses: [use], changes: [] }
}

const total = async (owner: string) =>
  (await usageOf(owner)).reduce((all, { requests }) => all + requests, 0)

async function livesOf(owner: string): Promise<string[]> {
  const lives = env.DB.prepare('select life from usage_flushes where owner = ?').bind(owner)
  return (await lives.all<{ life: string }>()).results.map(({ life }) => life)
}

describe('an object', () => {
  it('keeps what D1 breaks off in the middle, and writes it once', async () => {
    const owner = await seedAccount()
    await heartOf(owner).heartbeat(reportOf(owner, 1))
    // The last statement of the transaction fails, after usage was written.
    await env.DB.prepare(
      `create trigger fails before insert on usage_flushes when new.owner = '${owner}'
       begin select raise(abort, 'fails'); end`,
    ).run()
    try {
      const flushed = heartOf(owner).flush()
      expect(
        await flushed.then(
          () => 'taken',
          () => 'failed',
        ),
      ).toBe('failed')
      const rows = env.DB.prepare('select count(*) as n from usage where owner = ?').bind(owner)
      expect(await rows.first('n')).toBe(0)
    } finally {
      await env.DB.prepare('drop trigger fails').run()
    }
    await heartOf(owner).heartbeat(reportOf(owner, 2))
    expect(await total(owner)).toBe(2)
    expect(await total(owner)).toBe(2)
  })

  it('writes each use once, though flushes and heartbeats cross', async () => {
    const owner = await seedAccount()
    const heart = heartOf(owner)
    const crossing: Promise<unknown>[] = []
    for (let n = 1; n <= 20; n++)
      for (const from of ['one', 'other', 'one'])
        crossing.push(heart.heartbeat(reportOf(owner, n, from)), heart.flush())
    await Promise.all(crossing)
    expect(await total(owner)).toBe(40)
    expect(await heart.flush()).toEqual({ 'key 1': 40 })
  })

  it('enters a report that comes a day late under its own hour, once', async () => {
    const owner = await seedAccount()
    const heart = heartOf(owner)
    const day = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 48 * HOUR_MS
    // The last millisecond of an hour, and the first one of the next.
    const [first, late] = [reportOf(owner, 1, 'late', day - 1), reportOf(owner, 2, 'late', day)]
    await heart.heartbeat(first)
    await heart.heartbeat(reportOf(owner, 1, 'other', day + 30 * HOUR_MS))
    for (const report of [late, late, first]) await heart.heartbeat(report)
    // A report of an unknown isolate may have been counted and forgotten.
    await heart.heartbeat(reportOf(owner, 3, 'forgotten', day))
    const hour = day / HOUR_MS
    expect((await usageOf(owner)).map((row) => [row.hour, row.route, row.requests])).toEqual([
      [hour - 1, 'GET /1', 1],
      [hour, 'GET /2', 1],
      [hour + 30, 'GET /1', 1],
    ])
    // In the last hour there was only the other isolate's.
    expect(await heart.flush()).toEqual({ 'key 1': 1 })
  })

  it('writes a flush that D1 has taken, but not confirmed, no second time', async () => {
    const owner = await seedAccount()
    await heartOf(owner).heartbeat(reportOf(owner, 1))
    expect(await total(owner)).toBe(1)
    // As though the flush were made again: D1 has its number.
    const { writeUsage } = await import('../../../../heartbeat/account/usage.ts')
    const [life] = await livesOf(owner)
    await writeUsage(env, { owner, life: life ?? '', flush: 1, uses: reportOf(owner, 1).uses })
    expect(await total(owner)).toBe(1)
  })

  it('whose storage is older than the names of storages goes on under its numbers', async () => {
    const owner = await seedAccount()
    await heartOf(owner).heartbeat(reportOf(owner, 1))
    await (heartOf(owner) as unknown as { forgetLife(): Promise<void> }).forgetLife()
    expect(await total(owner)).toBe(1)
    await heartOf(owner).heartbeat(reportOf(owner, 2))
    expect(await total(owner)).toBe(2)
    expect(await livesOf(owner)).toEqual([''])
  })

  it('that has lost its storage adds to what D1 has, each use once', async () => {
    const owner = await seedAccount()
    for (let n = 1; n <= 3; n++) {
      await heartOf(owner).heartbeat(reportOf(owner, n))
      await usageOf(owner)
    }
    await lose(owner)
    // It knows the isolate no more, which goes on counting its reports.
    await heartOf(owner).heartbeat(reportOf(owner, 4))
    expect(await total(owner)).toBe(4)
    await heartOf(owner).heartbeat(reportOf(owner, 4))
    await heartOf(owner).heartbeat(reportOf(owner, 5))
    expect(await total(owner)).toBe(5)
    expect(new Set(await livesOf(owner)).size).toBe(2)
  })
})

it('a report is sent until it is taken, though an answer to an earlier one comes late', async () => {
  const owner = await seedAccount()
  const lateAnswer = Promise.withResolvers<void>()
  let beats = 0
  let hasFailed = false
  const ACCOUNTS = through(async (send, report) => {
    beats += 1
    const isFirst = beats === 1
    if (report.sequence === 2 && !hasFailed) {
      hasFailed = true
      lateAnswer.resolve()
      await scheduler.wait(10)
      throw new Error('Network connection lost.')
    }
    const verdict = await send()
    if (isFirst) await lateAnswer.promise
    return verdict
  })
  const { hearts } = createIsolate(shippedGateway())
  const testEnv = { ...env, ACCOUNTS } as unknown as Env
  const put: Promise<unknown>[] = []
  const waitUntil = (work: Promise<unknown>) => void put.push(work)
  const use = { credential: 'key 1', route: 'GET /a', status: '2xx' as const }
  hearts.recordUse(testEnv, owner, use, Date.now(), waitUntil)
  await vi.waitUntil(() => beats === 1)
  expect(await hearts.flush(testEnv, owner, waitUntil)).toEqual({ 'key 1': 1 })
  hearts.recordUse(testEnv, owner, use, Date.now(), waitUntil)
  expect(await hearts.flush(testEnv, owner, waitUntil)).toBeNull()
  expect(await hearts.flush(testEnv, owner, waitUntil)).toEqual({ 'key 1': 2 })
  await Promise.all(put)
  expect(await total(owner)).toBe(2)
})

describe('a data point', () => {
  it('is written for each counted request where a dataset is bound, with no secret in it', async () => {
    const points: AnalyticsEngineDataPoint[] = []
    const REQUESTS = { writeDataPoint: (point: AnalyticsEngineDataPoint) => points.push(point) }
    const account = await seedAccount()
    const { key, id } = await seedKey(account)
    const session = await seedSession(account)
    const client = clientOf(shippedGateway(), { ORIGIN: recordingOrigin().binding, REQUESTS })
    for (let n = 0; n < 12; n++)
      await client.call('/api/v1/radar?q=private', { headers: apiKey(key) })
    vi.setSystemTime(Date.now() + 1_000)
    await client.call('/api/v1/drafts/secret-id', { headers: cookie(session) })
    await client.call('/api/v1/radar')
    await client.call('/api/v1/radar', { headers: apiKey(`xq_${'0'.repeat(64)}`) })
    await client.settled()
    expect(points).toHaveLength(13)
    for (const { indexes } of points) expect(indexes).toEqual([account])
    expect(points[0]?.blobs).toEqual([`key ${id}`, 'GET /radar', '2xx'])
    expect(points[11]?.blobs).toEqual([`key ${id}`, 'GET /radar', '429'])
    expect(points[12]?.blobs).toEqual(['session', '* /drafts/*', '2xx'])
    expect(points[0]?.doubles).toEqual([1, expect.any(Number)])
    const text = JSON.stringify(points)
    for (const secret of [key, session, 'private', 'secret-id']) expect(text).not.toContain(secret)
  })
})
