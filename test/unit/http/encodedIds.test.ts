/** Ids in paths that only a route can allow: what is one, and what never is. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { otherReadings, readTargetWithIds } from '../../../src/http/encodedIds.ts'
import { readTarget } from '../../../src/http/path.ts'
import { RUNS, textOf } from '../../support/worker/generators.ts'

const HOST = 'https://a.test'

describe('an id', () => {
  it.each([
    ['/a/b%2Fc', [1]],
    ['/a/b%2fc/d', [1]],
    ['/a/100%25', [1]],
    ['/a/b%3Bc', [1]],
    ['/a/b.', [1]],
    ['/a/b./c%2Fd', [1, 2]],
    ['/a/https:%2F%2Fother.test%2F', [1]],
    ['/a/.hidden%2F..b', [1]],
    ['/a/%2F', [1]],
    ['/a%2Fb', [0]],
    ['/a/b', []],
  ])('%s has ids at %j, and is read as it came', (path, ids) => {
    expect(readTargetWithIds(`${HOST}${path}?q=%2F`)).toEqual({
      target: { path, query: '?q=%2F' },
      ids,
    })
  })

  it.each([
    '/a/%252F',
    '/a/%252e%252e',
    '/a/%25252F',
    '/a/..%2fb',
    '/a/..%2F',
    '/a/.%2Fb',
    '/a/b%2F..',
    '/a/b%2F..%2Fc',
    '/a/b%2F..%3Bc',
    '/a/..%3B',
    '/a/..%3B%2Fb',
    '/a/..%20%2Fb',
    '/a/b%2F%20..%2Fc',
    '/a/b%2F%20%20.%3Bc',
    '/a/.',
    '/a/..',
    '/a/...',
    '/a/..b%2f..',
    '/a/b%5Cc',
    '/a/..%5C',
    '/a/b%2Fc%00',
    '/a/%2e%2e%2Fb',
    '/a/b%2F%2e%2e',
    '/a/b%2F%41',
    '/a/b;c%2Fd',
    '/a//b%2Fc',
    '/a/b%2F%20',
    '/a/b%2Fc%20',
    '/a/b%2Fc%ff',
    '/a/b%2Fc%2',
    '/a/b%2Fc#d',
    '/a/b%2Fc\\d',
  ])('%s has none', (path) => {
    expect(readTargetWithIds(HOST + path)).toBeNull()
  })

  it('changes no path that has one reading', () => {
    const path = textOf(['/', 'a', '.', '%2F', '%25', '%3B', ';', '%20', '%2e', '..', 'A', '%41'])
    fc.assert(
      fc.property(path, (text) => {
        const url = `${HOST}/${text}`
        const plain = readTarget(url)
        if (plain !== null) expect(readTargetWithIds(url)).toEqual({ target: plain, ids: [] })
      }),
      RUNS,
    )
  })

  it('decoded once is never above its place, and decoded twice is the same', () => {
    const path = textOf(['/', 'a', '.', '%2F', '%2f', '%25', '%3B', '%20', '%5c', '2F', '2e'])
    fc.assert(
      fc.property(path, (text) => {
        const read = readTargetWithIds(`${HOST}/${text}`)
        if (read === null) return
        const once = decodeURIComponent(read.target.path)
        expect(once.split('/').filter((part) => part === '.' || part === '..')).toEqual([])
        expect(once).not.toMatch(/%[0-9a-f]{2}/i)
        expect(new URL(HOST + read.target.path).pathname).toBe(read.target.path)
      }),
      RUNS,
    )
  })
})

it.each([
  ['/x/1%2Fquotes', '/x/1/quotes'],
  ['/x/search%2F', '/x/search'],
  ['/x/search.', '/x/search'],
  ['/x/search%3Bv=1', '/x/search'],
  ['/x/search%3Ba%2Fb', '/x/search'],
  ['/x/1%3Ba%2Fquotes', '/x/1/quotes'],
  ['/x/1%2f%2Fquotes', '/x/1/quotes'],
  ['/x/%2Fsearch', '/x/search'],
  ['/x/search%20.', '/x/search'],
  ['/x/search%20%2F', '/x/search'],
  ['/x/search.%20.%2f%2F', '/x/search'],
  ['/x/1%2F%20quotes', '/x/1/quotes'],
])('%s could be read as %s', (path, other) => {
  expect(otherReadings(path)).toContain(other)
})

it('are told in time, whatever the id holds', () => {
  for (const piece of ['.', '%20', '%2F', '%3B', '.%20', '%2F.'])
    for (const end of ['', 'x']) {
      // Where each piece were a new start of a search, this would run into the test's time limit.
      const path = `/x/a%2F${piece.repeat(200_000 / piece.length)}${end}`
      expect(otherReadings(path).every((reading) => reading.startsWith('/x/a'))).toBe(true)
    }
})
