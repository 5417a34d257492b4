/**
 * The WWW-Authenticate of a 401 or a 403: which credentials a route accepts. A number at the start
 * of a title is that of the table in test/conformance/README.md.
 */
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
  if (route === undefined) throw new Error('no route')
  return unauthorizedChallenge({ ...route, ...changes }, gateway, presented)
}

const MCP: Partial<Route> = {
  protocol: 'mcp',
  segments: ['mcp'],
  auth: ['api_key', 'oauth'],
  scope: 'mcp:tools',
  resource: { path: '/mcp', url: 'https://gateway.test/mcp', scopes: { 'mcp:tools': 'Tools' } },
}
const API: Partial<Route> = {
  auth: ['api_key', 'oauth'],
  resource: {
    path: '/api',
    url: 'https://gateway.test/api',
    scopes: { read: 'Read', write: 'Write' },
  },
}
const METADATA = 'https://gateway.test/.well-known/oauth-protected-resource/mcp'
const KEY = 'ApiKey realm="gateway.test", header="x-api-key"'

it('6 (RFC 9728 §5.1): an MCP route says first where its metadata is and which scope it takes', () => {
  expect(challengeOf(MCP)).toBe(`Bearer resource_metadata="${METADATA}", scope="mcp:tools", ${KEY}`)
})

it.each<PresentedCredential>([
  { kind: 'none' },
  { kind: 'unknown' },
  { kind: 'api_key', value: 'xq_' },
  { kind: 'session', value: 'abc' },
])('6 (RFC 6750 §3.1): a challenge without a token has no error: %j', (presented) => {
  expect(challengeOf(MCP, presented)).not.toContain('error=')
})

it('38 (RFC 6750 §3.1): an invalid token is called invalid_token', () => {
  expect(challengeOf(MCP, { kind: 'oauth', value: 'abc' })).toBe(
    `Bearer resource_metadata="${METADATA}", error="invalid_token", scope="mcp:tools", ${KEY}`,
  )
})

it('a client that sent a key is not sent to a browser', () => {
  expect(challengeOf(MCP, { kind: 'api_key', value: 'xq_' })).toBe(KEY)
  const bearer = 'Bearer realm="gateway.test"'
  expect(challengeOf(API, { kind: 'api_key', value: 'xq_' })).toBe(`${KEY}, ${bearer}`)
})

it('a route for sessions alone names the session', () => {
  const session = 'Session realm="gateway.test", cookie="session_token"'
  expect(challengeOf({ auth: ['session'] })).toBe(session)
  expect(challengeOf({ auth: ['api_key', 'session'] })).toBe(KEY)
})

it('another route that takes tokens names its own resource and the scopes of it, and a route that takes none does not offer Bearer', () => {
  const metadata = METADATA.replace('/mcp', '/api')
  expect(challengeOf(API)).toBe(
    `${KEY}, Bearer realm="gateway.test", resource_metadata="${metadata}", scope="read write"`,
  )
  expect(challengeOf(API, { kind: 'oauth', value: 'abc' })).toBe(
    `${KEY}, Bearer realm="gateway.test", error="invalid_token", resource_metadata="${metadata}", scope="read write"`,
  )
  expect(challengeOf({})).toBe(KEY)
})

it('a challenge for lack of a scope names the scope, and to an MCP client the metadata', () => {
  const [route] = gateway.routes
  if (route === undefined) throw new Error('no route')
  expect(bearerChallenge({ ...route, ...MCP }, gateway, 'insufficient_scope')).toBe(
    `Bearer resource_metadata="${METADATA}", error="insufficient_scope", scope="mcp:tools"`,
  )
})
