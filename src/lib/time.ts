/** Reads and writes durations and times. Inside, both are milliseconds. */

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** "10s", "500ms", "5m", "1h" or "30d" → milliseconds, at least 1 and at most 366 days; or null. */
export function parseDurationMs(text: string): number | null {
  const match = /^([1-9][0-9]{0,8})(ms|s|m|h|d)$/.exec(text)
  if (match === null) return null
  const ms = Number(match[1]) * (UNITS[match[2] ?? ''] ?? Number.NaN)
  return ms <= 366 * 86_400_000 ? ms : null
}

/** Milliseconds → words, in the largest unit that fits, rounded up: "15 minutes", "1 hour". */
export function inWords(ms: number): string {
  const units = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
  ] as const
  const [name, size] = units.find(([, size]) => ms >= size) ?? (['second', 1000] as const)
  const count = Math.ceil(ms / size)
  return `${count} ${name}${count === 1 ? '' : 's'}`
}

/**
 * Milliseconds → whole seconds, rounded up, at least 1: `Retry-After` (RFC 9110 section 10.2.3).
 */
export function wholeSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000))
}

let isoSecond = Number.NaN
/** The text of that second, "2026-02-24T10:30:00.". */
let isoPrefix = ''

/**
 * Epoch milliseconds → an ISO 8601 time in UTC, "2026-02-24T10:30:00.000Z". The text of the last
 * second is kept, because every line of the log has a time.
 */
export function isoTime(ms: number): string {
  const second = Math.floor(ms / 1000)
  if (second !== isoSecond) {
    isoPrefix = new Date(second * 1000).toISOString().slice(0, -4)
    isoSecond = second
  }
  return `${isoPrefix}${String(Math.floor(ms) - second * 1000).padStart(3, '0')}Z`
}
