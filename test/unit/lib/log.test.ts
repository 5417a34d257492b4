import { afterEach, describe, expect, it, vi } from 'vitest'
import { log, logError } from '../../../src/lib/log.ts'

const HASH = 'ab'.repeat(32)

/** The lines that a test writes to one level of the console. */
function linesOf(level: 'info' | 'warn' | 'error'): unknown[] {
  const lines: unknown[] = []
  vi.spyOn(console, level).mockImplementation((...parts) => lines.push(...parts))
  return lines
}

afterEach(() => vi.restoreAllMocks())

describe('log', () => {
  it('writes one line of JSON with the time, the level and the event', () => {
    const lines = linesOf('warn')
    log('warn', 'request', { status: 200, path: '/a\n{"level":"info"}', cached: false })
    expect(lines).toHaveLength(1)
    expect(String(lines[0])).not.toContain('\n')
    const { time, ...rest } = JSON.parse(String(lines[0]))
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    expect(rest).toEqual({
      level: 'warn',
      event: 'request',
      status: 200,
      path: '/a {"level":"info"}',
      cached: false,
    })
  })

  it('redacts every string and leaves out undefined fields', () => {
    const lines = linesOf('info')
    log('info', 'request', { path: `/a?k=${HASH}`, cause: `hash ${HASH}`, caller: undefined })
    expect(String(lines[0])).not.toContain(HASH)
    expect(JSON.parse(String(lines[0]))).not.toHaveProperty('caller')
  })

  it('writes each level to its own method of the console', () => {
    const [info, error] = [linesOf('info'), linesOf('error')]
    log('error', 'a', {})
    expect([info.length, error.length]).toEqual([0, 1])
  })
})

it('logError writes the innermost cause, redacted', () => {
  const lines = linesOf('error')
  logError('touch_failed', new Error('outer', { cause: new TypeError(`no ${HASH}`) }))
  const line = JSON.parse(String(lines[0]))
  expect(line).toMatchObject({ event: 'touch_failed', cause: 'TypeError: no [redacted]' })
})
