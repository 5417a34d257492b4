/** A key in the query is refused on every path, and goes neither to an origin nor into the log. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { OWN_PATHS } from '../../../src/config/ownPaths.ts'
import {
  clientOf,
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
} from '../../support/worker/seed.ts'

const origin = recordingOrigin()
const gateway = { ...shippedGateway(unlimited), unauthenticatedLimits: [], unpaidLimits: [] }
const { call } = clientOf(gateway, { ORIGIN: origin.binding })
const accountId = await seedAccount()
const { key } = await seedKey(accountId)

const session = await seedSession(accountId)

const lines: string[] = []
beforeEach(() => {
  origin.seen.length = 0
  lines.length = 0
  for (const level of ['info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((line) => void lines.push(String(line)))
})
afterEach(() => vi.restoreAllMocks())

async function expectRefused(response: Response) {
  expect(response.status).toBe(401)
  const text = await response.text()
  const headers = JSON.stringify([...response.headers])
  for (const said of [text, headers, ...lines]) expect(said).not.toContain(key.slice(8))
  expect(origin.seen).toEqual([])
  return { text, challenge: response.headers.get('www-authenticate') ?? '' }
}

const samplePath = (segments: readonly string[]) =>
  `/${segments.map((s) => (s.startsWith(':') ? '42' : s === '*' ? 'a/b' : s)).join('/')}`

describe('whatever else is presented', () => {
  const presented: Record<string, Record<string, string>> = {
    nothing: {},
    'a good key': apiKey(key),
    'a good key as a bearer': bearer(key),
    'a good session': cookie(session),
    'a payment': { authorization: 'Payment abc' },
  }

  it.each(Object.keys(presented))('%s: no route takes the call', async (what) => {
    const headers = presented[what] ?? {}
    for (const route of gateway.routes) {
      const path = samplePath(route.segments)
      for (const query of [`?q=1&api_key=${key}`, `?other=%78${key.slice(1)}`]) {
        const method = route.methods[0] ?? 'GET'
        const answer = await call(path + query, { method, headers })
        const { text, challenge } = await expectRefused(answer)
        expect(text).toContain('x-api-key')
        expect(challenge).not.toMatch(/Payment|error=|resource_metadata/)
      }
    }
  })
})

it.each([...Object.values(OWN_PATHS), '/', '/nothing'])('%s refuses it too', async (path) => {
  const { text } = await expectRefused(await call(`${path}?x-api-key=${key}`))
  expect(JSON.parse(text)).toMatchObject({ error: 'unauthenticated' })
})

it('the log has the name of the parameter, and of no name that may hold a key', async () => {
  // A new isolate, because refusals are sampled.
  const { call: ask } = clientOf(gateway)
  await ask(`/api/v1/radar?q=1&api_key=${key}`, { headers: apiKey(key) })
  expect(lines.join()).toContain('key_in_query')
  expect(lines.join()).toContain('api_key')
  await expectRefused(await ask(`/api/v1/trends?${key}=1`))
  expect(lines.join()).toContain('of another name')
})

it('a query without a key passes unchanged', async () => {
  const query = '?q=xq_%20a&key=b;c&api_key=other&%zz'
  expect((await call(`/api/v1/radar${query}`, { headers: apiKey(key) })).status).toBe(200)
  expect(origin.seen[0]?.url.search).toBe(query)
})

it('counts as a refusal of the address', async () => {
  const limits = [{ name: 'unauthenticated', count: 2, windowMs: 60_000 }]
  const limited = clientOf({ ...gateway, unauthenticatedLimits: limits })
  const statuses = []
  for (let i = 0; i < 3; i++) statuses.push((await limited.call(`/api/v1/radar?key=${key}`)).status)
  expect(statuses).toEqual([401, 401, 429])
})
