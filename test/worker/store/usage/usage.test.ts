/** Usage in D1: how it ages without a request being lost, and how much a page of it reads. */
import { beforeEach, describe, expect, it } from 'vitest'
import { writeUsage } from '../../../../heartbeat/account/usage.ts'
import type { Use } from '../../../../src/contract/heartbeat.ts'
import { deleteExpired } from '../../../../src/store/deleteExpired.ts'
import type { Env } from '../../../../src/store/env.ts'
import {
  bucketOf,
  hourOfUse,
  lastBuckets,
  mergedBuckets,
} from '../../../../src/store/usage/buckets.ts'
import { mergeUsage } from '../../../../src/store/usage/mergeUsage.ts'
import {
  MAX_ROWS_READ,
  selectUsage,
  sumUsage,
  type UsageRow,
} from '../../../../src/store/usage/usage.ts'
import { env } from '../../../support/worker/gateway.ts'
import { seedAccount } from '../../../support/worker/seed.ts'

const NOW = Date.UTC(2026, 10, 28, 1, 30)
const HOUR = hourOfUse(NOW)
const ALL = { credential: null, route: null, status: null }
const YEAR = { start: HOUR - 366 * 24, end: HOUR + 1 }

beforeEach(() => env.DB.prepare('delete from usage').run())

/** Writes one request of each hour, counted back from now. */
async function writeHours(owner: string, hoursAgo: readonly number[], use: Partial<Use> = {}) {
  const uses = hoursAgo.map((ago) => {
    const hour = HOUR - ago
    return {
      hour,
      credential: 'key 1',
      route: 'GET /a',
      status: '2xx' as const,
      requests: 1,
      lastUsedAt: hour * 3_600_000,
      ...use,
    }
  })
  flushes += 1
  for (let at = 0; at < uses.length; at += 2_000) {
    flushes += 1
    await writeUsage(env, { owner, life: '', flush: flushes, uses: uses.slice(at, at + 2_000) })
  }
}
let flushes = 0

const rowsOf = async (owner: string) => {
  const rows = env.DB.prepare('select hour, requests from usage where owner = ? order by hour')
  return (await rows.bind(owner).all<{ hour: number; requests: number }>()).results
}
const sumOf = (rows: readonly { requests: number }[]) =>
  rows.reduce((sum, { requests }) => sum + requests, 0)
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

describe('buckets', () => {
  it('are hours, days and months of UTC', () => {
    expect(bucketOf(HOUR, 'hour')).toEqual({ start: HOUR, end: HOUR + 1 })
    expect(bucketOf(HOUR, 'day')).toEqual({ start: HOUR - 1, end: HOUR + 23 })
    const month = bucketOf(HOUR, 'month')
    expect(month.start * 3_600_000).toBe(Date.UTC(2026, 10))
    expect(month.end * 3_600_000).toBe(Date.UTC(2026, 11))
  })

  it.each([
    ['hour', 24],
    ['day', 30],
    ['month', 12],
  ] as const)('of the last %s are next to each other', (size, count) => {
    const buckets = lastBuckets(HOUR, size, count)
    expect(buckets).toHaveLength(count)
    for (const [i, { end }] of buckets.slice(1).entries()) expect(end).toBe(buckets[i]?.start)
  })

  it('that are merged are next to each other, days and then months, and none is young', () => {
    const buckets = mergedBuckets(HOUR)
    for (const [i, { end }] of buckets.slice(1).entries()) expect(end).toBe(buckets[i]?.start)
    const lengths = buckets.map(({ start, end }) => end - start)
    expect(Math.max(...buckets.map(({ end }) => end))).toBeLessThanOrEqual(HOUR - 23)
    expect(lengths.lastIndexOf(24)).toBeLessThan(lengths.findIndex((length) => length > 24))
    expect(lengths.filter((length) => length > 24).length).toBeGreaterThanOrEqual(10)
  })
})

describe('usage that has aged', () => {
  it('is merged into days and months, and no request is lost or counted twice', async () => {
    const owner = await seedAccount()
    await writeHours(owner, range(0, 380 * 24))
    const before = await rowsOf(owner)
    const sumsBefore = await sumUsage(env, owner, YEAR, 'month', ALL, 20_000)
    // A run of the cron merges some of them, and the next one goes on.
    for (let run = 0; run < 4; run++) await mergeUsage(env, NOW)
    const rows = await rowsOf(owner)
    expect(sumOf(rows)).toBe(sumOf(before))
    expect(rows.length).toBeLessThan(120)
    expect(rows.filter(({ hour }) => hour > HOUR - 24)).toHaveLength(24)
    const sums = await sumUsage(env, owner, YEAR, 'month', ALL, 20_000)
    const whole = ({ sums }: typeof sumsBefore) =>
      sums.filter(({ by, name }) => by === 'bucket' && Number(name) > YEAR.start)
    expect(whole(sums)).toEqual(whole(sumsBefore))
  })

  it('takes in what an object writes late', async () => {
    const owner = await seedAccount()
    await writeHours(owner, [200, 201])
    await mergeUsage(env, NOW)
    await writeHours(owner, [200, 201, 202])
    await mergeUsage(env, NOW)
    expect(sumOf(await rowsOf(owner))).toBe(5)
    expect(new Set((await rowsOf(owner)).map(({ hour }) => hour % 24))).toEqual(new Set([0]))
  })

  it('is left as it was if D1 fails in the middle', async () => {
    const owner = await seedAccount()
    await writeHours(owner, range(100, 130))
    const before = await rowsOf(owner)
    await env.DB.prepare(
      "create trigger fails before delete on usage begin select raise(abort, 'fails'); end",
    ).run()
    try {
      await expect(mergeUsage(env, NOW)).rejects.toThrow()
      expect(await rowsOf(owner)).toEqual(before)
    } finally {
      await env.DB.prepare('drop trigger fails').run()
    }
    await mergeUsage(env, NOW)
    expect(sumOf(await rowsOf(owner))).toBe(30)
  })

  it('is deleted by the cron after 400 days', async () => {
    const owner = await seedAccount()
    await writeHours(owner, [10, 360 * 24, 402 * 24, 500 * 24])
    for (let run = 0; run < 2; run++) await deleteExpired(env, NOW)
    expect(sumOf(await rowsOf(owner))).toBe(2)
  })
})

describe('the usage of a page', () => {
  it('is added up by bucket, route and credential, and by nothing that is filtered out', async () => {
    const owner = await seedAccount()
    await writeHours(owner, [0, 1, 1])
    await writeHours(owner, [1], { credential: 'key 2', status: '429' })
    await writeHours(owner, [2], { credential: 'grant g', route: 'GET /b', status: '5xx' })
    await writeHours(await seedAccount(), [0])
    const day = { start: HOUR - 23, end: HOUR + 1 }
    const { sums, cutAt } = await sumUsage(env, owner, day, 'hour', ALL)
    expect(cutAt).toBeNull()
    expect(sums.filter(({ by }) => by === 'bucket')).toEqual([
      { by: 'bucket', name: `${HOUR - 2}`, status: '5xx', requests: 1 },
      { by: 'bucket', name: `${HOUR - 1}`, status: '2xx', requests: 2 },
      { by: 'bucket', name: `${HOUR - 1}`, status: '429', requests: 1 },
      { by: 'bucket', name: `${HOUR}`, status: '2xx', requests: 1 },
    ])
    expect(sums.filter(({ by }) => by === 'route')).toEqual([
      { by: 'route', name: 'GET /a', status: '2xx', requests: 3 },
      { by: 'route', name: 'GET /a', status: '429', requests: 1 },
      { by: 'route', name: 'GET /b', status: '5xx', requests: 1 },
    ])
    const filters = [
      [{ credential: 'key 2' }, 1],
      [{ route: 'GET /a' }, 4],
      [{ status: '2xx' as const }, 3],
      [{ credential: 'key 2', status: '2xx' as const }, 0],
    ] as const
    for (const [filter, count] of filters) {
      const picked = await sumUsage(env, owner, day, 'hour', { ...ALL, ...filter })
      expect(sumOf(picked.sums.filter(({ by }) => by === 'credential'))).toBe(count)
    }
  })

  it('says from when on it is whole, if there is too much to read', async () => {
    const owner = await seedAccount()
    await writeHours(owner, range(0, 20))
    const day = { start: HOUR - 23, end: HOUR + 1 }
    const { sums, cutAt } = await sumUsage(env, owner, day, 'hour', ALL, 5)
    expect(cutAt).toBe(HOUR - 4)
    expect(sumOf(sums.filter(({ by }) => by === 'bucket'))).toBe(5)
  })

  it('of 100 keys and a year reads a bounded number of rows', async () => {
    const owner = await seedAccount()
    // Each key calls four routes with two outcomes, each hour of the last two days, each day of
    // the 60 before, and each month before that: what the cron has left of a year.
    const hours = [...range(0, 48), ...range(2, 62).map((d) => 1 + d * 24)]
    hours.push(
      ...lastBuckets(HOUR, 'month', 12)
        .slice(3)
        .map(({ start }) => HOUR - start),
    )
    await env.DB.prepare(
      `insert into usage (owner, hour, credential, route, status, requests)
       select ?, h.value, 'key ' || k.value, 'GET /' || r.value, s.value, 3
       from json_each(?) h, json_each(?) k, json_each('[1,2,3,4]') r, json_each('["2xx","429"]') s`,
    )
      .bind(owner, JSON.stringify(hours.map((ago) => HOUR - ago)), JSON.stringify(range(0, 100)))
      .run()
    const { counting, read } = countingEnv()
    const { sums, cutAt } = await sumUsage(counting, owner, YEAR, 'month', ALL)
    const rows = hours.length * 800
    console.log(`100 keys, a year: ${rows} rows of usage, ${read()} rows read`)
    expect(cutAt).toBeNull()
    expect(sumOf(sums.filter(({ by }) => by === 'bucket'))).toBe(3 * rows)
    expect(read()).toBeLessThan(5 * MAX_ROWS_READ)
  })
})

describe('the rows of a file', () => {
  it('are all there, part by part, and once', async () => {
    const owner = await seedAccount()
    for (const key of range(0, 7)) await writeHours(owner, [0], { credential: `key ${key}` })
    const bucket = bucketOf(HOUR, 'hour')
    const all: UsageRow[] = []
    for (let last: UsageRow | null = null; ; ) {
      const part: UsageRow[] = await selectUsage(env, owner, bucket, ALL, 3, last)
      all.push(...part)
      last = part.at(-1) ?? null
      if (part.length < 3) break
    }
    expect(all.map(({ credential }) => credential)).toEqual(range(0, 7).map((key) => `key ${key}`))
  })
})

/** An env whose database counts the rows that its answers have read. */
function countingEnv(): { counting: Env; read: () => number } {
  let read = 0
  const counts = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(object, name) {
        const value: unknown = Reflect.get(object, name)
        if (typeof value !== 'function') return value
        return (...args: unknown[]) => {
          const result: unknown = value.apply(object, args)
          if (name === 'withSession' || name === 'prepare' || name === 'bind')
            return counts(result as object)
          if (name !== 'all' && name !== 'run') return result
          return (result as Promise<D1Result>).then((answer) => {
            read += answer.meta.rows_read
            return answer
          })
        }
      },
    })
  return { counting: { ...env, DB: counts(env.DB) }, read: () => read }
}
