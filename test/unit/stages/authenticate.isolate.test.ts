/** The memory of `authenticate` in one isolate: warm credentials, refusals, uses. */
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import { randomHex, sha256Hex } from '../../../src/lib/bytes.ts'
import { json } from '../../../src/pipeline/answer.ts'
import { authenticate } from '../../../src/stages/authenticate.ts'
import type { Env } from '../../../src/store/env.ts'
import { createIsolate } from '../../../src/store/isolate.ts'
import { callOf, problemBy, recordingNext, routeOf } from '../../support/worker/calls.ts'
import { env } from '../../support/worker/gateway.ts'
import { notAwaited } from '../../support/worker/quietFeed.ts'
import { OAUTH, ROUTE, sample } from '../../support/worker/sampleConfig.ts'
import {
  apiKey,
  bearer,
  cookie,
  seedAccount,
  seedKey,
  seedSession,
  seedToken,
} from '../../support/worker/seed.ts'

/**
 * The stage of one route that takes every kind of credential, in a new isolate, some of it
 * replaced.
 */
function stageOf(changes: object = {}, parts: object = {}) {
  const row = { ...ROUTE, route: '* /a', auth: ['api_key', 'session', 'oauth'] }
  const config = parseConfig(sample({ oauth: OAUTH, routes: [row], ...changes }))
  const isolate = { ...createIsolate(config), ...parts }
  return { stage: authenticate(routeOf(config), config, isolate), isolate }
}

const account = await seedAccount()
const AUDIENCES = { audiences: 'https://gateway.test/api/v1' }

/** A new credential of each kind: its headers, its hash, and how it ends in an isolate. */
const KINDS = {
  async api_key() {
    const { key, hash, id } = await seedKey(account)
    const end = ({ apiKeys }: Isolate) => apiKeys.revoke(env, account, id, notAwaited)
    return { headers: apiKey(key), hash, end }
  },
  async session() {
    const token = await seedSession(account)
    const hash = await sha256Hex(token)
    return {
      headers: cookie(token),
      hash,
      end: ({ sessions }: Isolate) => sessions.end(env, [hash], notAwaited),
    }
  },
  async oauth() {
    const { token, grantId } = await seedToken(account, AUDIENCES)
    const end = ({ tokens }: Isolate) => tokens.endFamily(env, grantId, notAwaited)
    return { headers: bearer(token), hash: await sha256Hex(token), end }
  },
}
type Isolate = ReturnType<typeof createIsolate>
const EACH = ['api_key', 'session', 'oauth'] as const

/** Bindings of which none may be read. */
const UNREADABLE = new Proxy({} as Env, {
  get(_, name) {
    throw new Error(`${String(name)} was read`)
  },
})

describe.each(EACH)('a credential of the kind %s', (kind) => {
  it('that was seen before is answered at once, and no binding is read for it', async () => {
    const { stage } = stageOf()
    const { headers } = await KINDS[kind]()
    const cold = callOf('/api/v1/a', { headers })
    const first = stage(recordingNext().next)(cold)
    expect(first).toBeInstanceOf(Promise)
    await first
    const answer = json({})
    const warm = recordingNext(() => answer)
    const call = callOf('/api/v1/a', { headers }, { env: UNREADABLE })
    expect(stage(warm.next)(call)).toBe(answer)
    expect(warm.seen).toEqual([call])
    expect(call.caller).toEqual(cold.caller)
  })

  it('can be watched while its answer is still open, until it ends', async () => {
    const { stage, isolate } = stageOf()
    const { headers, end } = await KINDS[kind]()
    const call = callOf('/api/v1/a', { headers })
    await stage(recordingNext().next)(call)
    const watch = call.watch?.()
    expect(watch?.check()).toBeNull()
    await end(isolate)
    expect(watch?.check()).toBe('revoked')
  })

  it('that has ended here is refused here at once', async () => {
    const { stage, isolate } = stageOf()
    const { headers, end } = await KINDS[kind]()
    await stage(recordingNext().next)(callOf('/api/v1/a', { headers }))
    await end(isolate)
    const { next, seen } = recordingNext()
    const problem = await problemBy(() => stage(next)(callOf('/api/v1/a', { headers })))
    expect(problem).toMatchObject({ code: 'unauthenticated', reason: `${kind}_not_valid` })
    expect(seen).toEqual([])
  })
})

describe('refusals', () => {
  const limited = () => stageOf({ addressLimits: { unauthenticated: '2/60s' } }).stage
  const from = (address: string, headers: object = {}) =>
    callOf('/api/v1/a', { headers: { 'cf-connecting-ip': address, ...headers } })

  it('are counted by address; beyond the limit they are 429, and good credentials still pass', async () => {
    const stage = limited()
    const { next, seen } = recordingNext()
    const codeOf = async (call: ReturnType<typeof callOf>) =>
      (await problemBy(() => stage(next)(call))).code
    expect(await codeOf(from('192.0.2.1'))).toBe('unauthenticated')
    expect(await codeOf(from('192.0.2.1', apiKey('abc')))).toBe('unauthenticated')
    expect(await codeOf(from('192.0.2.1'))).toBe('rate_limit_exceeded')
    expect(await codeOf(from('192.0.2.2'))).toBe('unauthenticated')
    expect(seen).toEqual([])
    const { headers } = await KINDS.api_key()
    await stage(next)(from('192.0.2.1', headers))
    expect(seen).toHaveLength(1)
  })

  it('do not count two credentials of one kind, which are a malformed request', async () => {
    const stage = limited()
    const { next } = recordingNext()
    for (let n = 0; n < 5; n++) {
      const problem = await problemBy(() => stage(next)(from('192.0.2.1', apiKey('a,b'))))
      expect(problem.code).toBe('multiple_credentials')
    }
  })
})

describe('a key that was not minted here', () => {
  const untagged = { prefix: 'xq_', limit: 100, acceptUntagged: true }
  const limits = { addressLimits: { unauthenticated: '1/60s' } }

  /** A key with a random ending in place of our tag. */
  async function imported() {
    const key = `xq_${randomHex(32)}`
    const { id } = await seedKey(account)
    const update = env.DB.prepare('update api_keys set hash = ? where id = ?')
    await update.bind(await sha256Hex(key), Number(id)).run()
    return { headers: apiKey(key), caller: { kind: 'api_key', accountId: account, keyId: id } }
  }

  it('is taken only where the config says so', async () => {
    const { headers, caller } = await imported()
    const { next } = recordingNext()
    const problem = await problemBy(() => stageOf().stage(next)(callOf('/api/v1/a', { headers })))
    expect(problem.reason).toBe('api_key_not_ours')
    const call = callOf('/api/v1/a', { headers })
    await stageOf({ apiKeys: untagged }).stage(next)(call)
    expect(call.caller).toEqual(caller)
  })

  it('is not looked up for an address with many refusals, unless the key is known', async () => {
    const { stage } = stageOf({ apiKeys: untagged, ...limits })
    const [known, unknown] = [await imported(), await imported()]
    const { next, seen } = recordingNext()
    await stage(next)(callOf('/api/v1/a', { headers: known.headers }))
    const guess = { headers: apiKey(`xq_${randomHex(32)}`) }
    const guessed = await problemBy(() => stage(next)(callOf('/api/v1/a', guess)))
    expect(guessed.reason).toBe('api_key_not_valid')
    const late = callOf('/api/v1/a', { headers: unknown.headers })
    expect((await problemBy(() => stage(next)(late))).code).toBe('rate_limit_exceeded')
    await stage(next)(callOf('/api/v1/a', { headers: known.headers }))
    expect(seen).toHaveLength(2)
  })
})
