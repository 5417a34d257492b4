/**
 * The windows that an object counts, of all isolates together. An idle object leaves memory after
 * about 10 s, so windows that must outlive that are stored too.
 */
import type { SharedLimit, SharedWindow, WindowReport } from '../src/contract/heartbeat.ts'
import { createBoundedMap } from '../src/lib/boundedMap.ts'

interface StoredWindow {
  /** Its start by this object's clock, which is its name too. */
  startedAt: number
  used: number
  windowMs: number
}

/** The bytes of a window beside its name. */
const WINDOW_BYTES = 120

/** The part of an object's SQLite that is used here, so that the bench can count without one. */
export interface WindowStorage {
  exec(query: string, ...values: unknown[]): Iterable<Record<string, unknown>>
}

/** How an object keeps its windows. */
export interface WindowKeeping {
  /** The most bytes of all windows, as estimated. The oldest make room. */
  maxBytes: number
  /** Whether the windows of a limit are stored. */
  isStored: (limit: SharedLimit) => boolean
}

export type ObjectWindows = ReturnType<typeof createObjectWindows>

/** The windows in an object's memory and SQLite. `now` is the object's clock. */
export function createObjectWindows(sql: WindowStorage, { maxBytes, isStored }: WindowKeeping) {
  sql.exec(`create table if not exists windows (
    name text primary key, started_at integer not null, used integer not null,
    window_ms integer not null)`)
  const windows = createBoundedMap<StoredWindow>(
    maxBytes,
    WINDOW_BYTES,
    (name) => void sql.exec('delete from windows where name = ?', name),
  )
  for (const row of sql.exec('select * from windows order by started_at')) {
    const [startedAt, used, windowMs] = [row.started_at, row.used, row.window_ms].map(Number)
    if (startedAt === undefined || used === undefined || windowMs === undefined) continue
    windows.set(String(row.name), { startedAt, used, windowMs })
  }

  /** The open window of a limit, which is as long as the limit says now: a config may change. */
  function openAt({ name, windowMs }: SharedLimit, now: number): StoredWindow | undefined {
    const known = windows.get(name)
    if (known === undefined) return undefined
    known.windowMs = windowMs
    return now < known.startedAt + windowMs ? known : undefined
  }

  function add(limit: SharedLimit, requests: number, ageMs: number, now: number): void {
    const { name, windowMs } = limit
    const open = openAt(limit, now)
    const startedAt = open?.startedAt ?? now - Math.min(Math.max(0, ageMs), windowMs - 1)
    const used = Math.max(0, (open?.used ?? 0) + requests)
    if (open === undefined) windows.set(name, { startedAt, used, windowMs })
    else open.used = used
    if (isStored(limit))
      sql.exec(
        'insert or replace into windows values (?, ?, ?, ?)',
        name,
        startedAt,
        used,
        windowMs,
      )
  }

  function shown(name: string, { startedAt, used }: StoredWindow, now: number): SharedWindow {
    return { name, window: startedAt, used, ageMs: Math.max(0, now - startedAt) }
  }

  return {
    /**
     * Adds what an isolate has let through, which is in a report that was made `heldMs` ago.
     * Requests of a window that has ended count nowhere.
     */
    add(report: WindowReport, heldMs: number, now: number): void {
      const { limit, window, requests } = report
      const ageMs = report.ageMs + Math.max(0, heldMs)
      const open = openAt(limit, now)
      const isOver = window !== 0 ? window !== open?.startedAt : ageMs >= limit.windowMs
      if (!isOver) add(limit, requests, ageMs, now)
    },

    /** Counts one request against all `limits`, or against none if one of them is full. */
    take(limits: readonly SharedLimit[], now: number): boolean {
      const isFull = (limit: SharedLimit) => (openAt(limit, now)?.used ?? 0) >= limit.count
      if (limits.some(isFull)) return false
      for (const limit of limits) add(limit, 1, 0, now)
      return true
    },

    /** Takes back one request of a limit, if its window is still open. */
    giveBack(limit: SharedLimit, now: number): void {
      if (openAt(limit, now) !== undefined) add(limit, -1, 0, now)
    },

    /** The open window of a limit's name, or null. */
    openOf(name: string, now: number): SharedWindow | null {
      const known = windows.get(name)
      const isOpen = known !== undefined && now < known.startedAt + known.windowMs
      return isOpen ? shown(name, known, now) : null
    },

    /** All open windows. */
    open(now: number): SharedWindow[] {
      const open: SharedWindow[] = []
      for (const [name, window] of windows.entries())
        if (now < window.startedAt + window.windowMs) open.push(shown(name, window, now))
      return open
    },

    /** Forgets the windows that have ended. */
    sweep(now: number): void {
      for (const [name, { startedAt, windowMs }] of windows.entries())
        if (now >= startedAt + windowMs) windows.delete(name)
      sql.exec('delete from windows where started_at + window_ms <= ?', now)
    },

    get size() {
      return windows.size
    },
  }
}
