/** The resource and the scopes that a request asks for. */
import { describe, expect, it } from 'vitest'
import type { Resource } from '../../../../src/config/oauthSettings.ts'
import {
  isMeantFor,
  isSameResource,
  readAsked,
} from '../../../../src/credentials/oauth/resource.ts'

const MCP = 'https://a.example/mcp'
const API = 'https://a.example/api/v1'
const RESOURCES: readonly [Resource, Resource] = [
  { path: '/mcp', url: MCP, scopes: { 'mcp:tools': 'Tools' } },
  { path: '/api/v1', url: API, scopes: { read: 'Read', write: 'Write' } },
]

describe('readAsked', () => {
  it.each<[scope: string | undefined, resources: string[], url: string, scopes: string[]]>([
    [undefined, [], MCP, ['mcp:tools']],
    ['', [], MCP, ['mcp:tools']],
    ['  ', [], MCP, ['mcp:tools']],
    ['mcp:tools', [], MCP, ['mcp:tools']],
    ['mcp:tools ', [], MCP, ['mcp:tools']],
    [' mcp:tools  mcp:tools', [], MCP, ['mcp:tools']],
    ['openid profile email offline_access', [], MCP, ['mcp:tools']],
    ['openid profile email', [API], API, ['read', 'write']],
    ['mcp:tools offline_access', [MCP], MCP, ['mcp:tools']],
    ['read', [], API, ['read']],
    ['write read', [], API, ['write', 'read']],
    ['read', [API], API, ['read']],
    [undefined, [API], API, ['read', 'write']],
    [undefined, [`${API}/`], API, ['read', 'write']],
    [undefined, [API, API], API, ['read', 'write']],
    [undefined, [API, `${API}/`], API, ['read', 'write']],
  ])('scope %j and resource %j', (scope, resources, url, scopes) => {
    const target = readAsked(RESOURCES, { scope, resources })
    expect(target).toEqual({ resource: expect.objectContaining({ url }), scopes })
  })

  it.each<[scope: string | undefined, resources: string[], error: string]>([
    ['admin', [], 'invalid_scope'],
    ['mcp:tools admin', [], 'invalid_scope'],
    ['openid admin', [], 'invalid_scope'],
    ['mcp:tools\tread', [], 'invalid_scope'],
    ['MCP:TOOLS', [], 'invalid_scope'],
    ['OpenID', [], 'invalid_scope'],
    ['toString', [], 'invalid_scope'],
    ['mcp:tools read', [], 'invalid_scope'],
    ['mcp:tools read', [API], 'invalid_scope'],
    ['read', [MCP], 'invalid_target'],
    ['mcp:tools', [API], 'invalid_target'],
    [undefined, [MCP, API], 'invalid_target'],
    [undefined, [`${MCP}//`], 'invalid_target'],
    [undefined, ['https://a.example'], 'invalid_target'],
    [undefined, [MCP, 'https://evil.example/mcp'], 'invalid_target'],
  ])('scope %j and resource %j are refused', (scope, resources, error) => {
    expect(readAsked(RESOURCES, { scope, resources })).toMatchObject({ error })
  })
})

describe('isSameResource', () => {
  it.each([
    [MCP, true],
    ['HTTPS://A.Example/mcp', true],
    ['https://a.example/mcp/', true],
    ['https://a.example/mcp//', false],
    ['https://a.example/MCP', false],
    ['https://a.example/mcp?x', false],
    ['https://a.example/mcp?/', false],
    ['https://a.example/mcp#', false],
    ['https://a.example:443/mcp', false],
    ['https://a.example', false],
    ['', false],
    ['/', false],
  ])('%s: %s', (presented, same) => {
    expect(isSameResource(presented, MCP)).toBe(same)
  })

  it.each(['https://a.example', 'https://a.example/'])('%s is the whole host', (presented) => {
    expect(isSameResource(presented, 'https://a.example/')).toBe(true)
  })
})

it.each([
  [MCP, true],
  [`${MCP} ${API}`, true],
  [`${API} ${MCP}`, true],
  [API, false],
  [`${MCP}x`, false],
  ['', false],
])('a grant for %j is meant for /mcp: %s', (audiences, meant) => {
  expect(isMeantFor(audiences, MCP)).toBe(meant)
})
