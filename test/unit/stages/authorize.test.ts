/** Scopes of tokens. */
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import type { Caller } from '../../../src/credentials/caller.ts'
import { json } from '../../../src/pipeline/answer.ts'
import { authorize } from '../../../src/stages/authorize.ts'
import {
  callOf,
  failingNext,
  problemBy,
  recordingNext,
  routeOf,
  thrownBy,
} from '../../support/worker/calls.ts'
import { OAUTH, ROUTE, sample } from '../../support/worker/sampleConfig.ts'

const scoped = { auth: ['api_key', 'oauth'], scope: 'mcp:tools' }
const config = parseConfig(
  sample({
    oauth: OAUTH,
    routes: [
      { ...ROUTE, auth: scoped.auth },
      { ...ROUTE, ...scoped, route: '* /mcp', root: true, protocol: 'mcp' },
    ],
  }),
)
const stageOf = (id: string) => authorize({ ...routeOf(config, id), scope: 'mcp:tools' }, config)

const token = (scope: string): Caller => ({
  kind: 'oauth',
  accountId: 'acc_1',
  clientId: 'client',
  grantId: 'grt_1',
  scope,
})

describe('a token', () => {
  it.each(['mcp:tools', 'other mcp:tools', 'mcp:tools other'])(
    'for "%s" goes on, at once',
    (scope) => {
      const call = callOf('/api/v1/a', {}, { caller: token(scope) })
      const answer = json({})
      const { next, seen } = recordingNext(() => answer)
      expect(stageOf('GET /a')(next)(call)).toBe(answer)
      expect(seen).toEqual([call])
    },
  )

  it.each(['', 'mcp', 'mcp:tools2', 'xmcp:tools', 'MCP:TOOLS', 'mcp:tools\tother'])(
    'for "%s" is refused, and told which scope it needs',
    async (scope) => {
      const { next, seen } = recordingNext()
      const call = callOf('/api/v1/a', {}, { caller: token(scope) })
      const problem = await problemBy(() => stageOf('GET /a')(next)(call))
      expect(problem).toMatchObject({ code: 'insufficient_scope', status: 403 })
      expect(problem.headers['www-authenticate']).toBe(
        'Bearer realm="gateway.test", error="insufficient_scope", resource_metadata="https://gateway.test/.well-known/oauth-protected-resource/api/v1", scope="mcp:tools"',
      )
      expect(seen).toEqual([])
    },
  )

  it('for an MCP endpoint is told where its metadata is', async () => {
    const call = callOf('/mcp', {}, { caller: token('other') })
    const { headers } = await problemBy(() => stageOf('* /mcp')(recordingNext().next)(call))
    expect(headers['www-authenticate']).toContain(
      'resource_metadata="https://gateway.test/.well-known/oauth-protected-resource/mcp"',
    )
  })
})

it.each<Caller>([
  { kind: 'api_key', accountId: 'acc_1', keyId: '1' },
  { kind: 'session', accountId: 'acc_1', sessionId: 'ses_1' },
  { kind: 'anonymous' },
])('a caller of the kind $kind has no scopes, and goes on', (caller) => {
  const { next, seen } = recordingNext()
  stageOf('GET /a')(next)(callOf('/api/v1/a', {}, { caller }))
  expect(seen).toHaveLength(1)
})

it('no caller at all is a fault of ours, and goes no further', async () => {
  const { next, seen } = recordingNext()
  expect(String(await thrownBy(() => stageOf('GET /a')(next)(callOf('/api/v1/a'))))).toMatch(
    /authenticate did not run/,
  )
  expect(seen).toEqual([])
})

it('lets a failure pass', async () => {
  const error = new Error('no')
  const call = callOf('/api/v1/a', {}, { caller: token('mcp:tools') })
  expect(await thrownBy(() => stageOf('GET /a')(failingNext(error, 'later').next)(call))).toBe(
    error,
  )
})
