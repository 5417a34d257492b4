/** The sentence about a key that was sent wrongly: named by its form, never with the key. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import { keyFormsOf } from '../../../src/credentials/apiKey.ts'
import { keyInAuthorization, keyMistake } from '../../../src/credentials/apiKeyMistake.ts'
import { anyText, RUNS } from '../../support/worker/generators.ts'
import { sample } from '../../support/worker/sampleConfig.ts'

const imported = [{ prefix: 'sk_live_', pattern: '[A-Za-z0-9]{24,32}' }]
const { apiKeys } = parseConfig(sample({ apiKeys: { prefix: 'xq_', limit: 100, imported } }))
const HEX = '0123456789abcdef'.repeat(4)
const KEY = `xq_${HEX}`
const mistake = (value: string) => keyMistake(value, 'x-api-key', apiKeys)

describe('a mistake that the form tells has its own sentence', () => {
  it.each([
    ['', 'empty'],
    ['   ', 'empty'],
    [`"${KEY}"`, 'quotes'],
    [`'${KEY}'`, 'quotes'],
    [`\u201c${KEY}\u201d`, 'quotes'],
    [`Bearer ${KEY}`, '"Bearer"'],
    [`bearer ${KEY}`, '"Bearer"'],
    [`Bearer: ${KEY}`, '"Bearer"'],
    [`x-api-key: ${KEY}`, 'name of the header'],
    [`${KEY.slice(0, 9)} ${KEY.slice(9)}`, 'blank'],
    [`${KEY}\u200b`, 'invisible'],
    [`\ufeff${KEY}`, 'invisible'],
    [`${KEY}\u00e2\u0080\u008b`, 'invisible'],
    [KEY.slice(0, 40), 'cut short: it has 40 of 67 characters'],
    ['xq_', 'cut short'],
    [`${KEY}0`, 'too long'],
    [`${KEY}${KEY}`, 'too long'],
    ['a'.repeat(5_000), 'too long'],
    [KEY.toUpperCase(), 'capitals'],
    [`xq_${HEX.toUpperCase()}`, 'capitals'],
    [`xq_${'g'.repeat(64)}`, 'a character that no key has'],
    ['YOUR_API_KEY', 'placeholder'],
    ['xq_your_key', 'placeholder'],
    ['<key>', 'placeholder'],
    ['$XQUIK_KEY', 'placeholder'],
    ['xq_...', 'placeholder'],
    [HEX, 'A token is sent as a bearer'],
    ['eyJhbGciOiJIUzI1NiJ9.e30.c2ln', 'token'],
    ['sk-proj-0123456789', 'not an API key of this gateway'],
    ['sk_live_tooshort', 'not complete'],
  ])('%j: %s', (value, part) => {
    const sentence = mistake(value)
    expect(sentence).toContain(part)
    if (value.trim().length > 8) expect(sentence).not.toContain(value.trim())
  })

  it('a key of the right form, minted or imported, has none', () => {
    expect([mistake(KEY), mistake(`sk_live_${'a'.repeat(24)}`)]).toEqual([null, null])
  })

  it('is one sentence or two, never throws, and never holds what was sent', () => {
    const near = fc.stringMatching(/^["' ]?(Bearer )?(xq_|XQ_)?[0-9a-fA-F]{12,70}.?$/)
    fc.assert(
      fc.property(fc.oneof(anyText, near), (value) => {
        const sentence = mistake(value)
        const secret = /[0-9a-fA-F]{12,}/.exec(value)?.[0]
        if (sentence !== null && secret !== undefined) expect(sentence).not.toContain(secret)
      }),
      RUNS,
    )
  })
})

describe('a key in an Authorization of another scheme is told where it belongs', () => {
  const said = (value: string) => keyInAuthorization(value, keyFormsOf(apiKeys))

  it.each([
    KEY,
    `ApiKey ${KEY}`,
    `Token ${KEY}`,
    `Token: ${KEY}`,
    `Bearer: ${KEY}`,
    `Bearer\t${KEY}`,
    `Bearer Bearer ${KEY}`,
    `Basic ${btoa(`${KEY}:`)}`,
    `basic ${btoa(`user:${KEY}`)}`,
  ])('%s', (value) => {
    expect(said(value)).toMatch(/x-api-key/)
    expect(said(value)).not.toContain(HEX)
  })

  it.each(['Basic dXNlcjpwYXNz', 'Basic !!!', 'Digest a=b', '', 'Bearer', `Token ${HEX}`])(
    '%j holds no key',
    (value) => expect(said(value)).toBeNull(),
  )
})
