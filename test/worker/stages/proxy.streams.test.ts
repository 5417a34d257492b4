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

/** An endless stream with an event every 20 ms, or with a line below `/events/lines`. */
function events({ url }: Request): Response {
  const [text, type] = url.endsWith('/lines')
    ? ['{"n":1}\n', 'application/x-ndjson']
    : ['data: 1\n\n', 'text/event-stream']
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await scheduler.wait(20)
      controller.enqueue(new TextEncoder().encode(text))
    },
  })
  return new Response(body, { headers: { 'content-type': type } })
}

const gateway = { ...shippedGateway(unlimited), leaseMs: 1_000 }
const isolate = (bindings: Record<string, unknown> = {}) =>
  clientOf(gateway, { ORIGIN: recordingOrigin(events).binding, ...bindings })

/** Opens a stream of events and a stream of lines with the same credential. */
const bothStreams = (headers: Record<string, string>) => {
  const { call } = isolate()
  return Promise.all(['1', 'lines'].map((name) => call(`/api/v1/events/${name}`, { headers })))
}

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

it('streams of events and of lines are broken off when their key is revoked in another isolate', async () => {
  const accountId = await seedAccount()
  const { key, id } = await seedKey(accountId)
  const streams = await bothStreams(apiKey(key))
  const headers = cookie(await seedSession(accountId))
  await isolate().call(`/api/v1/api-keys/${id}`, { method: 'DELETE', headers })
  await Promise.all(streams.map(untilBroken))
})

it('streams of events and of lines are broken off when their session is signed out in another isolate', async () => {
  const headers = cookie(await seedSession(await seedAccount()))
  const streams = await bothStreams(headers)
  await isolate().call('/sign-out', { method: 'POST', headers })
  await Promise.all(streams.map(untilBroken))
})

it('streams of events and of lines are broken off when the grant of their token is ended in another isolate', async () => {
  const accountId = await seedAccount()
  const { token, grantId } = await seedToken(accountId)
  const streams = await bothStreams(bearer(token))
  const headers = cookie(await seedSession(accountId))
  const path = `/api/v1/oauth/grants/${grantId}`
  expect((await isolate().call(path, { method: 'DELETE', headers })).status).toBe(200)
  await Promise.all(streams.map(untilBroken))
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
