/** Tagged secrets: the gateway recognises what it has minted, without a look-up. */
import { describe, expect, it } from 'vitest'
import { isTagged, mintTagged } from '../../../src/credentials/tag.ts'
import { hmacKey } from '../../../src/lib/bytes.ts'

const [oldKey, newKey] = await Promise.all([hmacKey('o'.repeat(32)), hmacKey('n'.repeat(32))])

describe('a tagged secret', () => {
  it('is 64 lower-case hexadecimal characters, and new each time', async () => {
    const all = await Promise.all(
      Array.from({ length: 100 }, () => mintTagged('api_key', [oldKey])),
    )
    for (const hex of all) expect(hex).toMatch(/^[0-9a-f]{64}$/)
    expect(new Set(all.map((hex) => hex.slice(0, 48))).size).toBe(100)
  })

  it('is recognised', async () => {
    expect(await isTagged('api_key', await mintTagged('api_key', [oldKey]), [oldKey])).toBe(true)
  })

  it('is not recognised as another kind', async () => {
    const session = await mintTagged('session', [oldKey])
    expect(await isTagged('session', session, [oldKey])).toBe(true)
    expect(await isTagged('api_key', session, [oldKey])).toBe(false)
  })

  it('is not recognised with any one character changed', async () => {
    const hex = await mintTagged('api_key', [oldKey])
    for (let at = 0; at < 64; at++) {
      const other = hex[at] === '0' ? '1' : '0'
      const flipped = hex.slice(0, at) + other + hex.slice(at + 1)
      expect(await isTagged('api_key', flipped, [oldKey]), `character ${at}`).toBe(false)
    }
  })

  it('is not recognised if cut, extended, in capitals or made up', async () => {
    const hex = await mintTagged('api_key', [oldKey])
    const wrong = [hex.slice(0, 63), `${hex}0`, hex.slice(0, 48), hex.slice(48), '', '0'.repeat(64)]
    const capitals = `${'a'.repeat(48)}${hex.slice(48)}`.toUpperCase()
    for (const one of [...wrong, capitals, `${hex.slice(0, 48)} ${hex.slice(48)}`]) {
      expect(await isTagged('api_key', one, [oldKey]), one).toBe(false)
    }
  })
})

describe('rotation', () => {
  it('mints with the first key, and recognises secrets of the second', async () => {
    const before = await mintTagged('api_key', [oldKey])
    const after = await mintTagged('api_key', [newKey, oldKey])
    expect(await isTagged('api_key', before, [newKey, oldKey])).toBe(true)
    expect(await isTagged('api_key', after, [newKey, oldKey])).toBe(true)
    expect(await isTagged('api_key', after, [newKey])).toBe(true)
    expect(await isTagged('api_key', after, [oldKey])).toBe(false)
  })

  it('ends the secrets that the old key had minted when that key is removed', async () => {
    const before = await mintTagged('api_key', [oldKey])
    expect(await isTagged('api_key', before, [newKey])).toBe(false)
  })
})

it('without a key nothing is minted and nothing is recognised', async () => {
  await expect(mintTagged('api_key', [])).rejects.toThrow('no key')
  expect(await isTagged('api_key', await mintTagged('api_key', [oldKey]), [])).toBe(false)
})
