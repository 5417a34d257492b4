/** API keys: making one, and which texts have the form of one. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shownPrefix } from '../../../src/credentials/apiKey.ts'
import { hasMintedForm, mintSecret } from '../../../src/credentials/minted.ts'
import { isTagged } from '../../../src/credentials/tag.ts'
import { hmacKey } from '../../../src/lib/bytes.ts'
import { anyText, hexOf, RUNS } from '../../support/worker/generators.ts'

const tagKeys = [await hmacKey('k'.repeat(32))]
const HEX = '0123456789abcdef'.repeat(4)

describe('a new key', () => {
  it('is the prefix and 64 lower-case hexadecimal characters', async () => {
    const newKey = async (prefix: string) => (await mintSecret('api_key', tagKeys, prefix)).value
    expect(await newKey('xq_')).toMatch(/^xq_[0-9a-f]{64}$/)
    expect(await newKey('other_')).toMatch(/^other_[0-9a-f]{64}$/)
  })

  it('has the form of a key, and carries our tag as a key', async () => {
    const { value: key } = await mintSecret('api_key', tagKeys, 'xq_')
    expect(hasMintedForm(key, 'xq_')).toBe(true)
    expect(await isTagged('api_key', key.slice(3), tagKeys)).toBe(true)
    expect(await isTagged('session', key.slice(3), tagKeys)).toBe(false)
  })

  it('is shown in listings by its first 8 characters, the prefix included', () => {
    expect(shownPrefix('xq_a1b2c3d4e5')).toBe('xq_a1b2c')
  })
})

describe('the form of a key', () => {
  it('is the prefix and 64 hexadecimal characters', () => {
    expect(hasMintedForm(`xq_${HEX}`, 'xq_')).toBe(true)
  })

  it.each([
    ['nothing', ''],
    ['the prefix alone', 'xq_'],
    ['no prefix', HEX],
    ['another prefix', `ab_${HEX}`],
    ['the prefix in capitals', `XQ_${HEX}`],
    ['the prefix twice', `xq_xq_${HEX}`],
    ['capitals', `xq_${HEX.toUpperCase()}`],
    ['63 characters', `xq_${HEX.slice(1)}`],
    ['65 characters', `xq_${HEX}0`],
    ['a letter that is not hexadecimal', `xq_${HEX.slice(1)}g`],
    ['a blank before it', ` xq_${HEX}`],
    ['a blank after it', `xq_${HEX} `],
    ['a line break after it', `xq_${HEX}\n`],
    ['a line break in place of the last character', `xq_${HEX.slice(1)}\n`],
    ['quotes', `"xq_${HEX}"`],
    ['two keys', `xq_${HEX}, xq_${HEX}`],
    ['a full-width digit', `xq_${HEX.slice(1)}０`],
    ['a NUL', `xq_${HEX.slice(1)}\0`],
  ])('%s is no key', (_what, text) => {
    expect(hasMintedForm(text, 'xq_')).toBe(false)
  })

  it('accepts every text of that form', () => {
    fc.assert(
      fc.property(hexOf(64), (hex) => {
        expect(hasMintedForm(`xq_${hex}`, 'xq_')).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  it('never throws, and takes the prefix and exactly 64 hexadecimal characters', () => {
    const near = fc.stringMatching(/^(xq_)?[0-9a-fA-F]{62,66}.?$/)
    fc.assert(
      fc.property(fc.oneof(anyText, near), (text) => {
        expect(hasMintedForm(text, 'xq_')).toBe(/^xq_[0-9a-f]{64}$/.test(text))
      }),
      RUNS,
    )
  })
})
