/** Routes are found by Hono, which runs them, and by `findRoute`, which checks them: both agree. */
import fc from 'fast-check'
import { Hono } from 'hono'
import { expect, it } from 'vitest'
import { type Config, findRoute } from '../../../src/config/config.ts'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import { METHODS } from '../../../src/config/pattern.ts'
import shipped from '../../../src/gateway.config.ts'
import { readTarget } from '../../../src/http/path.ts'
import { createGateway } from '../../../src/index.ts'
import { TableRouter } from '../../../src/pipeline/tableRouter.ts'
import { gatewayOf, withRoutes } from '../../support/worker/sampleConfig.ts'

const HOST = 'https://gateway.test'

/** The routes as src/index.ts mounts them; each answers with its id. */
function mounted(config: Config): Hono {
  const app = new Hono({ router: new TableRouter() })
  for (const { methods, segments, id } of config.routes) {
    const path = `/${segments.join('/')}`
    app.on([...methods], path, (c) => c.body(null, 200, { 'x-route': id }))
  }
  return app
}

const ROOTS = parseConfig(
  withRoutes(
    { route: 'GET /a/:x' },
    { route: '* /*' },
    { route: 'GET /' },
    { route: '* /mcp' },
    ...['* /mcp', '* /api/*', 'GET /:a/v1/b', 'GET /api/:v/a/b', '* /:any', 'GET /'].map(
      (route) => {
        return { route, root: true }
      },
    ),
  ),
)

const OVERLAPS = gatewayOf(
  'GET /a/:x/c',
  'GET /a/b/*',
  '* /a/*',
  'GET /a',
  '* /:any/c',
  'GET /a/b',
  'POST /a/:y',
  'GET /:p/:q/*',
  'GET /d/:x',
  '* /d/*',
  'GET /d/:x/e',
  'GET /f.g/:x',
  'GET /f.g/h~i',
)

it.each([
  [
    'the shipped routes',
    shipped,
    [
      'x',
      'tweets',
      'search',
      'users',
      'follow',
      'likes',
      'webhooks',
      'deliveries',
      'events',
      'monitors',
      'account',
      'x-identity',
      'api-keys',
      'trends',
      '42',
      'SEARCH',
      'a@b',
      'a%20b',
      'caf%C3%A9',
      '%3Fa',
      '*',
      ':id',
      '%3Aid',
      '%2A',
      '%EF%BC%BF',
    ],
  ],
  ['routes that overlap', OVERLAPS, ['a', 'b', 'c', 'd', 'e', 'f.g', 'fxg', 'h~i', '42']],
  ['routes at the root', ROOTS, ['a', 'b', 'mcp', 'api', 'v1', '42']],
])('both find the same route for any call: %s', async (_what, config, words) => {
  const app = mounted(config)
  const segments = fc.array(fc.constantFrom(...words), { maxLength: 6 })
  const call = fc.tuple(
    fc.constantFrom(...METHODS),
    segments,
    fc.constantFrom('', '/'),
    fc.boolean(),
  )
  await fc.assert(
    fc.asyncProperty(call, async ([method, names, slash, outside]) => {
      const base = outside ? '' : config.basePath
      const path = `${base}/${names.join('/')}${slash}`
      fc.pre(readTarget(HOST + path) !== null)
      const response = await app.request(HOST + path, { method })
      const id = findRoute(config, method, path)?.id ?? null
      expect(response.headers.get('x-route'), `${method} ${path}`).toBe(id)
    }),
    { numRuns: 3000 },
  )
})

// Once a bug: stages/canonical.ts compares the path with its lower-case form, which is no route
// here, so that every call is 400 invalid_path. Such a route is either refused in the config, or
// reachable.
it('a route with a capital letter in its path is reachable', async () => {
  const config = parseConfig(withRoutes({ route: 'GET /Abc' }))
  const response = await createGateway(config).request(`${HOST}/api/v1/Abc`)
  expect(response.status).not.toBe(400)
})

it('a route gets the parameters of its own pattern, and a method that it does not take goes on to the next route', async () => {
  const app = new Hono({ router: new TableRouter() })
  app.get('/a/b', (c) => c.text('literal'))
  app.get('/a/:one/:two', (c) => c.json({ ...c.req.param(), only: c.req.param('two') }))
  app.on(['POST'], ['/a/:other'], (c) => c.json(c.req.param()))
  app.on(['PUT'], ['/:first/*'], (c) => c.json(c.req.param()))
  const answer = async (method: string, path: string) =>
    (await app.request(path, { method })).text()
  expect(await answer('GET', '/a/b')).toBe('literal')
  expect(await answer('POST', '/a/b')).toBe('{"other":"b"}')
  expect(await answer('PUT', '/a/b')).toBe('{"first":"a"}')
  expect(await answer('PUT', '/a/b/c%20d')).toBe('{"first":"a"}')
  expect(await answer('GET', '/a/b/c%20d')).toBe('{"one":"b","two":"c d","only":"c d"}')
  expect(await answer('DELETE', '/a/b')).toBe('404 Not Found')
})
