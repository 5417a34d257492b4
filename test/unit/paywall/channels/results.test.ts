/** Counting results: the most that a call asks for, and how many an answer holds. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf8 } from '../../../../src/lib/bytes.ts'
import {
  maxResultsOf,
  readableBody,
  UNREAD_BODY,
} from '../../../../src/paywall/channels/maxResults.ts'
import { countInHeader, countResults } from '../../../../src/paywall/channels/results.ts'
import { callOf } from '../../../support/worker/calls.ts'

const json = (value: unknown) => utf8(JSON.stringify(value))

/** So many names that none of them is like another. */
const names = (count: number) => Array.from({ length: count }, (_, n) => `x${n}`)

describe('a call with more names than are worth comparing asks for the maximum', () => {
  it.each([
    [120, 5],
    [130, 100],
    [50_000, 100],
  ])('a query of %d', (count, asked) => {
    const most = { query: 'limit', default: 20, max: 100 }
    expect(maxResultsOf(most, `?limit=5&${names(count).join('&')}`, null)).toBe(asked)
    expect(maxResultsOf(most, `?limit=5;${names(count).join(';')}`, null)).toBe(100)
  })

  it.each([
    [120, 1],
    [130, 50],
    [3_000, 50],
  ])('a body of %d', (count, asked) => {
    const most = { body: [['urls']], max: 50 }
    const members = names(count).map((name) => [name, 0])
    const body = json({ urls: ['a'], ...Object.fromEntries(members) })
    expect(maxResultsOf(most, '', body)).toBe(asked)
  })

  it('and a body with very many items is not parsed at all', () => {
    const call = callOf('/a', { headers: { 'content-type': 'application/json' } })
    expect(readableBody(call, json(Array(2_000).fill(0)))).not.toBe(UNREAD_BODY)
    expect(readableBody(call, json(Array(2_100).fill(0)))).toBe(UNREAD_BODY)
  })
})

describe('a query parameter', () => {
  const most = { query: 'limit', default: 20, max: 100 }

  it.each([
    ['', 20],
    ['?q=a', 20],
    ['?limit=1', 1],
    ['?q=a&limit=100', 100],
    ['?limit=007', 7],
    ['?%6Cimit=7', 7],
  ])('%j asks for %d', (query, asked) => {
    expect(maxResultsOf(most, query, null)).toBe(asked)
  })

  it.each([
    '?limit=0',
    '?limit=101',
    '?limit=999999999',
    '?limit=9999999999',
    '?limit=',
    '?limit',
    '?limit=-1',
    '?limit=1.5',
    '?limit=1e1',
    '?limit=%2B5',
    '?limit=0x5',
    '?limit=5,6',
    '?limit=5&limit=6',
    '?limit=5&limit=5',
    '?limit=%205',
    '?limit=５',
    '?Limit=5',
    '?limit=5&LIMIT=100',
    '?limit=5&limit[]=100',
    '?limit[0]=5',
    '?limit=5&+limit=9',
    '?q=a;limit=5',
    '?limit=5&q=a;limit=100',
    '?limit=5;limit=100',
    '?limit=5&l%C4%B0mit=100',
    '?limit=5&l%C4%B1mit=100',
    '?limit=5&%EF%BC%ACimit=100',
    '?limit=5&lim_it=100',
    '?limit=5&limit.0=100',
    '?limit=5&%256cimit=100',
    '?limit=5&amp;limit=100',
    '?limit=5&limit%00=100',
  ])('%j is ambiguous to the origin, so it asks for the maximum', (query) => {
    expect(maxResultsOf(most, query, null)).toBe(100)
  })
})

describe('places in the body', () => {
  const most = { body: [['urls'], ['ids']], max: 50 }

  it.each<[unknown, number]>([
    [{ urls: ['a'] }, 1],
    [{ ids: [1, 2, 3] }, 3],
    [{ urls: ['a'], ids: [1, 2] }, 3],
    [{ ids: 7 }, 7],
    [{ ids: 50 }, 50],
  ])('%j asks for %d', (body, asked) => {
    expect(maxResultsOf(most, '', json(body))).toBe(asked)
  })

  it.each<[unknown]>([
    [{ urls: ['a'], URLS: ['b', 'c'] }],
    [{ urls: ['a'], Ids: [1] }],
    [{ urls: ['a'], 'ids[]': [1] }],
    [{ urls: ['a'], url_s: [1] }],
    [{ urls: ['a'], 'url\u017f': [1] }],
    [{ urls: ['a'], ids: '50' }],
    [{ urls: ['a'], ids: { 0: 1, 1: 2 } }],
    [{ urls: ['a'], ids: 1.5 }],
  ])('%j can be read in two ways, so it asks for the maximum', (body) => {
    expect(maxResultsOf(most, '', json(body))).toBe(50)
  })

  it('may be in the query for some origins', () => {
    for (const query of ['?ids[]=1&ids[]=2', '?IDS=1', '?urls=a'])
      expect(maxResultsOf(most, query, json({ ids: [1] }))).toBe(50)
    expect(maxResultsOf(most, '?q=a', json({ ids: [1], urls: null }))).toBe(1)
  })

  it('are not read from a body that is not to be read', () => {
    expect(maxResultsOf(most, '', UNREAD_BODY)).toBe(50)
  })

  it('are not confused by names inside texts', () => {
    const ids = ['"ids":', '\\', '\\"', '{"ids":1,"ids":2}', '']
    expect(maxResultsOf(most, '', json({ ids, 'a":': [[{ ids: 1 }], { ids: 2 }] }))).toBe(5)
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (rest) => {
        expect(maxResultsOf(most, '', json({ ...rest, urls: 0, ids: 3 }))).toBe(3)
      }),
    )
  })

  it('are read from a body of any depth', () => {
    const deep = `{"ids":[1],"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
    expect([1, 50]).toContain(maxResultsOf(most, '', utf8(deep)))
  })

  it.each<unknown>([{}, { urls: [] }, { urls: 'a' }, { ids: 51 }, { ids: -1 }, [], null, 'text'])(
    '%j asks for the maximum',
    (body) => {
      expect(maxResultsOf(most, '', json(body))).toBe(50)
    },
  )

  it.each<[string, Uint8Array | null]>([
    ['absent', null],
    ['no JSON', utf8('{"ids":[1]')],
    ['a form', utf8('ids=1&ids=2')],
    ['JSON with a name twice', utf8('{"ids":[1,2,3,4,5],"ids":[1]}')],
    ['JSON with a name in two spellings', utf8('{"ids":[1,2,3],"i\\u0064s":[1]}')],
    ['JSON with a name twice further in', utf8('{"ids":[1],"more":[{"a":1,"a" : 2}]}')],
    ['not UTF-8', new Uint8Array([0x22, 0xff, 0x22])],
  ])('a body that is %s asks for the maximum', (_what, body) => {
    expect(maxResultsOf(most, '', body)).toBe(50)
  })
})

describe('a body', () => {
  const most = { query: 'limit', default: 20, max: 100 }

  it('that may have the parameter too makes a query ambiguous', () => {
    expect(maxResultsOf(most, '?limit=1', json({ q: 'a' }))).toBe(1)
    for (const body of [{ limit: 5 }, { LIMIT: 5 }, [5], 'limit=5'])
      expect(maxResultsOf(most, '?limit=1', json(body))).toBe(100)
    expect(maxResultsOf(most, '?limit=1', UNREAD_BODY)).toBe(100)
    expect(maxResultsOf(most, '?limit=1', utf8('{'))).toBe(100)
  })

  const bytes = utf8('{"ids":[1]}')
  const read = (headers: Record<string, string>, body: Uint8Array | null = bytes) =>
    readableBody(callOf('/a', { headers }), body)

  it.each([
    { 'content-type': 'application/json' },
    { 'content-type': 'Application/JSON; charset=UTF-8' },
    { 'content-type': 'application/json;charset="utf-8"', 'content-encoding': 'identity' },
  ])('of %j is read', (headers) => {
    expect(read(headers)).toBe(bytes)
    expect(read(headers, null)).toBeNull()
  })

  it.each<Record<string, string>>([
    {},
    { 'content-type': 'application/x-www-form-urlencoded' },
    { 'content-type': 'multipart/form-data; boundary=a' },
    { 'content-type': 'text/plain' },
    { 'content-type': 'application/json, application/x-www-form-urlencoded' },
    { 'content-type': 'application/json; charset=utf-16' },
    { 'content-type': 'application/json', 'content-encoding': 'gzip' },
  ])('of %j is not read', (headers) => {
    expect(read(headers)).toBe(UNREAD_BODY)
  })

  it('of more than 64 KiB is not read', () => {
    const headers = { 'content-type': 'application/json' }
    expect(read(headers, new Uint8Array(65_536))).toHaveLength(65_536)
    expect(read(headers, new Uint8Array(65_537))).toBe(UNREAD_BODY)
  })
})

it('a route can set the same maximum for every call', () => {
  expect(maxResultsOf({ max: 7 }, '?limit=1', json({ ids: [1] }))).toBe(7)
})

it('the result is always a whole number from 1 to the maximum', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.uint8Array(),
      fc.integer({ min: 1, max: 100 }),
      (text, bytes, max) => {
        const asked = [
          maxResultsOf({ query: 'limit', default: 1, max }, `?limit=${text}`, null),
          maxResultsOf({ body: [['ids']], max }, '', bytes),
          maxResultsOf({ body: [[]], max }, '', utf8(text)),
        ]
        expect(asked.every((one) => Number.isInteger(one) && one >= 1 && one <= max)).toBe(true)
      },
    ),
  )
})

describe('results in a body', () => {
  it.each<[unknown, number | null]>([
    [{ tweets: [{}, {}] }, 2],
    [{ tweets: [] }, 0],
    [{ tweets: 3 }, 3],
    [{ tweets: null }, null],
    [{}, null],
    [[], null],
  ])('%j holds %s', (body, count) => {
    expect(countResults(json(body), ['tweets'])).toBe(count)
  })

  it('a body that is no JSON cannot be counted', () => {
    expect(countResults(utf8('<html>'), ['tweets'])).toBeNull()
    expect(countResults(utf8(''), [])).toBeNull()
  })

  it('the body itself can be the array', () => {
    expect(countResults(json([1, 2]), [])).toBe(2)
  })
})

it.each([
  ['0', 0],
  ['12', 12],
  ...[null, '', '-1', '1.5', '1, 2', 'many', '9999999999'].map((v): [string | null, null] => [
    v,
    null,
  ]),
])('a header of %j counts as %s', (value, count) => {
  expect(countInHeader(value)).toBe(count)
})
