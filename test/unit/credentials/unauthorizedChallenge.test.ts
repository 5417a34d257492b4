/** The challenges of a 401: which credentials a route takes. */
import { expect, it } from 'vitest'
import type { Route } from '../../../src/config/config.ts'
import type { PresentedCredential } from '../../../src/credentials/presented.ts'
import {
  bearerChallenge,
  unauthorizedChallenge,
} from '../../../src/credentials/unauthorizedChallenge.ts'
import { gatewayOf } from '../../support/worker/sampleConfig.ts'

const gateway = gatewayOf('GET /a')

function challengeOf(
  changes: Partial<Route>,
  presented: PresentedCredential = { kind: 'none' },
): string {
  const [route] = gateway.routes
  if (route === undefined) throw new Error('no row')
  return unauthorizedChallenge({ ...route, ...changes }, gateway, presented)
}

const MCP: Partial<Route> = {
  protocol: 'mcp',
  segments: ['mcp'],
  auth: ['api_key', 'oauth'],
  scope: 'mcp:tools',
}
const METADATA = 'https://gateway.test/.well-known/oauth-protected-resource/mcp'
const KEY = 'ApiKey realm="gateway.test", header="x-api-key"'

it('6 (RFC 9728 §5.1): an MCP endpoint says first where its metadata is and which scope it takes', () => {
  expect(challengeOf(MCP)).toBe(`Bearer resource_metadata="${METADATA}", scope="mcp:tools", ${KEY}`)
})

it.each<PresentedCredential>([
  { kind: 'none' },
  { kind: 'unknown' },
  { kind: 'api_key', value: 'xq_' },
  { kind: 'session', value: 'abc' },
])('6 (RFC 6750 §3.1): without a token there is no error of one: %j', (presented) => {
  expect(challengeOf(MCP, presented)).not.toContain('error=')
})

it('38 (RFC 6750 §3.1): a token that is not good is called so', () => {
  expect(challengeOf(MCP, { kind: 'oauth', value: 'abc' })).toBe(
    `Bearer resource_metadata="${METADATA}", error="invalid_token", scope="mcp:tools", ${KEY}`,
  )
})

it('another row that takes tokens has no metadata of its own, and one that takes none does not ask', () => {
  expect(challengeOf({ auth: ['api_key', 'oauth'] })).toBe(`${KEY}, Bearer realm="gateway.test"`)
  expect(challengeOf({})).toBe(KEY)
})

it('a token without the scope is told which one, and an MCP client where to ask for it', () => {
  const [route] = gateway.routes
  if (route === undefined) throw new Error('no row')
  expect(bearerChallenge({ ...route, ...MCP }, gateway, 'insufficient_scope')).toBe(
    `Bearer resource_metadata="${METADATA}", error="insufficient_scope", scope="mcp:tools"`,
  )
})
