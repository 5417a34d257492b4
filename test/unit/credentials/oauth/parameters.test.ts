/** The parameters of OAuth requests, and of an authorization request in particular. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Resource } from '../../../../src/config/oauthSettings.ts'
import { readAuthorization } from '../../../../src/credentials/oauth/authorization.ts'
import { parseParameters } from '../../../../src/credentials/oauth/parameters.ts'
import { anyText, RUNS, textOf } from '../../../support/worker/generators.ts'

const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
const RESOURCES: readonly [Resource, Resource] = [
  { path: '/mcp', url: 'https://a.example/mcp', scopes: { 'mcp:tools': 'Tools' } },
  { path: '/api', url: 'https://a.example/api', scopes: { api: 'API' } },
]
const DEFAULT = { scope: 'mcp:tools', resource: 'https://a.example/mcp', challenge: CHALLENGE }
const API = { scope: 'api', resource: 'https://a.example/api' }
const GOOD = `response_type=code&code_challenge_method=S256&code_challenge=${CHALLENGE}`

describe('parseParameters', () => {
  it.each([
    ['a=1', '1'],
    ['?a=1&b=2', '1'],
    ['a=', undefined],
    ['a', undefined],
    ['b=1', undefined],
    ['', undefined],
    ['a=1&a=1', undefined],
    ['a=&a=1', undefined],
    ['%61=1&a=2', undefined],
    ['a=%20+b', '  b'],
  ])('%j: a is %j', (text, value) => {
    expect(parseParameters(text).get('a')).toBe(value)
  })

  it('tells which parameter is repeated, even without a value', () => {
    const parameters = parseParameters('a=1&b=1&a=')
    expect(parameters.isRepeated('a')).toBe(true)
    expect(parameters.isRepeated('b')).toBe(false)
    expect(parameters.hasRepeated).toBe(true)
    expect(parseParameters('a=1&b=1').hasRepeated).toBe(false)
  })

  it('reads a hundred parameters, and counts more as repeated', () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => `p${i}=1`).join('&')
    expect(parseParameters(many(100)).hasRepeated).toBe(false)
    expect(parseParameters(many(101)).hasRepeated).toBe(true)
  })

  it('never throws, and has only the names that were given', () => {
    fc.assert(
      fc.property(
        fc.oneof(anyText, textOf(['a', '=', '&', '%', '%61', '+', '__proto__'])),
        (text) => {
          const parameters = parseParameters(text)
          for (const name of ['toString', 'constructor', 'nobody'])
            if (!text.includes(name)) expect(parameters.get(name)).toBeUndefined()
          parameters.get('a')
        },
      ),
      RUNS,
    )
  })
})

describe('a parameter that may be repeated', () => {
  it('has all of its values, and no other parameter may be repeated', () => {
    const parameters = parseParameters('a=1&b=1&a=&a=2', ['a'])
    expect(parameters.all('a')).toEqual(['1', '2'])
    expect(parameters.hasRepeated).toBe(false)
    expect(parseParameters('a=1&b=1&b=1', ['a']).hasRepeated).toBe(true)
    expect(parameters.all('nobody')).toEqual([])
  })
})

describe('readAuthorization', () => {
  it('fills in the default scope and resource', () => {
    expect(readAuthorization(parseParameters(GOOD), RESOURCES)).toEqual(DEFAULT)
  })

  it('never throws; an accepted request has S256, our scope and our resource; a refusal is plain ASCII', () => {
    const pieces = [
      'response_type=code',
      'code_challenge_method=S256',
      `code_challenge=${CHALLENGE}`,
      '&',
      '&',
      '&',
      'scope=mcp:tools',
      'scope=x',
      'scope=api',
      'openid+',
      'https://a.example/api',
      'resource=',
      'https://a.example/mcp',
      'plain',
      '=',
    ]
    fc.assert(
      fc.property(fc.oneof(anyText, textOf(pieces)), (text) => {
        const asked = readAuthorization(parseParameters(text), RESOURCES)
        if ('error' in asked) expect(asked.sentence).toMatch(/^[ !#-[\]-~]+$/)
        else expect([DEFAULT, { ...DEFAULT, ...API }]).toContainEqual(asked)
      }),
      RUNS,
    )
  })
})
