/** Keys in places where keys are not read: which queries and headers hold one. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import { keyFormsOf, keyInOtherHeader, keyInQuery } from '../../../src/credentials/apiKey.ts'
import { anyText, RUNS } from '../../support/worker/generators.ts'
import { sample } from '../../support/worker/sampleConfig.ts'

const { apiKeys } = parseConfig(
  sample({
    apiKeys: {
      prefix: 'xq_',
      limit: 100,
      headers: ['acme-api-key'],
      imported: [{ prefix: 'sk_live_', pattern: '[A-Za-z0-9]{24}' }],
    },
  }),
)
const forms = keyFormsOf(apiKeys)
const HEX = '0123456789abcdef'.repeat(4)
const KEY = `xq_${HEX}`
const everyByte = (text: string) =>
  [...text].map((char) => `%${char.charCodeAt(0).toString(16)}`).join('')

describe('a query that holds a key', () => {
  it.each([
    [`?q=${KEY}`, 'q'],
    [`?a=1&access_token=${KEY}&b=2`, 'access_token'],
    [`?q=a&q=${KEY}`, 'q'],
    [`?a=1;b=${KEY}`, 'b'],
    [`?q=%78q_${HEX}`, 'q'],
    [`?q=x%51%5F${HEX}`, 'q'],
    [`?q=${everyByte(KEY)}`, 'q'],
    [`?q=+${KEY}+`, 'q'],
    [`?q=%22${KEY}%22`, 'q'],
    [`?q=%EF%BB%BF${KEY}`, 'q'],
    [`?q=%ff${KEY}`, 'q'],
    [`?q=${KEY.toUpperCase()}`, 'q'],
    [`?authorization=Bearer+${KEY}`, 'authorization'],
    [`?${KEY}`, KEY],
    ['?api_key=xq_short', 'api_key'],
    ['?api%5Fkey=xq_', 'api_key'],
    ['?API_KEY=xq_a', 'API_KEY'],
    ['?apikey=xq_a', 'apikey'],
    ['?apiKey=xq_a', 'apiKey'],
    ['?key=xq_a', 'key'],
    ['?x-api-key=xq_a', 'x-api-key'],
    ['?x_api_key=xq_a', 'x_api_key'],
    ['?acme-api-key=xq_a', 'acme-api-key'],
    [`?token=sk_live_${'A1b2'.repeat(6)}`, 'token'],
  ])('%s', (query, name) => {
    expect(keyInQuery(query, forms)).toBe(name)
  })

  it.each([
    '',
    '?',
    '?q=xq_',
    `?q=${HEX}`,
    `?q=${KEY}0`,
    `?q=${KEY.slice(0, -1)}`,
    `?q=%2578q_${HEX}`,
    '?key=value',
    '?api_key=other',
    '?q=a%20b&limit=20',
    '?%',
    '?q=%zzxq_',
  ])('%s does not', (query) => {
    expect(keyInQuery(query, forms)).toBeNull()
  })

  it('is found however its characters are encoded, and no query makes the reader throw', () => {
    fc.assert(
      fc.property(
        anyText,
        fc.array(fc.boolean(), { minLength: 67, maxLength: 67 }),
        (text, how) => {
          expect(() => keyInQuery(`?${text}`, forms)).not.toThrow()
          const key = [...KEY].map((char, i) => (how[i] ? everyByte(char) : char)).join('')
          expect(keyInQuery(`?q=${key}`, forms)).toBe('q')
        },
      ),
      RUNS,
    )
  })
})

describe('a header that holds a key, although keys are not read there', () => {
  const holder = (name: string, value: string) =>
    keyInOtherHeader(
      new Map([
        ['accept', '*/*'],
        [name, value],
      ]),
      forms,
    )

  it.each(['api-key', 'x_api_key', 'apikey', 'x-token', 'idempotency-key'])('%s', (name) => {
    for (const value of [KEY, KEY.toUpperCase(), `"${KEY}"`, `Bearer ${KEY}`])
      expect(holder(name, value)).toBe(name)
  })

  it.each([
    ['x-api-key', KEY],
    ['acme-api-key', KEY],
    ['api-key', 'xq_short'],
    ['api-key', HEX],
    ['user-agent', `client ${KEY} build`],
  ])('not %s: %s', (name, value) => {
    expect(holder(name, value)).toBeNull()
  })
})
