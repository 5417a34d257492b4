/** Open streams end when another isolate revokes their credential, or when a store is silent. */
import { expect, it } from 'vitest'
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
import { broken } from '../../support/worker/storeBindings.ts'

/** An endless stream with an event every 20 ms. */
function events(): Response {
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await scheduler.wait(20)
      controller.enqueue(new TextEncoder().encode('data: 1\n\n'))
    },
  })
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
}

const gateway = { ...shippedGateway(unlimited), leaseMs: 1_000 }
const isolate = (bindings: Record<string, unknown> = {}) =>
  clientOf(gateway, { ORIGIN: recordingOrigin(events).binding, ...bindings })

/** Reads until the stream is broken off; if it lives on, the test runs into its time limit. */
async function untilBroken(response: Response): Promise<void> {
  expect(response.status).toBe(200)
  const reader = response.body?.getReader()
  expect((await reader?.read())?.done).toBe(false)
  const read = async () => {
    while (reader && !(await reader.read()).done);
  }
  await read().catch(() => undefined)
}

it('a stream is broken off when its key is revoked in another isolate', async () => {
  const accountId = await seedAccount()
  const { key, id } = await seedKey(accountId)
  const stream = await isolate().call('/api/v1/events/1', { headers: apiKey(key) })
  const headers = cookie(await seedSession(accountId))
  await isolate().call(`/api/v1/api-keys/${id}`, { method: 'DELETE', headers })
  await untilBroken(stream)
})

it('a stream is broken off when its session is signed out in another isolate', async () => {
  const headers = cookie(await seedSession(await seedAccount()))
  const stream = await isolate().call('/api/v1/events/1', { headers })
  await isolate().call('/sign-out', { method: 'POST', headers })
  await untilBroken(stream)
})

it('a stream is broken off when the grant of its token is ended in another isolate', async () => {
  const accountId = await seedAccount()
  const { token, grantId } = await seedToken(accountId)
  const stream = await isolate().call('/api/v1/events/1', { headers: bearer(token) })
  const headers = cookie(await seedSession(accountId))
  const path = `/api/v1/oauth/grants/${grantId}`
  expect((await isolate().call(path, { method: 'DELETE', headers })).status).toBe(200)
  await untilBroken(stream)
})

/** The stores of a gateway, of which D1 ends to answer when `state.isSilent` is set. */
function silentStores(how: 'fails' | 'hangs') {
  const state = { isSilent: false }
  const dead = broken<D1Database>(how)
  const DB = new Proxy(env.DB, {
    get(target, name) {
      const database = state.isSilent ? dead : target
      const value: unknown = Reflect.get(database, name)
      return typeof value === 'function' ? value.bind(database) : value
    },
  })
  return { state, DB }
}

it.each(['fails', 'hangs'] as const)(
  'a stream is broken off at the end of its lease when D1 %s, and the object of the account too',
  async (how) => {
    const { key } = await seedKey(await seedAccount())
    const { state, DB } = silentStores(how)
    const stub = { fetch: () => (how === 'fails' ? Promise.reject() : new Promise(() => {})) }
    const ACCOUNTS = { getByName: () => stub }
    const stream = await isolate({ DB, ACCOUNTS }).call('/api/v1/events/1', {
      headers: apiKey(key),
    })
    state.isSilent = true
    await untilBroken(stream)
  },
)

it.each(['fails', 'hangs'] as const)(
  'a stream whose object tells of all changes goes on when D1 %s, until its key is revoked',
  async (how) => {
    const accountId = await seedAccount()
    const { key, id } = await seedKey(accountId)
    const { state, DB } = silentStores(how)
    const stream = await isolate({ DB }).call('/api/v1/events/1', { headers: apiKey(key) })
    state.isSilent = true
    const reader = stream.body?.getReader()
    for (const until = Date.now() + 2_500; Date.now() < until; )
      expect((await reader?.read())?.done).toBe(false)
    const headers = cookie(await seedSession(accountId))
    const path = `/api/v1/api-keys/${id}`
    expect((await isolate().call(path, { method: 'DELETE', headers })).status).toBe(200)
    const read = async () => {
      while (reader && !(await reader.read()).done);
    }
    await read().catch(() => undefined)
  },
)
