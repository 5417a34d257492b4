/**
 * Four Workers of one gateway, which share D1, KV and the objects of accounts and nothing else, as
 * isolates do: limits, revocation and usage, with the shipped config.
 */
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEMO_EMAIL } from '../../dev/owner.ts'
import { mintSecret } from '../../src/credentials/minted.ts'
import { hmacKey, randomHex } from '../../src/lib/bytes.ts'
import { DASHBOARD_PATHS } from '../../src/pages/dashboard/paths.ts'
import { startWorkers } from '../support/node/workers.ts'

const LEASE_MS = 5_000

let workers: Awaited<ReturnType<typeof startWorkers>>
let originSaw = 0
const origin = createServer((request, response) => {
  originSaw += 1
  request.resume()
  if (request.url?.includes('stream') === true)
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
  else response.setHeader('content-type', 'application/json').end('{}')
})

beforeAll(async () => {
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
  const address = origin.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  workers = await startWorkers(`http://127.0.0.1:${port}`, 'http://127.0.0.1:1', undefined, {
    hasLimits: true,
    gateways: 4,
  })
})

afterAll(async () => {
  await workers?.end()
  origin.close()
})

/** A new account with a session and a key, and calls of a gateway with the key. */
async function newAccount(email: string) {
  const session = { cookie: `session_token=${await workers.signIn(email)}` }
  const path = '/api/v1/api-keys'
  const made = await fetch(workers.url + path, { method: 'POST', headers: session })
  expect(made.status).toBe(201)
  const { id, fullKey } = (await made.json()) as { id: string; fullKey: string }
  const call = async (gateway: string, path: string, method = 'GET') => {
    const headers = { 'x-api-key': fullKey }
    const answer = await fetch(gateway + path, { method, headers })
    await answer.arrayBuffer()
    return answer.status
  }
  const revoke = () => fetch(`${workers.url}${path}/${id}`, { method: 'DELETE', headers: session })
  return { id, session, fullKey, call, revoke }
}

const times = (statuses: readonly number[], status: number) =>
  statuses.filter((one) => one === status).length

/** Asks each gateway so often, all at once. */
function offer(call: (gateway: string) => Promise<number>, count: number): Promise<number[]> {
  const calls = Array.from({ length: count }, () => workers.urls.map(call)).flat()
  return Promise.all(calls)
}

describe('four times the limit, offered to four Workers', () => {
  it('a strict limit lets exactly its count through', async () => {
    const { call } = await newAccount('strict@example.com')
    originSaw = 0
    const statuses = await offer((gateway) => call(gateway, '/api/v1/monitors', 'DELETE'), 15)
    expect([times(statuses, 200), times(statuses, 429)]).toEqual([15, 45])
    expect(originSaw).toBe(15)
  })

  it('a fast limit lets through at most its count for each', async () => {
    const { call } = await newAccount('fast@example.com')
    const read = (gateway: string) => call(gateway, '/api/v1/x/tweets/1', 'GET')
    originSaw = 0
    const statuses = await offer(read, 10)
    const passed = times(statuses, 200)
    console.log(`read, 10 in 1 s: ${passed} of ${statuses.length} let through at once`)
    expect(originSaw).toBe(passed)
    expect(passed).toBeGreaterThanOrEqual(10)
    expect(times(statuses, 429)).toBe(statuses.length - passed)
  })
})

/** A credential of a new account, and the request to the first Worker that ends it. */
interface Ended {
  headers: Record<string, string>
  path: string
  end: () => Promise<Response>
}

const OWN_FORM = {
  'content-type': 'application/x-www-form-urlencoded',
  'sec-fetch-site': 'same-origin',
}
const READS = '/api/v1/radar'

const post = (path: string, headers: Record<string, string>, fields: Record<string, string> = {}) =>
  fetch(workers.url + path, {
    method: 'POST',
    headers: { ...OWN_FORM, ...headers },
    body: new URLSearchParams(fields).toString(),
    redirect: 'manual',
  })

/** Gives an account's client an access token. */
async function newToken(accountId: string) {
  const { value: token, hash } = await mintSecret('access_token', [
    await hmacKey(workers.secrets.KEY_TAG_SECRET),
  ])
  const [grantId, resource, now] = [`grt_${randomHex(12)}`, `${workers.url}/mcp`, Date.now()]
  const grant = workers.database.prepare(
    `insert into oauth_grants
       (id, account_id, client_id, client_name, scope, resource, audiences, refreshes, created_at)
     values (?, ?, ?, 'Test', 'mcp:tools', ?, ?, 1, ?)`,
  )
  const audiences = `${resource} ${workers.url}/api/v1`
  await workers.database.batch([
    grant.bind(grantId, accountId, randomUUID(), resource, audiences, now),
    workers.database
      .prepare(
        "insert into oauth_tokens (hash, kind, grant_id, expires_at) values (?, 'access', ?, ?)",
      )
      .bind(hash, grantId, now + 86_400_000),
  ])
  return { token, grantId }
}

/** Ways to end a credential, by what is said of it. */
const ENDS: Record<string, (email: string) => Promise<Ended>> = {
  async 'a key that is revoked'(email) {
    const { fullKey, revoke } = await newAccount(email)
    return { headers: { 'x-api-key': fullKey }, path: READS, end: revoke }
  },
  async 'a session that is signed out'(email) {
    const { session } = await newAccount(email)
    return { headers: session, path: READS, end: () => post('/sign-out', session) }
  },
  async 'a session, when its person signs out everywhere'(email) {
    const { session } = await newAccount(email)
    const other = { cookie: `session_token=${await workers.signIn(email)}` }
    return { headers: session, path: READS, end: () => post(DASHBOARD_PATHS.endSessions, other) }
  },
  async 'a token whose grant is ended'(email) {
    const { session } = await newAccount(email)
    const { token, grantId } = await newToken(await workers.accountOf(email))
    const path = `${workers.url}/api/v1/oauth/grants/${grantId}`
    const end = () => fetch(path, { method: 'DELETE', headers: session })
    return { headers: { authorization: `Bearer ${token}` }, path: READS, end }
  },
  async 'a key whose account is disabled'(email) {
    const { fullKey } = await newAccount(email)
    const id = await workers.accountOf(email)
    const owner = { cookie: `session_token=${await workers.signIn(DEMO_EMAIL)}` }
    const end = () => post(DASHBOARD_PATHS.disable, owner, { id })
    return { headers: { 'x-api-key': fullKey }, path: READS, end }
  },
  async 'a key whose account is deleted'(email) {
    const { fullKey, session } = await newAccount(email)
    const end = () => post(DASHBOARD_PATHS.deleteAccount, session, { email })
    return { headers: { 'x-api-key': fullKey }, path: READS, end }
  },
}

describe('what is ended through one Worker while the others are asked', () => {
  it.each(Object.entries(ENDS))(
    '%s: it is refused by all of them, and by none later than a lease after the answer',
    async (name, make) => {
      const delays: number[] = []
      for (let round = 0; round < 2; round++) {
        const { headers, path, end } = await make(
          `${name.replaceAll(/\W/g, '-')}${round}@example.com`,
        )
        let endedAt = Number.POSITIVE_INFINITY
        const hammer = async (gateway: string) => {
          let last = 0
          for (;;) {
            const startedAt = Date.now()
            const answer = await fetch(gateway + path, { headers })
            await answer.arrayBuffer()
            if (answer.status !== 401) {
              last = Date.now()
              expect(startedAt, 'a call after the end of every lease').toBeLessThan(
                endedAt + LEASE_MS,
              )
            } else if (startedAt > endedAt) break
          }
          delays.push(Math.max(0, last - endedAt))
        }
        const hammers = workers.urls.slice(1).map(hammer)
        const { status } = await end()
        endedAt = Date.now()
        expect(status).toBeLessThan(400)
        await Promise.all(hammers)
      }
      delays.sort((a, b) => a - b)
      console.log(`${name}: refused after ${delays.join(', ')} ms`)
      expect(delays).toHaveLength(6)
    },
  )
})

describe('open streams', () => {
  it('of two isolates end with their key, also when the one that watched has gone before', async () => {
    const { fullKey, call, revoke } = await newAccount('streams@example.com')
    const open = async (gateway: string | undefined) => {
      const headers = { 'x-api-key': fullKey }
      const { body } = await fetch(`${gateway}${READS}?stream=1`, { headers })
      const reader = body?.getReader()
      await reader?.read()
      return reader
    }
    const ended = async (reader: Awaited<ReturnType<typeof open>>) => {
      while ((await reader?.read())?.done === false);
    }
    const [, one, other] = workers.urls
    const watching = await open(one)
    const others = [await open(one), await open(other)]
    await watching?.cancel()
    let isRevoked = false
    const ends = others.map(async (reader) => {
      await ended(reader).catch(() => undefined)
      expect(isRevoked, 'open until its key is revoked').toBe(true)
    })
    for (const gateway of workers.urls) expect(await call(gateway, READS)).toBe(200)
    isRevoked = true
    expect((await revoke()).status).toBe(200)
    const revokedAt = Date.now()
    await Promise.all(ends)
    console.log(`two streams ended after ${Date.now() - revokedAt} ms`)
  })
})

describe('usage', () => {
  it('in D1 is request for request what the origin saw and what was refused', async () => {
    const { id, session, call } = await newAccount('usage@example.com')
    originSaw = 0
    const statuses: number[] = []
    for (let n = 0; n < 5; n++)
      statuses.push(...(await offer((gateway) => call(gateway, '/api/v1/radar'), 5)))
    const stored = async () => {
      // A list of keys has the usage written first.
      const path = `${workers.url}/api/v1/api-keys`
      await (await fetch(path, { headers: session })).arrayBuffer()
      const { results } = await workers.database
        .prepare(
          'select status, sum(requests) as n from usage where credential = ? group by status',
        )
        .bind(`key ${id}`)
        .all<{ status: string; n: number }>()
      return Object.fromEntries(results.map(({ status, n }) => [status, n]))
    }
    const expected = { '2xx': times(statuses, 200), '429': times(statuses, 429) }
    expect(expected['2xx']).toBe(originSaw)
    await expect.poll(stored, { timeout: 60_000, interval: 1_000 }).toEqual(expected)
  })
})
