/** The usage of accounts and payers: who has called what, and how it ended. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import type { Caller } from '../../../src/credentials/caller.ts'
import { Problem } from '../../../src/http/problem.ts'
import { json } from '../../../src/pipeline/answer.ts'
import { countUse } from '../../../src/stages/countUse.ts'
import { createIsolate } from '../../../src/store/isolate.ts'
import {
  callOf,
  envWith,
  failingNext,
  problemBy,
  putOffBy,
  recordingNext,
  routeOf,
  settled,
  thrownBy,
} from '../../support/worker/calls.ts'
import { env } from '../../support/worker/gateway.ts'
import { ROUTE, sample } from '../../support/worker/sampleConfig.ts'
import { seedAccount, seedKey, seedToken } from '../../support/worker/seed.ts'
import { usageOf } from '../../support/worker/usage.ts'

const NOW = Date.UTC(2026, 10, 27, 18, 59, 59, 900)
const HOUR = Math.floor(NOW / 3_600_000)

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: NOW }))
afterEach(() => void vi.useRealTimers())

/** The stage of one route, in a new isolate. */
function stageOf() {
  const config = parseConfig(sample({ routes: [{ ...ROUTE, route: 'GET /a' }] }))
  return countUse(routeOf(config), createIsolate(config))
}

const used = (credential: string, status: string, requests = 1, hour = HOUR) => {
  return { hour, credential, route: 'GET /a', status, requests }
}

const keyOf = (accountId: string, keyId = '7'): Caller => ({ kind: 'api_key', accountId, keyId })

describe('a use', () => {
  it.each([
    [101, '1xx'],
    [200, '2xx'],
    [304, '3xx'],
    [404, '4xx'],
    [429, '429'],
    [502, '5xx'],
  ])('that is answered with %i counts as %s', async (status, expected) => {
    const accountId = await seedAccount()
    const call = callOf('/api/v1/a', {}, { caller: keyOf(accountId) })
    await stageOf()(recordingNext(() => json({}, status)).next)(call)
    await settled(call)
    expect(await usageOf(accountId)).toEqual([used('key 7', expected)])
  })

  it.each(['at once', 'later'] as const)(
    'that fails %s counts with the status of its failure, and fails as before',
    async (when) => {
      const accountId = await seedAccount()
      const stage = stageOf()
      const refused = callOf('/api/v1/a', {}, { caller: keyOf(accountId) })
      const problem = new Problem('rate_limit_exceeded')
      expect(await problemBy(() => stage(failingNext(problem, when).next)(refused))).toBe(problem)
      const broken = callOf('/api/v1/a', {}, { caller: keyOf(accountId) })
      const error = new Error('no')
      expect(await thrownBy(() => stage(failingNext(error, when).next)(broken))).toBe(error)
      await settled(refused)
      await settled(broken)
      expect(await usageOf(accountId)).toEqual([used('key 7', '429'), used('key 7', '5xx')])
    },
  )

  it('is put off until the answer is there', async () => {
    const call = callOf('/api/v1/a', {}, { caller: keyOf(await seedAccount()) })
    let before: number | undefined
    const { next } = recordingNext((given) => {
      before = putOffBy(given)
      return json({})
    })
    await stageOf()(next)(call)
    expect([before, putOffBy(call)]).toEqual([0, 1])
  })

  it('is told by credential, and by the hour in which it ended', async () => {
    const accountId = await seedAccount()
    const stage = stageOf()
    const callers: Caller[] = [
      keyOf(accountId, '7'),
      keyOf(accountId, '8'),
      { kind: 'oauth', accountId, clientId: 'c', grantId: 'grt_1', scope: 'api' },
      { kind: 'session', accountId, sessionId: 'ses_1' },
      keyOf(accountId, '7'),
    ]
    for (const caller of callers) {
      const call = callOf('/api/v1/a', {}, { caller })
      await stage(recordingNext().next)(call)
      await settled(call)
    }
    vi.setSystemTime(NOW + 200)
    const later = callOf('/api/v1/a', {}, { caller: keyOf(accountId) })
    await stage(recordingNext().next)(later)
    await settled(later)
    expect(await usageOf(accountId)).toEqual([
      used('grant grt_1', '2xx'),
      used('key 7', '2xx', 2),
      used('key 8', '2xx'),
      used('session', '2xx'),
      used('key 7', '2xx', 1, HOUR + 1),
    ])
  })

  it('by a payer is the payer’s, and is the one that the paywall found', async () => {
    const payer = `0x${crypto.randomUUID().replaceAll('-', '')}00000000`
    const call = callOf('/api/v1/a', {}, { caller: { kind: 'anonymous' } })
    const { next } = recordingNext((given) => {
      const paid = { payer, challengeId: 'c', amount: '1', currency: '0x1', moved: true }
      given.caller = { kind: 'payment', ...paid }
      return json({})
    })
    await stageOf()(next)(call)
    await settled(call)
    expect(await usageOf(payer)).toEqual([used('payment', '2xx')])
  })

  it('by nobody, and by a credential that was refused, is none', async () => {
    for (const setup of [{ caller: { kind: 'anonymous' as const } }, {}]) {
      const call = callOf('/api/v1/a', {}, setup)
      await stageOf()(recordingNext().next)(call)
      expect(putOffBy(call)).toBe(0)
    }
  })

  it('is the last use of its key and of its grant, and of no other account’s', async () => {
    const accountId = await seedAccount()
    const mine = await seedKey(accountId)
    const { grantId } = await seedToken(accountId)
    const other = await seedKey(await seedAccount())
    const stage = stageOf()
    const callers: Caller[] = [
      keyOf(accountId, mine.id),
      keyOf(accountId, mine.id),
      keyOf(accountId, other.id),
      { kind: 'oauth', accountId, clientId: 'c', grantId, scope: 'api' },
    ]
    for (const caller of callers) {
      const call = callOf('/api/v1/a', {}, { caller })
      await stage(recordingNext().next)(call)
      await settled(call)
    }
    await usageOf(accountId)
    const key = env.DB.prepare('select requests, last_used_at from api_keys where id = ?')
    expect(await key.bind(mine.id).first()).toEqual({ requests: 2, last_used_at: NOW })
    expect(await key.bind(other.id).first()).toEqual({ requests: 0, last_used_at: null })
    const grant = env.DB.prepare('select last_used_at from oauth_grants where id = ?')
    expect(await grant.bind(grantId).first('last_used_at')).toBe(NOW)
  })

  it('is a data point where a dataset is bound', async () => {
    const points: unknown[] = []
    const REQUESTS = { writeDataPoint: (point: unknown) => void points.push(point) }
    const accountId = await seedAccount()
    const setup = { caller: keyOf(accountId), env: envWith({ REQUESTS }) }
    await stageOf()(recordingNext(() => json({}, 404)).next)(callOf('/api/v1/a', {}, setup))
    expect(points).toEqual([
      { indexes: [accountId], blobs: ['key 7', 'GET /a', '4xx'], doubles: [1, 0] },
    ])
  })
})
