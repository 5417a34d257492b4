/** The memory of `authenticate` in one isolate: warm credentials, refusals, uses. */
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import { randomHex, sha256Hex } from '../../../src/lib/bytes.ts'
import { json } from '../../../src/pipeline/answer.ts'
import { authenticate } from '../../../src/stages/authenticate.ts'
import type { Env } from '../../../src/store/env.ts'
import { createIsolate } from '../../../src/store/isolate.ts'
import {
  callOf,
  failingNext,
  problemBy,
  putOffBy,
  recordingNext,
  routeOf,
  settled,
  thrownBy,
} from '../../support/worker/calls.ts'
import { env } from '../../support/worker/gateway.ts'
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

/** An isolate that records no uses. */
const NO_RECORDS = { usage: { record: () => undefined }, grants: { recordUse: () => undefined } }

const account = await seedAccount()
const AUDIENCES = { audiences: 'https://gateway.test/api/v1' }

/** A new credential of each kind: its headers, its hash, and how it ends in an isolate. */
const KINDS = {
  async api_key() {
    const { key, hash, id } = await seedKey(account)
    const end = ({ apiKeys }: Isolate) => apiKeys.revoke(env, account, id)
    return { headers: apiKey(key), hash, end }
  },
  async session() {
    const token = await seedSession(account)
    const hash = await sha256Hex(token)
    return {
      headers: cookie(token),
      hash,
      end: ({ sessions }: Isolate) => sessions.end(env, [hash]),
    }
  },
  async oauth() {
    const { token, grantId } = await seedToken(account, AUDIENCES)
    const end = ({ tokens }: Isolate) => tokens.endFamily(env, grantId)
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
    const { stage } = stageOf({}, NO_RECORDS)
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

describe('a use', () => {
  const usesOf = (hash: string) =>
    env.DB.prepare('select requests, last_used_at from api_keys where hash = ?')
      .bind(hash)
      .first<{ requests: number; last_used_at: number | null }>()

  it.each(['at once', 'later'] as const)(
    'of a key is noted after the rest of the pipeline, also if that fails %s',
    async (when) => {
      const { stage } = stageOf()
      const { headers, hash } = await KINDS.api_key()
      let before: number | undefined
      const call = callOf('/api/v1/a', { headers })
      const error = new Error('no')
      const { next } = failingNext(error, when)
      const noting: typeof next = (given) => {
        before = putOffBy(given)
        return next(given)
      }
      expect(await thrownBy(() => stage(noting)(call))).toBe(error)
      // The read of a cold key goes on without its caller, too.
      expect([before, putOffBy(call)]).toEqual([1, 2])
      await settled(call)
      expect(await usesOf(hash)).toEqual({ requests: 1, last_used_at: expect.any(Number) })
    },
  )

  it('of a grant is noted, and of a session nothing is', async () => {
    const { stage } = stageOf()
    const { next } = recordingNext()
    const noted = callOf('/api/v1/a', { headers: (await KINDS.oauth()).headers })
    await stage(next)(noted)
    await settled(noted)
    const grantId = noted.caller?.kind === 'oauth' ? noted.caller.grantId : ''
    const grant = env.DB.prepare('select last_used_at from oauth_grants where id = ?')
    expect(await grant.bind(grantId).first('last_used_at')).toEqual(expect.any(Number))
    const other = callOf('/api/v1/a', { headers: (await KINDS.session()).headers })
    await stage(next)(other)
    expect(putOffBy(other), 'the read of a cold session, and nothing else').toBe(1)
  })

  it('of a key that was refused is none', async () => {
    const { headers, hash } = await KINDS.api_key()
    const config = parseConfig(sample({ routes: [{ ...ROUTE, auth: ['session'] }] }))
    const stage = authenticate(routeOf(config), config, createIsolate(config))
    const call = callOf('/api/v1/a', { headers })
    await problemBy(() => stage(recordingNext().next)(call))
    expect(putOffBy(call)).toBe(0)
    expect(await usesOf(hash)).toMatchObject({ requests: 0 })
  })
})
