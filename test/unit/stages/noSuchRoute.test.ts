/** Paths and methods that neither a route nor an endpoint takes. */
import { describe, expect, it } from 'vitest'
import { noSuchRoute } from '../../../src/stages/noSuchRoute.ts'
import { callOf, problemBy } from '../../support/worker/calls.ts'
import { gatewayOf } from '../../support/worker/sampleConfig.ts'

const config = gatewayOf('GET /a', 'POST|GET /a/:id', 'DELETE /a/:id', 'PUT|GET /a/*')
const problemAt = (path: string, method: string) =>
  problemBy(() => noSuchRoute(config)(callOf(path, { method })))

describe('a path', () => {
  it.each(['/', '/b', '/api/v1', '/api/v1/b', '/a', '/api/v1/A', '/api/v2/a'])(
    'that no route names is not found: %s',
    async (path) => {
      expect(await problemAt(path, 'GET')).toMatchObject({ code: 'not_found', status: 404 })
    },
  )

  it.each([
    ['/api/v1/a', ['GET', 'HEAD', 'PUT']],
    ['/api/v1/a/1', ['DELETE', 'GET', 'HEAD', 'POST', 'PUT']],
    ['/api/v1/a/1/b', ['GET', 'HEAD', 'PUT']],
  ])(
    'that routes name takes the methods that any of them does, each said once: %s',
    async (path, methods) => {
      const problem = await problemAt(path, 'PATCH')
      expect(problem).toMatchObject({ code: 'method_not_allowed', status: 405 })
      expect(problem.headers.allow?.split(', ').sort()).toEqual(methods)
    },
  )
})
