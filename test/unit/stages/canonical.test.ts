/** One reading of every request, or none. */
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import { MAX_URL_LENGTH } from '../../../src/http/path.ts'
import { json } from '../../../src/pipeline/answer.ts'
import { canonical } from '../../../src/stages/canonical.ts'
import {
  callOf,
  failingNext,
  problemBy,
  recordingNext,
  thrownBy,
} from '../../support/worker/calls.ts'
import { ROUTE, sample } from '../../support/worker/sampleConfig.ts'

const routes = ['GET /x/tweets/search', 'GET /x/tweets/:id', '* /y/*', 'GET /y', 'GET /Abc']
const config = parseConfig(
  sample({ hosts: ['localhost', '[::1]'], routes: routes.map((route) => ({ ...ROUTE, route })) }),
)

/** A call that no stage has read. */
const unread = (url: string, init: RequestInit = {}) =>
  callOf(url, init, { target: { path: '', query: '' } })

const ofLength = (length: number) => 'https://gateway.test/'.padEnd(length, 'a')

describe('an id that only its route allows', () => {
  const rows = [
    { ...ROUTE, route: 'GET /f/:id', encodedIds: true },
    { ...ROUTE, route: 'GET /f/:id/rows', encodedIds: true },
    { ...ROUTE, route: 'GET /f/search' },
    { ...ROUTE, route: '* /f/*' },
    { ...ROUTE, route: '* /f/own/*' },
    { ...ROUTE, route: '* /f/:id/*' },
    { ...ROUTE, route: 'GET /g/:id' },
  ]
  const open = parseConfig(sample({ routes: rows }))
  const reading = (path: string, method = 'GET', given = open) => {
    const call = unread(`/api/v1${path}`, { method })
    return problemBy(() => canonical(given)(recordingNext().next)(call)).then(
      ({ code }) => code,
      () => call.target.path.slice('/api/v1'.length),
    )
  }

  it.each(['/f/a%2Fb', '/f/100%25', '/f/a%3Bb', '/f/a.', '/f/a%2fb/rows', '/f/A%2FB'])(
    '%s is read as it came',
    async (path) => {
      expect(await reading(path)).toBe(path)
      expect(await reading(path, 'HEAD')).toBe(path)
    },
  )

  it.each([
    ['/g/a%2Fb', 'GET', 'its route does not'],
    ['/f%2Fb/rows', 'GET', 'no ":name" is there'],
    ['/f/a/b%2Fc', 'GET', 'it is below a "*"'],
    ['/f/a%2Fb', 'DELETE', 'another route takes the method'],
    ['/nowhere/a%2Fb', 'GET', 'no route is there'],
    ['/f/1%2Frows', 'GET', 'it is another route once decoded'],
    ['/f/search%2F', 'GET', 'it is another route once decoded'],
    ['/f/1%2f%2Frows', 'GET', 'it is another route once its slashes are one'],
    ['/f/%2Fsearch', 'GET', 'it is another route once its slashes are one'],
    ['/f/own%2Fkeys', 'GET', 'it is below what another route names'],
    ['/f/OWN%2f', 'GET', 'it is what another route names'],
    ['/f/search%20.', 'GET', 'it is another route once trimmed'],
    ['/f/SEARCH.', 'GET', 'it is another route once trimmed'],
    ['/f/search%3Ba', 'GET', 'it is another route once cut'],
    ['/f/..%2Fg', 'GET', 'it leads above'],
    ['/f/%252F', 'GET', 'it has two decodings'],
  ])('%s is refused for %s: %s', async (path, method) => {
    expect(await reading(path, method)).toBe('invalid_path')
  })

  it('is refused everywhere where no route allows any', async () => {
    expect(await reading('/x/tweets/a%2Fb', 'GET', config)).toBe('invalid_path')
  })
})

describe('a request with one reading', () => {
  it.each([
    ['/api/v1/x/tweets/1?q=a%2Fb', { path: '/api/v1/x/tweets/1', query: '?q=a%2Fb' }],
    ['/', { path: '/', query: '' }],
    ['/a?', { path: '/a', query: '?' }],
    ['/nowhere/caf%C3%A9', { path: '/nowhere/caf%C3%A9', query: '' }],
    ['https://gateway.test:8443/a', { path: '/a', query: '' }],
    ['http://localhost:8787/a', { path: '/a', query: '' }],
    ['http://[::1]:8787/a', { path: '/a', query: '' }],
    ['HTTPS://GATEWAY.TEST/A', { path: '/A', query: '' }],
  ])('%s goes on, read', (url, target) => {
    const call = unread(url)
    const answer = json({})
    const { next, seen } = recordingNext(() => answer)
    expect(canonical(config)(next)(call), 'at once').toBe(answer)
    expect(seen).toEqual([call])
    expect(call.target).toEqual(target)
  })

  it.each([
    ['a URL', ofLength(MAX_URL_LENGTH), {}],
    ['headers', '/a', { 'x-a': 'b'.repeat(65_536 - 3) }],
  ])('goes on with %s of the greatest length', (_what, url, headers) => {
    const { next, seen } = recordingNext()
    canonical(config)(next)(unread(url, { headers }))
    expect(seen).toHaveLength(1)
  })

  it.each(['at once', 'later'] as const)('lets a failure pass, %s', async (when) => {
    const error = new Error('no')
    const { next, seen } = failingNext(error, when)
    expect(await thrownBy(() => canonical(config)(next)(unread('/a')))).toBe(error)
    expect(seen).toHaveLength(1)
  })
})

describe('a request that is refused', () => {
  it.each<[code: string, status: number, url: string, headers?: Record<string, string>]>([
    ['uri_too_long', 414, ofLength(MAX_URL_LENGTH + 1)],
    ['invalid_path', 400, '/a//b'],
    ['invalid_path', 400, '/a%2fb'],
    ['invalid_path', 400, '/a;b'],
    ['invalid_path', 400, '/%61'],
    ['misdirected_request', 421, 'https://other.test/a'],
    ['misdirected_request', 421, 'https://gateway.test.other.test/a'],
    ['misdirected_request', 421, 'https://api.gateway.test/a'],
    ['headers_too_large', 431, '/a', { 'x-a': 'b'.repeat(65_536) }],
  ])('%s: %d', async (code, status, url, headers = {}) => {
    const call = unread(url, { headers })
    const { next, seen } = recordingNext()
    expect(await problemBy(() => canonical(config)(next)(call))).toMatchObject({ code, status })
    expect(seen).toEqual([])
    expect(call.target, 'nobody reads what was refused').toEqual({ path: '', query: '' })
  })

  it.each([
    ['by another case', '/api/v1/x/tweets/SEARCH'],
    ['by a last slash', '/api/v1/x/tweets/search/', '* /x/*'],
    ['by both', '/api/v1/Y/', '* /:any/*'],
  ])('looks like another route %s', async (_what, path, more?: string) => {
    const given = more === undefined ? [] : [{ ...ROUTE, route: more }]
    const all = [...routes.map((route) => ({ ...ROUTE, route })), ...given]
    const { next, seen } = recordingNext()
    const handler = canonical(parseConfig(sample({ routes: all })))(next)
    expect(await problemBy(() => handler(unread(path)))).toMatchObject({ code: 'invalid_path' })
    expect(seen).toEqual([])
  })

  it('looks like another route below a base path with capitals too', async () => {
    const given = sample({ basePath: '/Api', routes: routes.map((route) => ({ ...ROUTE, route })) })
    const { next, seen } = recordingNext()
    const handler = canonical(parseConfig(given))(next)
    const problem = await problemBy(() => handler(unread('/Api/x/tweets/SEARCH')))
    expect(problem).toMatchObject({ code: 'invalid_path' })
    handler(unread('/Api/x/tweets/search'))
    expect(seen).toHaveLength(1)
  })

  it.each([
    ['a name that is not the other route', '/api/v1/x/tweets/SEARCHES'],
    ['a capital that the route itself has', '/api/v1/Abc'],
    ['a last slash of the same route', '/api/v1/y/Z/'],
    ['what no route names', '/api/v1/NOWHERE/'],
  ])('is not %s', (_what, path) => {
    const { next, seen } = recordingNext()
    canonical(config)(next)(unread(path))
    expect(seen).toHaveLength(1)
  })
})
