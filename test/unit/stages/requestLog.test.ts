/** The request's line in the log: what it says, and which refusals get one. */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import type { Caller } from '../../../src/credentials/caller.ts'
import type { BodyEnd } from '../../../src/http/bodies/pump.ts'
import { Problem } from '../../../src/http/problem.ts'
import { json } from '../../../src/pipeline/answer.ts'
import type { Call } from '../../../src/pipeline/call.ts'
import { requestLog } from '../../../src/stages/requestLog.ts'
import {
  type CallSetup,
  callOf,
  failingNext,
  recordingNext,
  routeOf,
  settled,
  thrownBy,
} from '../../support/worker/calls.ts'
import { anyText, RUNS } from '../../support/worker/generators.ts'
import { withRoutes } from '../../support/worker/sampleConfig.ts'

const route = routeOf(parseConfig(withRoutes({ route: 'GET /a' })))
const KEY: Caller = { kind: 'api_key', accountId: 'acc_1', keyId: '7' }
const START = Date.UTC(2026, 1, 24)

const [logPage = ''] = Object.values(
  import.meta.glob('../../../docs/log.md', { query: '?raw', import: 'default', eager: true }),
)

const lines: [level: string, line: string][] = []
const parsed = () => lines.map(([, line]) => JSON.parse(line))

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START })
  lines.length = 0
  for (const level of ['info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((line: string) => void lines.push([level, line]))
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

/** Logs a call that is answered with a status, after `during`. */
function logged(
  stage: ReturnType<typeof requestLog>,
  status: number,
  setup: CallSetup = {},
  during: (call: Call) => void = () => undefined,
) {
  const answer = json({}, status)
  const { next } = recordingNext((call) => {
    during(call)
    return answer
  })
  expect(stage(next)(callOf('/api/v1/a?b=c', {}, setup))).toBe(answer)
}

const problemOf = (problem: Problem) => (call: Call) => {
  call.problem = problem
}

describe('a line', () => {
  it('says what was asked, by whom, and what became of it, and nothing of the query', () => {
    logged(requestLog(), 200, { route }, (call) => {
      call.caller = KEY
      call.originStatus = 200
      vi.setSystemTime(START + 12)
    })
    expect(lines.map(([level]) => level)).toEqual(['info'])
    expect(parsed()).toEqual([
      {
        time: '2026-02-24T00:00:00.012Z',
        level: 'info',
        event: 'request',
        requestId: expect.stringMatching(/^req_/),
        method: 'GET',
        route: 'GET /a',
        path: '/api/v1/a',
        status: 200,
        durationMs: 12,
        caller: 'api_key',
        accountId: 'acc_1',
        keyId: '7',
        originStatus: 200,
      },
    ])
  })

  it('of a call that was not even read says only what is known', () => {
    const target = { path: '', query: '' }
    logged(requestLog(), 200, { target })
    expect(Object.keys(parsed()[0]).sort()).toEqual(
      ['time', 'level', 'event', 'requestId', 'method', 'status', 'durationMs'].sort(),
    )
  })

  it('names the grant of a token', () => {
    const token = { kind: 'oauth', accountId: 'acc_1', clientId: 'c', scope: 's' } as const
    logged(requestLog(), 200, { caller: { ...token, grantId: 'grt_1' } })
    expect(parsed()[0]).toMatchObject({ caller: 'oauth', accountId: 'acc_1', grantId: 'grt_1' })
  })

  it('says why a call failed, with the innermost cause, and a failure of ours is an error', () => {
    const cause = new Error('outer', { cause: new TypeError('inner') })
    const problem = new Problem('service_unavailable', { cause })
    logged(requestLog(), 503, {}, problemOf(problem))
    expect(lines[0]?.[0]).toBe('error')
    expect(parsed()[0]).toMatchObject({
      level: 'error',
      problem: 'service_unavailable',
      cause: 'TypeError: inner',
    })
    expect(parsed()[0]).not.toHaveProperty('reason')
  })

  it('has the reason of a refusal, which no answer has', () => {
    const problem = new Problem('unauthenticated', { reason: 'api_key_not_ours' })
    logged(requestLog(), 401, {}, problemOf(problem))
    expect(parsed()[0]).toMatchObject({ problem: 'unauthenticated', reason: 'api_key_not_ours' })
  })

  it('is one line of JSON without a secret, whatever comes from outside', () => {
    const secret = `xq_${'0a'.repeat(32)}`
    const stage = requestLog()
    fc.assert(
      fc.property(anyText, anyText, (path, sentence) => {
        lines.length = 0
        const target = { path: `/${path}/${secret}`, query: '' }
        const problem = new Problem('internal_error', { cause: new Error(`${sentence} ${secret}`) })
        logged(stage, 500, { target }, problemOf(problem))
        expect(lines.map(([level]) => level)).toEqual(['error'])
        expect(lines[0]?.[1]).not.toMatch(/[\r\n]|(?:0a){32}/)
        expect(parsed()[0]).toMatchObject({ status: 500, problem: 'internal_error' })
      }),
      RUNS,
    )
  })
})

describe('the stage', () => {
  it('writes once the answer is there, and changes nothing of it', async () => {
    const answer = Promise.withResolvers<ReturnType<typeof json>>()
    const { next, seen } = recordingNext(() => answer.promise)
    const call = callOf('/api/v1/a')
    const logging = requestLog()(next)(call)
    expect([seen, lines]).toEqual([[call], []])
    const given = json({})
    answer.resolve(given)
    expect(await logging).toBe(given)
    expect(lines).toHaveLength(1)
  })

  it.each(['at once', 'later'] as const)('lets a failure pass, %s', async (when) => {
    const error = new Error('no')
    const { next, seen } = failingNext(error, when)
    expect(await thrownBy(() => requestLog()(next)(callOf('/a')))).toBe(error)
    expect(seen).toHaveLength(1)
  })
})

const tried = (call: Call) => {
  call.isPaymentTried = true
}

describe('refusals of strangers', () => {
  const counts = () => parsed().map(({ count }) => count)

  it('get one line of a kind and second, with how many it stands for', () => {
    const stage = requestLog()
    for (let n = 0; n < 5; n++) logged(stage, 401)
    vi.setSystemTime(START + 999)
    logged(stage, 401)
    expect(counts()).toEqual([undefined])
    vi.setSystemTime(START + 1_000)
    logged(stage, 401)
    expect(counts()).toEqual([undefined, 6])
    logged(stage, 401)
    vi.setSystemTime(START + 2_000)
    logged(stage, 401)
    expect(counts()).toEqual([undefined, 6, 2])
  })

  it('are told apart by status, route, problem and reason', () => {
    const stage = requestLog()
    const refusal = (reason: 'no_credential' | 'unknown_scheme') =>
      problemOf(new Problem('unauthenticated', { reason }))
    for (let n = 0; n < 2; n++) {
      logged(stage, 404)
      logged(stage, 401)
      logged(stage, 401, { route })
      logged(stage, 401, {}, refusal('no_credential'))
      logged(stage, 401, {}, refusal('unknown_scheme'))
      logged(stage, 401, {}, problemOf(new Problem('unauthenticated')))
    }
    expect(lines).toHaveLength(6)
  })

  it('are of one kind whether or not authenticate ran', () => {
    const stage = requestLog()
    logged(stage, 402)
    logged(stage, 402, { caller: { kind: 'anonymous' } })
    expect(lines).toHaveLength(1)
  })

  it.each<[what: string, status: number, setup: CallSetup, change?: (call: Call) => void]>([
    ['a caller who is known', 403, { caller: KEY }],
    ['a payment that may have moved', 503, { payment: 'abc' }, tried],
    ['an answer of a route', 200, { route }],
    ['a redirect of a route', 302, { route }],
    ['a failure of ours', 500, {}],
  ])('are not %s: each of those has its line', (_what, status, setup, change) => {
    const stage = requestLog()
    for (let n = 0; n < 3; n++) logged(stage, status, setup, change)
    expect(counts()).toEqual([undefined, undefined, undefined])
  })

  it('are told apart by why a payment was refused, and say it', () => {
    const stage = requestLog()
    for (const reason of ['payment-expired', 'payment-expired', 'invalid-challenge'])
      logged(stage, 402, { route, payment: 'abc' }, (call) => {
        tried(call)
        call.challenged = { problem: 'payment_invalid', reason }
      })
    expect(parsed().map(({ problem, reason }) => [problem, reason])).toEqual([
      ['payment_invalid', 'payment-expired'],
      ['payment_invalid', 'invalid-challenge'],
    ])
  })

  it('are also those for which a part of the gateway does not answer', () => {
    const stage = requestLog()
    for (let n = 0; n < 3; n++) logged(stage, 503)
    expect(lines.map(([level]) => level)).toEqual(['error'])
  })

  it('are counted by each gateway for itself', () => {
    logged(requestLog(), 401)
    logged(requestLog(), 401)
    expect(lines).toHaveLength(2)
  })
})

describe("reads of the gateway's own pages and documents by anybody", () => {
  const own = (path: string, method = 'GET') => callOf(path, { method })
  function answered(stage: ReturnType<typeof requestLog>, call: Call, status = 200) {
    stage(() => json({}, status))(call)
  }

  it('get one line of a page, method, status and second, however many paths are below it', () => {
    const stage = requestLog()
    for (const n of [1, 2]) {
      answered(stage, own('/openapi.json'))
      answered(stage, own('/openapi.json', 'HEAD'))
      answered(stage, own(`/dashboard/${n}`), 302)
      answered(stage, own(`/${n}`, 'OPTIONS'), 204)
    }
    expect(parsed().map(({ path }) => path)).toEqual([
      '/openapi.json',
      '/openapi.json',
      '/dashboard/1',
      '/1',
    ])
  })

  it('are not a write, unless the endpoint says that nothing has changed', () => {
    const stage = requestLog()
    for (let n = 0; n < 3; n++) answered(stage, own('/sign-out', 'POST'))
    expect(lines).toHaveLength(3)
    for (let n = 0; n < 3; n++) {
      const call = own('/sign-out', 'POST')
      call.hasChangedNothing = true
      answered(stage, call)
    }
    expect(lines).toHaveLength(4)
  })

  it('are not those of a person who is signed in', () => {
    const stage = requestLog()
    for (let n = 0; n < 3; n++) {
      const call = own('/dashboard')
      call.caller = { kind: 'session', accountId: 'acc_1', sessionId: 's' }
      answered(stage, call)
    }
    expect(lines).toHaveLength(3)
  })
})

describe('the end of an answer', () => {
  const ANSWER = json({})

  /** Logs a call whose answer is open; resolves when it has ended so. */
  async function openUntil(end: BodyEnd, body: BodyInit | null = ANSWER.body): Promise<void> {
    const ended = Promise.withResolvers<BodyEnd>()
    const { next } = recordingNext((call) => {
      call.open = { body, ended: ended.promise }
      return ANSWER
    })
    const call = callOf('/a', {}, { route, caller: KEY })
    expect(requestLog()(next)(call)).toBe(ANSWER)
    if (body === ANSWER.body) expect(lines).toEqual([])
    ended.resolve(end)
    await ended.promise
    await Promise.resolve()
  }

  it.each<[end: BodyEnd, endedBy: string, reason: string]>([
    ['sender', 'origin', 'broken_off'],
    ['silent', 'origin', 'silent'],
    ['receiver', 'client', 'disconnected'],
    ['revoked', 'gateway', 'revoked'],
    ['unverified', 'gateway', 'unverified'],
    ['too_large', 'gateway', 'overrun'],
  ])('is waited for; the line says who has ended it: %s', async (end, endedBy, reason) => {
    await openUntil(end)
    expect(parsed()).toEqual([expect.objectContaining({ status: 200, endedBy, end: reason })])
  })

  it('says nothing of an answer that came to its own end', async () => {
    await openUntil('whole')
    expect(parsed()).toHaveLength(1)
    expect(parsed()[0]).not.toHaveProperty('endedBy')
  })

  it('is not that of a body which a stage has replaced', async () => {
    await openUntil('receiver', 'another')
    expect(parsed()).toHaveLength(1)
    expect(parsed()[0]).not.toHaveProperty('endedBy')
  })

  it('that comes before its beginning is 499, once, and no error', () => {
    const { next } = recordingNext((call) => {
      call.onLost?.()
      return json({}, 502)
    })
    requestLog()(next)(callOf('/a', {}, { route }))
    expect(lines.map(([level]) => level)).toEqual(['info'])
    expect(parsed()).toEqual([
      expect.objectContaining({ status: 499, endedBy: 'client', end: 'disconnected' }),
    ])
  })

  it('of a paid call whose client leaves is that of the call', () => {
    const { next } = recordingNext((call) => {
      call.payment = 'Payment x'
      call.onLost?.()
      expect(lines).toEqual([])
      call.originStatus = 200
      return json({})
    })
    requestLog()(next)(callOf('/a', {}, { route }))
    expect(parsed()).toEqual([
      expect.objectContaining({ status: 499, endedBy: 'client', originStatus: 200 }),
    ])
  })

  it.each(['invalid_input', 'request_timeout'] as const)(
    'is the doing of a client that does not send its body: %s',
    (code) => {
      const reason = code === 'invalid_input' ? ('body_broken_off' as const) : undefined
      const problem = new Problem(code, reason === undefined ? {} : { reason })
      logged(requestLog(), problem.status, { route, caller: KEY }, problemOf(problem))
      expect(lines.map(([level]) => level)).toEqual(['info'])
      expect(parsed()).toEqual([
        expect.objectContaining({ problem: code, endedBy: 'client', end: 'broken_off' }),
      ])
    },
  )
})

describe('a call that never ends, because its client has left', () => {
  /** Logs a call without an answer, and then calls `later`, which are answered, a second apart. */
  function lost(
    { afterMs = 0, ...setup }: CallSetup & { afterMs?: number },
    change: (call: Call) => void = () => undefined,
  ) {
    const stage = requestLog()
    const call = callOf('/api/v1/lost', {}, setup)
    change(call)
    void stage(() => new Promise(() => undefined))(call)
    vi.advanceTimersByTime(afterMs)
    logged(stage, 200)
    return { stage, call, found: () => parsed().filter(({ path }) => path === '/api/v1/lost') }
  }

  it('is found by a later call, once, when it is too old to have a client', () => {
    const { stage, found } = lost({ caller: KEY, afterMs: 120_000 })
    vi.advanceTimersByTime(5_000)
    logged(stage, 200)
    expect(found()).toMatchObject([{ status: 499, endedBy: 'client', keyId: '7' }])
  })

  it('may still have one before', () => {
    expect(lost({ caller: KEY, afterMs: 119_999 }).found()).toEqual([])
  })

  it('notices the loss itself if it listens, and if it is paid for', () => {
    const listens = (call: Call) => {
      call.lostAt = Number.POSITIVE_INFINITY
    }
    expect(lost({ caller: KEY, afterMs: 999_999 }, listens).found()).toEqual([])
    expect(lost({ payment: 'x', afterMs: 999_999 }).found()).toEqual([])
  })

  it('has no second line if it is answered all the same', async () => {
    const stage = requestLog()
    const { promise: answer, resolve } = Promise.withResolvers<ReturnType<typeof json>>()
    const slow = stage(() => answer)(callOf('/api/v1/lost', {}, { caller: KEY }))
    vi.advanceTimersByTime(120_000)
    logged(stage, 200)
    resolve(json({}))
    await slow
    expect(parsed().filter(({ path }) => path === '/api/v1/lost')).toHaveLength(1)
  })

  it('of anybody has one line a second for all of its route', () => {
    const stage = requestLog()
    for (let i = 0; i < 1_500; i++)
      void stage(() => new Promise(() => undefined))(callOf('/api/v1/lost', {}, { route }))
    vi.advanceTimersByTime(120_000)
    logged(stage, 200)
    expect(parsed().filter(({ status }) => status === 499)).toHaveLength(1)
  })
})

it('the fields of a line are those that docs/log.md lists', async () => {
  const stage = requestLog()
  const call = callOf('/api/v1/a', {}, { route, caller: KEY })
  call.originStatus = 200
  call.open = { body: null, ended: Promise.resolve('silent') }
  await stage(() => ({ status: 200, headers: {}, body: null }))(call)
  await settled(call)
  const refusal = new Problem('unauthenticated', {
    reason: 'api_key_not_valid',
    cause: new Error('x'),
  })
  for (let i = 0; i < 2; i++) logged(stage, 401, {}, problemOf(refusal))
  vi.advanceTimersByTime(1_000)
  logged(stage, 401, {}, problemOf(refusal))
  logged(stage, 200, { caller: { kind: 'oauth', grantId: 'g', accountId: 'a' } as Caller })
  const written = new Set(parsed().flatMap((line) => Object.keys(line)))
  const [table = ''] = /\| field [\s\S]*?\n\n/.exec(logPage) ?? []
  const documented = table.split('\n').flatMap((line) => {
    const names = /^\|([^|]*)\|/.exec(line)?.[1]?.matchAll(/`(\w+)`/g) ?? []
    return [...names].map(([, name]) => name)
  })
  expect([...written].sort()).toEqual(['event', ...documented].sort())
})
