/** The headers that a page may read: ours, those of the config, and those of the origin. */
import { describe, expect, it } from 'vitest'
import { exposedByOrigin, exposedHeaders } from '../../../src/http/exposedHeaders.ts'

const names = (value: string) => value.split(', ')
const byOrigin = (given: string, more: Record<string, string> = {}) =>
  exposedByOrigin(
    'ETag, X-A',
    new Map(Object.entries({ 'access-control-expose-headers': given, ...more })),
  )

describe('exposedHeaders', () => {
  it("is ours, the standard ones, and the config's, each once", () => {
    const exposed = names(exposedHeaders(['X-Own', 'etag']))
    expect(exposed).toEqual(expect.arrayContaining(['Retry-After', 'ETag', 'Link', 'X-Own']))
    expect(exposed).not.toContain('etag')
  })
})

describe('exposedByOrigin', () => {
  it.each([
    ['X-B, x-a,X-C', 'ETag, X-A, X-B, X-C'],
    ['', 'ETag, X-A'],
    ['a b, x\u00e9, "q"', 'ETag, X-A'],
    [`x-${'b'.repeat(200)}`, 'ETag, X-A'],
    ['X-B,'.repeat(2_000), 'ETag, X-A'],
  ])('%s', (given, exposed) => {
    expect(byOrigin(given)).toBe(exposed)
  })

  it('takes at most 64 names', () => {
    const many = Array.from({ length: 100 }, (_, n) => `x-n${n}`).join(',')
    expect(names(byOrigin(many))).toHaveLength(2 + 64)
  })

  it('its "*" is every header of the answer', () => {
    expect(byOrigin('*', { 'x-one': '1', etag: '"a"' })).toBe(
      'ETag, X-A, access-control-expose-headers, x-one',
    )
  })

  it('without a list of the origin nothing changes', () => {
    expect(exposedByOrigin('ETag', new Map())).toBe('ETag')
  })
})
