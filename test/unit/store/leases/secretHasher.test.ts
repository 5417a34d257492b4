/** From a presented secret to its hash, as one isolate remembers it. */
import { describe, expect, it } from 'vitest'
import { mintSecret } from '../../../../src/credentials/minted.ts'
import type { TaggedKind } from '../../../../src/credentials/tag.ts'
import { randomHex } from '../../../../src/lib/bytes.ts'
import { type Env, tagKeysOf } from '../../../../src/store/env.ts'
import { createSecretHasher } from '../../../../src/store/leases/secretHasher.ts'
import { envWith } from '../../../support/worker/calls.ts'
import { env } from '../../../support/worker/gateway.ts'

const mint = async (kind: TaggedKind) => mintSecret(kind, await tagKeysOf(env))

/** Bindings of which none may be read. */
const UNREADABLE = new Proxy({} as Env, {
  get(_, name) {
    throw new Error(`${String(name)} was read`)
  },
})

describe('a secret of ours', () => {
  it('is found under its hash: the first time later, from then on at once and without the bindings', async () => {
    const hashOf = createSecretHasher('session')
    const { value, hash } = await mint('session')
    const cold = hashOf(env, value)
    expect(cold).toBeInstanceOf(Promise)
    expect(await cold).toBe(hash)
    expect(hashOf(env, value)).toBe(hash)
    expect(hashOf(UNREADABLE, value)).toBe(hash)
  })

  it('with a prefix is found by it', async () => {
    const tagKeys = await tagKeysOf(env)
    const { value, hash } = await mintSecret('api_key', tagKeys, 'xq_')
    expect(await createSecretHasher('api_key', 'xq_')(env, value)).toBe(hash)
    expect(await createSecretHasher('api_key')(env, value)).toBeNull()
  })

  it('is remembered by one kind of one isolate only', async () => {
    const { value, hash } = await mint('session')
    expect(await createSecretHasher('session')(env, value)).toBe(hash)
    const other = createSecretHasher('session')
    expect(other(env, value)).toBeInstanceOf(Promise)
    expect(await createSecretHasher('access_token')(env, value)).toBeNull()
  })
})

describe('a secret that is none of ours', () => {
  it.each([
    ['made up', randomHex(32)],
    ['nothing', ''],
    ['no hexadecimal', 'session'],
  ])('(%s) has no hash, and is never remembered', async (_what, value) => {
    const hashOf = createSecretHasher('session')
    for (let n = 0; n < 2; n++) {
      const hash = hashOf(env, value)
      expect(hash).toBeInstanceOf(Promise)
      expect(await hash).toBeNull()
    }
  })
})

it.each([
  ['missing', ''],
  ['too short', 'k'.repeat(31)],
])(
  'with a tag secret that is %s nothing is found, and the operator is told',
  async (_what, secret) => {
    const { value } = await mint('session')
    const hashOf = createSecretHasher('session')
    const broken = envWith({ KEY_TAG_SECRET: secret })
    await expect(hashOf(broken, value)).rejects.toThrow('KEY_TAG_SECRET')
    expect(await hashOf(env, value), 'and it is not remembered').not.toBeNull()
  },
)
