/** `lease` and `stretch` of the config, through the whole gateway. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Config } from '../../../src/config/config.ts'
import {
  clientOf,
  env,
  recordingOrigin,
  shippedGateway,
  unlimited,
} from '../../support/worker/gateway.ts'
import {
  apiKey,
  bearer,
  cookie,
  seedAccount,
  seedKey,
  seedSession,
  seedToken,
} from '../../support/worker/seed.ts'
import { broken, recordingStores } from '../../support/worker/storeBindings.ts'

const READS = '/api/v1/radar'

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: Date.now() }))
afterEach(() => vi.useRealTimers())

/** A gateway with these times, whose D1 and KV can be switched off; `asked` counts their calls. */
function isolateWith(times: Pick<Config, 'leaseMs'> | Pick<Config, 'stretchMs'>) {
  const config = { ...shippedGateway(unlimited), ...times, unauthenticatedLimits: [] }
  const origin = recordingOrigin()
  const { bindings, calls } = recordingStores(env)
  const state = { isDown: false }
  const switched = (name: string) =>
    new Proxy(bindings[name] as object, {
      get: (store, method) => Reflect.get(state.isDown ? broken<object>('fails') : store, method),
    })
  const stores = { DB: switched('DB'), SESSIONS: switched('SESSIONS') }
  const { call, settled } = clientOf(config, { ...stores, ORIGIN: origin.binding })
  const status = async (headers: Record<string, string>) => {
    const answer = await call(READS, { headers })
    await answer.arrayBuffer()
    return answer.status
  }
  return { status, settled, state, calls, seen: origin.seen }
}

/** A new account's headers by the kind of its credential. */
const KINDS: Record<string, () => Promise<Record<string, string>>> = {
  key: async () => apiKey((await seedKey(await seedAccount())).key),
  session: async () => cookie(await seedSession(await seedAccount())),
  token: async () => bearer((await seedToken(await seedAccount())).token),
}

describe.each(Object.entries(KINDS))('a %s', (_kind, make) => {
  it('without a lease is asked for by each request, and lets nobody in while D1 is down', async () => {
    const { status, settled, state, calls, seen } = isolateWith({ leaseMs: 0 })
    const headers = await make()
    for (let n = 0; n < 3; n++) {
      calls.length = 0
      expect(await status(headers)).toBe(200)
      expect(calls.length, `call ${n}`).toBeGreaterThan(0)
      await settled()
    }
    state.isDown = true
    expect(await status(headers)).toBe(503)
    state.isDown = false
    expect(await status(headers)).toBe(200)
    expect(seen).toHaveLength(4)
  })

  it('is trusted while D1 is down for its lease and its stretch, and not a moment longer', async () => {
    const { status, settled, state, seen } = isolateWith({ stretchMs: 60_000 })
    const [headers, other] = [await make(), await make()]
    const readAt = Date.now()
    expect(await status(headers)).toBe(200)
    await settled()
    state.isDown = true
    for (const afterMs of [4_999, 5_000, 30_000, 64_999]) {
      vi.setSystemTime(readAt + afterMs)
      expect(await status(headers), `after ${afterMs} ms`).toBe(200)
      await settled()
    }
    expect(await status(other), 'never read').toBe(503)
    vi.setSystemTime(readAt + 65_000)
    expect(await status(headers)).toBe(503)
    state.isDown = false
    expect(await status(headers)).toBe(200)
    expect(seen).toHaveLength(6)
  })
})

it('a stretch trusts no key that D1 says is revoked', async () => {
  const { status, settled } = isolateWith({ stretchMs: 60_000 })
  const { key, id } = await seedKey(await seedAccount())
  expect(await status(apiKey(key))).toBe(200)
  await settled()
  // By hand, so that no isolate is told.
  await env.DB.prepare('update api_keys set revoked_at = ? where id = ?').bind(Date.now(), id).run()
  vi.setSystemTime(Date.now() + 5_001)
  expect(await status(apiKey(key))).toBe(401)
})
