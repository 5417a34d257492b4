import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findRoute, routesAt } from '../../../src/config/config.ts'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import { METHODS } from '../../../src/config/pattern.ts'
import shipped from '../../../src/gateway.config.ts'
import { gatewayOf, sample, withRoutes } from '../../support/worker/sampleConfig.ts'

const PATTERNS = [
  'GET /x/tweets/search',
  'GET /x/tweets/:id',
  'GET /x/:kind/search',
  '* /x/*',
  'POST /x/*',
  'GET /x',
  '* /monitors/*',
  'DELETE /monitors/:id',
  'GET|POST /trends',
  'HEAD /only-head',
]

const gateway = gatewayOf(...PATTERNS)

describe('findRoute', () => {
  it.each([
    ['GET', '/x/tweets/search', 'GET /x/tweets/search'],
    ['GET', '/x/tweets/123', 'GET /x/tweets/:id'],
    ['GET', '/x/users/search', 'GET /x/:kind/search'],
    ['GET', '/x/users/123', '* /x/*'],
    ['GET', '/x/tweets/123/quotes', '* /x/*'],
    ['GET', '/x/tweets/search/deep', '* /x/*'],
    ['GET', '/x/tweets', '* /x/*'],
    ['GET', '/x', 'GET /x'],
    ['GET', '/x/', '* /x/*'],
    ['DELETE', '/x', '* /x/*'],
    ['DELETE', '/x/tweets/search', '* /x/*'], // another route of the path has another method
    ['POST', '/x/tweets/search', 'POST /x/*'], // named methods come before "*" on one path
    ['POST', '/x', 'POST /x/*'],
    ['PUT', '/x', '* /x/*'],
    ['HEAD', '/x/tweets/search', 'GET /x/tweets/search'],
    ['HEAD', '/x/tweets/9', 'GET /x/tweets/:id'],
    ['HEAD', '/only-head', 'HEAD /only-head'],
    ['OPTIONS', '/x/tweets/9', '* /x/*'],
    ['GET', '/monitors', '* /monitors/*'],
    ['PATCH', '/monitors/7', '* /monitors/*'],
    ['DELETE', '/monitors/7', 'DELETE /monitors/:id'],
    ['DELETE', '/monitors', '* /monitors/*'],
    ['DELETE', '/monitors/7/runs', '* /monitors/*'],
    ['GET', '/trends', 'GET|POST /trends'],
  ])('%s %s is answered by %s', (method, path, id) => {
    expect(findRoute(gateway, method, `/api/v1${path}`)?.id).toBe(id)
  })

  it.each([
    ['GET', '/monitorsx'],
    ['GET', '/monitor'],
    ['GET', '/Monitors'],
    ['GET', '/trends/'],
    ['GET', '/trends/a'],
    ['PUT', '/trends'],
    ['GET', '/only-head'],
    ['GET', ''],
    ['GET', '/'],
    ['TRACE', '/x'],
    ['CONNECT', '/x'],
    ['get', '/x'],
    ['', '/x'],
  ])('%s %s is answered by no route', (method, path) => {
    expect(findRoute(gateway, method, `/api/v1${path}`)).toBeUndefined()
  })

  it.each([
    '/x',
    '/',
    '',
    '/api',
    '/api/v1x/x',
    '/api/v1xx',
    '/api/v1-x',
    '/api/v1%2Fx',
    '/api/v2/x',
    '/API/v1/x',
    '//api/v1/x',
    'api/v1/x',
  ])('outside the base path there are no routes: %j', (path) => {
    expect(routesAt(gateway, path)).toEqual([])
  })

  it('without a base path, routes begin at the root', () => {
    const routes = [{ route: '* /a/*', auth: ['anonymous'], origin: 'api' }]
    const bare = parseConfig(sample({ basePath: '', routes }))
    expect(findRoute(bare, 'GET', '/a/b')?.id).toBe('* /a/*')
    expect(findRoute(bare, 'GET', '/api/v1/a')).toBeUndefined()
  })

  it('does not depend on the order of the routes', () => {
    const path = fc.array(fc.constantFrom('x', 'tweets', 'search', 'monitors', '7'), {
      maxLength: 4,
    })
    const shuffled = fc.shuffledSubarray(PATTERNS, { minLength: PATTERNS.length })
    fc.assert(
      fc.property(shuffled, path, fc.constantFrom(...METHODS), (patterns, segments, method) => {
        const at = `/api/v1/${segments.join('/')}`
        expect(findRoute(gatewayOf(...patterns), method, at)?.id).toBe(
          findRoute(gateway, method, at)?.id,
        )
      }),
      { numRuns: 300 },
    )
  })
})

describe('routesAt', () => {
  const methodsAt = (path: string) => {
    return [...new Set(routesAt(gateway, `/api/v1${path}`).flatMap(({ methods }) => methods))]
  }

  it('gives what a 405 needs: every method that any route of the path names', () => {
    expect(methodsAt('/trends')).toEqual(['GET', 'HEAD', 'POST'])
    expect(methodsAt('/only-head')).toEqual(['HEAD'])
    expect(methodsAt('/monitors/7').sort()).toEqual([...METHODS].sort())
    expect(methodsAt('/nothing')).toEqual([])
  })

  it('gives the most specific route first', () => {
    const ids = routesAt(gateway, '/api/v1/x/tweets/search').map(({ id }) => id)
    expect(ids).toEqual([
      'GET /x/tweets/search',
      'GET /x/tweets/:id',
      'GET /x/:kind/search',
      'POST /x/*',
      '* /x/*',
    ])
  })
})

// Once a bug: the route "GET /" was mounted at "/api/v1/" only, but matched "/api/v1" here too, so
// that `GET /api/v1` was 405 with "Allow: GET".
it('the route "GET /" matches one path, not two', () => {
  const root = parseConfig(withRoutes({ route: 'GET /' }))
  const matching = ['/api/v1', '/api/v1/'].filter((path) => routesAt(root, path).length > 0)
  expect(matching).toHaveLength(1)
})

it('never throws, for any path and method', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ maxLength: 8 }), (path, method) => {
      for (const at of [path, `/api/v1/${path}`]) {
        const route = findRoute(shipped, method, at)
        if (route !== undefined) expect(route.methods).toContain(method)
      }
    }),
    { numRuns: 2000 },
  )
})
