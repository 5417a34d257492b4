/**
 * The windows of one account, of all isolates together. Strict and long windows are stored, because
 * an idle object leaves memory after about 10 s; short fast ones are not.
 */
import type { SharedLimit, SharedWindow, WindowReport } from '../../src/contract/heartbeat.ts'

/** Windows that are longer than this are stored, in milliseconds. */
const STORED_FROM_MS = 10_000

interface StoredWindow {
  /** Its start by this object's clock, which is its name too. */
  startedAt: number
  used: number
  windowMs: number
}

/** The part of an object's SQLite that is used here, so that the bench can count without one. */
export interface WindowStorage {
  exec(query: string, ...values: unknown[]): Iterable<Record<string, unknown>>
}

export type AccountWindows = ReturnType<typeof createAccountWindows>

/** The windows in an object's memory and SQLite. `now` is the object's clock. */
export function createAccountWindows(sql: WindowStorage) {
  sql.exec(`create table if not exists windows (
    name text primary key, started_at integer not null, used integer not null,
    window_ms integer not null)`)
  const windows = new Map<string, StoredWindow>()
  for (const row of sql.exec('select * from windows')) {
    const [startedAt, used, windowMs] = [row.started_at, row.used, row.window_ms].map(Number)
    if (startedAt === undefined || used === undefined || windowMs === undefined) continue
    windows.set(String(row.name), { startedAt, used, windowMs })
  }

  function openAt(name: string, now: number): StoredWindow | undefined {
    const known = windows.get(name)
    return known !== undefined && now < known.startedAt + known.windowMs ? known : undefined
  }

  function add(limit: SharedLimit, requests: number, ageMs: number, now: number): void {
    const { name, windowMs, isStrict } = limit
    const open = openAt(name, now)
    const startedAt = open?.startedAt ?? now - Math.min(Math.max(0, ageMs), windowMs - 1)
    const used = (open?.used ?? 0) + requests
    windows.set(name, { startedAt, used, windowMs })
    if (isStrict !== true && windowMs <= STORED_FROM_MS) return
    sql.exec('insert or replace into windows values (?, ?, ?, ?)', name, startedAt, used, windowMs)
  }

  return {
    /** Adds what an isolate has let through. Requests of a window that has ended count nowhere. */
    add(report: WindowReport, now: number): void {
      const { limit, window, ageMs, requests } = report
      const open = openAt(limit.name, now)
      const isOver = window !== 0 ? window !== open?.startedAt : ageMs >= limit.windowMs
      if (!isOver) add(limit, requests, ageMs, now)
    },

    /** Counts one request against all `limits`, or against none if one of them is full. */
    take(limits: readonly SharedLimit[], now: number): boolean {
      const isFull = ({ name, count }: SharedLimit) => (openAt(name, now)?.used ?? 0) >= count
      if (limits.some(isFull)) return false
      for (const limit of limits) add(limit, 1, 0, now)
      return true
    },

    /** The open windows. */
    open(now: number): SharedWindow[] {
      const open: SharedWindow[] = []
      for (const [name, { startedAt, used, windowMs }] of windows) {
        if (now < startedAt + windowMs)
          open.push({ name, window: startedAt, used, ageMs: Math.max(0, now - startedAt) })
      }
      return open
    },

    /** Forgets the windows that have ended. */
    sweep(now: number): void {
      for (const [name, { startedAt, windowMs }] of windows)
        if (now >= startedAt + windowMs) windows.delete(name)
      sql.exec('delete from windows where started_at + window_ms <= ?', now)
    },
  }
}
