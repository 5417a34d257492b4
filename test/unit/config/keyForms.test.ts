/** The config of API keys: aliases of the header, and forms of imported keys. */
import { expect, it } from 'vitest'
import { isKeyPattern } from '../../../src/config/keyForms.ts'
import { complaintsOf, sample } from '../../support/worker/sampleConfig.ts'

const complaints = (changes: object, more: object = {}) =>
  complaintsOf(sample({ apiKeys: { prefix: 'xq_', limit: 100, ...changes }, ...more }))

it.each(['acme-api-key', 'api-key', 'apikey'])('%s may carry keys', (name) => {
  expect(complaints({ headers: [name] })).toEqual([])
})

it.each([
  'x-api-key',
  'authorization',
  'cookie',
  'payment-authorization',
  'X-Key',
  'x_api_key',
  'x-acme-*',
  'idempotency-key',
  'content-type',
  'content-foo',
  'accept-encoding',
  'origin',
  'sec-fetch-site',
  'x-forwarded-for',
  'host',
  'mcp-session-id',
  '',
  'a b',
])('%j may not', (name) => {
  expect(complaints({ headers: [name] })).toHaveLength(1)
})

it('an alias that an origin would get, or that is named twice, is refused', () => {
  const headers = ['acme-api-key']
  const origins = (requestHeaders: string[]) => ({
    origins: { api: { url: 'https://origin.test', requestHeaders } },
  })
  const complaint = 'origin api: requestHeaders: "acme-api-key" carries keys (apiKeys.headers)'
  expect(complaints({ headers }, origins(['acme-api-key']))).toEqual([complaint])
  expect(complaints({ headers }, origins(['acme-*']))).toEqual([complaint])
  expect(complaints({ headers }, origins(['acme-other']))).toEqual([])
  expect(complaints({ headers: [...headers, ...headers] })).toEqual([
    'apiKeys.headers: "acme-api-key" is named twice',
  ])
})

it.each(['[0-9a-f]{32}', '[A-Za-z0-9]{24,32}', 'v1-[a-z]{8}-[0-9]{12}', '[A-Za-z0-9_-]{16}'])(
  '%s is a pattern, and a RegExp',
  (pattern) => {
    expect(isKeyPattern(pattern)).toBe(true)
    expect(() => new RegExp(pattern)).not.toThrow()
  },
)

it.each([
  '',
  '.*',
  '(a+)+b',
  '[a-z]+',
  '[a-z]*',
  '[0-9a-f]{8}',
  '[a-z]{1,100}[a-z]{16}',
  '[z-a]{32}',
  '[^a]{32}',
  '[a-z]{32}$',
  'a|b{32}',
  '[a-z]{300}',
  '[a-z]{20,10}',
  '[a-z]{0}{32}',
  '\\d{32}',
  'a'.repeat(201),
])('%j is none', (pattern) => {
  expect(isKeyPattern(pattern)).toBe(false)
})

it.each(['a', 'abc123', 'DEADBEEF', '', 'sk live', 'sk$'])('%j is no prefix', (prefix) => {
  expect(complaints({ imported: [{ prefix, pattern: '[0-9a-f]{32}' }] })).toHaveLength(1)
})
