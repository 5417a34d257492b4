/**
 * Secrets that the gateway minted: from what is presented to what is stored.
 * test/unit/credentials/apiKey.test.ts has their form.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createHashMemory,
  hasMintedForm,
  mintedHash,
  mintSecret,
} from '../../../src/credentials/minted.ts'
import type { TaggedKind } from '../../../src/credentials/tag.ts'
import { hmacKey, sha256Hex } from '../../../src/lib/bytes.ts'
import { anyText, hexOf } from '../../support/worker/generators.ts'

const [first, second] = await Promise.all(['f', 's'].map((one) => hmacKey(one.repeat(32))))
if (first === undefined || second === undefined) throw new Error('no keys')

const KINDS: readonly TaggedKind[] = [
  'api_key',
  'session',
  'sign_in_link',
  'code',
  'access_token',
  'refresh_token',
]

describe('a minted secret', () => {
  it.each(KINDS)(
    'of the kind %s is found under its SHA-256, and as no other kind',
    async (kind) => {
      const { value, hash } = await mintSecret(kind, [first])
      expect(value).toMatch(/^[0-9a-f]{64}$/)
      expect(hash).toBe(await sha256Hex(value))
      const found = await Promise.all(KINDS.map((other) => mintedHash(other, value, [first])))
      expect(found).toEqual(KINDS.map((other) => (other === kind ? hash : null)))
    },
  )

  it('with a prefix is stored with it, and found by it only', async () => {
    const { value, hash } = await mintSecret('api_key', [first], 'xq_')
    expect(value).toMatch(/^xq_[0-9a-f]{64}$/)
    expect(hash).toBe(await sha256Hex(value))
    expect(await mintedHash('api_key', value, [first], 'xq_')).toBe(hash)
    for (const prefix of ['', 'ab_', 'xq']) {
      expect(await mintedHash('api_key', value, [first], prefix), prefix).toBeNull()
      expect(await mintedHash('api_key', prefix + value.slice(3), [first], 'xq_')).toBeNull()
    }
  })

  it('is new each time', async () => {
    const secrets = await Promise.all(Array.from({ length: 20 }, () => mintSecret('code', [first])))
    expect(new Set(secrets.map(({ value }) => value)).size).toBe(20)
  })

  it('is of the first key, and known by any: one key can follow another', async () => {
    const old = await mintSecret('session', [second])
    const fresh = await mintSecret('session', [first, second])
    expect(await mintedHash('session', old.value, [first, second])).toBe(old.hash)
    expect(await mintedHash('session', fresh.value, [first])).toBe(fresh.hash)
    expect(await mintedHash('session', old.value, [first])).toBeNull()
    expect(await mintedHash('session', fresh.value, [second])).toBeNull()
  })

  it('needs a key', async () => {
    await expect(mintSecret('code', [])).rejects.toThrow()
    const { value } = await mintSecret('code', [first])
    expect(await mintedHash('code', value, [])).toBeNull()
  })
})

it('a made-up secret is never found', async () => {
  const { value } = await mintSecret('api_key', [first], 'xq_')
  const changed = fc
    .tuple(fc.nat({ max: value.length - 1 }), fc.constantFrom(...'0123456789abcdefABCDEFg \n'))
    .map(([at, char]) => value.slice(0, at) + char + value.slice(at + 1))
    .filter((text) => text !== value)
  const made = fc.oneof(
    anyText,
    hexOf(64).map((hex) => `xq_${hex}`),
    changed,
  )
  await fc.assert(
    fc.asyncProperty(made, async (text) => {
      expect(await mintedHash('api_key', text, [first], 'xq_')).toBeNull()
    }),
    { numRuns: 2_000 },
  )
})

it('a secret of the right form that another key minted is none of ours', async () => {
  const { value } = await mintSecret('code', [second])
  expect(hasMintedForm(value)).toBe(true)
  expect(await mintedHash('code', value, [first])).toBeNull()
})

describe('the memory of hashes', () => {
  it('has what was remembered, and nothing else', () => {
    const memory = createHashMemory()
    expect(memory.get('a')).toBeUndefined()
    memory.remember('a', 'hash of a')
    expect(memory.get('a')).toBe('hash of a')
    expect([memory.get('A'), memory.get('')]).toEqual([undefined, undefined])
    expect(createHashMemory().get('a'), 'of another memory').toBeUndefined()
  })

  it('is bounded by bytes, and forgets the secret that was added first', () => {
    const memory = createHashMemory()
    const secrets = Array.from({ length: 30_000 }, (_, n) => `${n}`.padStart(64, '0'))
    for (const secret of secrets) memory.remember(secret, secret)
    const kept = secrets.filter((secret) => memory.get(secret) === secret)
    expect(kept).toEqual(secrets.slice(-kept.length))
    expect(kept.length * 3 * 64, 'two texts and an entry').toBeLessThanOrEqual(2_097_152)
    expect(kept.length).toBeGreaterThan(10_000)
  })
})
