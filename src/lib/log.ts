/** Writes the log: one JSON object a line, in which nothing looks like a secret. */
import { describeCause, redact } from './redact.ts'

type LogFields = Record<string, string | number | boolean | undefined>

/** Writes a finished line of JSON, in which the caller has redacted what comes from outside. */
export function logLine(level: 'info' | 'warn' | 'error', json: string): void {
  console[level](json)
}

/** Writes one line. Strings are redacted; undefined fields are left out. */
export function log(level: 'info' | 'warn' | 'error', event: string, fields: LogFields): void {
  const line: LogFields = { time: new Date().toISOString(), level, event }
  for (const [name, value] of Object.entries(fields)) {
    line[name] = typeof value === 'string' ? redact(value) : value
  }
  logLine(level, JSON.stringify(line))
}

/** Logs a failure that no caller learns of, usually because it happens after the answer. */
export function logError(event: string, error: unknown): void {
  log('error', event, { cause: describeCause(error) })
}
