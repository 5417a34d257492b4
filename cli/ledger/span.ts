/** Reads `--since` and `--until`. */
import { isoTime, parseDurationMs } from '../../src/lib/time.ts'
import type { Span } from '../../src/store/ledger/reportStatements.ts'
import { DAY_MS } from '../../src/store/ledger/sumStatements.ts'
import { CannotRun } from './cannotRun.ts'

const FORMS = 'a day (2026-11-01), a time (2026-11-01T08:00:00Z) or a duration before now (7d)'

/**
 * The span from `since` until before `until`; null if neither is given. A day as `until` is in the
 * span. Throws CannotRun for text of another form, and for a span that ends before it begins.
 */
export function readSpan(
  since: string | undefined,
  until: string | undefined,
  now: number,
): Span | null {
  if (since === undefined && until === undefined) return null
  const span = {
    since: since === undefined ? 0 : readTime('--since', since, now).at,
    until: until === undefined ? Number.MAX_SAFE_INTEGER : endOf(until, now),
  }
  if (span.since >= span.until) throw new CannotRun('--since must be before --until.')
  return span
}

function endOf(text: string, now: number): number {
  const { at, isDay } = readTime('--until', text, now)
  return isDay ? at + DAY_MS : at
}

function readTime(option: string, text: string, now: number): { at: number; isDay: boolean } {
  const duration = parseDurationMs(text)
  if (duration !== null) return { at: now - duration, isDay: false }
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text)
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z$/.test(text)
  const at = isDay || isTime ? Date.parse(text) : Number.NaN
  // Some parsers take the 31st of a short month for the first of the next one.
  if (Number.isNaN(at) || !isoTime(at).startsWith(text.slice(0, 10)))
    throw new CannotRun(`${option} must be ${FORMS}.`)
  return { at, isDay }
}
