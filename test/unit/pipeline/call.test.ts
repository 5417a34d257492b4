/** Calls, and how stages are put together. */
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import { json } from '../../../src/pipeline/answer.ts'
import { Call, callerOf, pipeline, type Stage } from '../../../src/pipeline/call.ts'
import {
  callOf,
  failingNext,
  recordingNext,
  routeOf,
  thrownBy,
} from '../../support/worker/calls.ts'
import { env } from '../../support/worker/gateway.ts'
import { withRoutes } from '../../support/worker/sampleConfig.ts'

describe('a new call', () => {
  it('has an id of its own and nothing that a stage has to find out', () => {
    const [one, other] = [0, 1].map(() => new Call(new Request('https://a.test/b'), env, never))
    expect(one?.id).toMatch(/^req_[0-9a-f-]{36}$/)
    expect(one?.id).not.toBe(other?.id)
    expect(one).toMatchObject({ target: { path: '', query: '' }, responseHeaders: {} })
    for (const name of ['route', 'caller', 'payment', 'watch', 'open', 'held', 'problem'] as const)
      expect(one?.[name], name).toBeUndefined()
  })

  it('has the headers by lower-case name, those of one name joined, and knows their length', () => {
    const headers: [string, string][] = [
      ['X-A', '1'],
      ['x-a', '2'],
      ['Accept', 'text/html'],
    ]
    const call = callOf('/a', { headers })
    const fields: [string, string][] = []
    call.headers.forEach((value, name) => void fields.push([name, value]))
    expect(fields).toEqual([
      ['accept', 'text/html'],
      ['x-a', '1, 2'],
    ])
    expect(call.headers.length).toBe('accepttext/htmlx-a1, 2'.length)
    expect([call.header('x-a'), call.header('x-b')]).toEqual(['1, 2', null])
  })

  it.each([
    ['198.51.100.7', '198.51.100.7'],
    ['2001:db8:1:2:3::4', '2001:db8:1:2::/64'],
    [undefined, 'unknown'],
  ])('from %s is counted as %s', (address, key) => {
    const headers = address === undefined ? {} : { 'cf-connecting-ip': address }
    expect(callOf('/a', { headers }).address).toBe(key)
  })

  it('knows the origin that the caller named, with a port that is not the usual one', () => {
    expect(callOf('https://a.test/b?c').ownOrigin).toBe('https://a.test')
    expect(callOf('http://localhost:8787/').ownOrigin).toBe('http://localhost:8787')
  })

  it('hands work that goes on to the context, also where `waitUntil` is passed on by itself', () => {
    const works: Promise<unknown>[] = []
    const context = { waitUntil: (work: Promise<unknown>) => void works.push(work) }
    const { waitUntil } = new Call(new Request('https://a.test/'), env, context)
    const work = Promise.resolve()
    waitUntil(work)
    expect(works).toEqual([work])
  })
})

const never = { waitUntil: () => undefined }

describe('a parameter', () => {
  const route = routeOf(parseConfig(withRoutes({ route: 'GET /x/:id/y/:other' })))

  it('is the segment that the route names, as the caller sent it', () => {
    const call = callOf('/api/v1/x/caf%C3%A9/y/a@b?id=2', {}, { route })
    expect([call.param('id'), call.param('other')]).toEqual(['caf%C3%A9', 'a@b'])
  })

  it('is "" where the route names none of that name, and where there is no route', () => {
    expect(callOf('/api/v1/x/1/y/2', {}, { route }).param('x')).toBe('')
    expect(callOf('/api/v1/x/1/y/2').param('id')).toBe('')
  })
})

describe('callerOf', () => {
  it('is the caller that was found', () => {
    const caller = { kind: 'anonymous' } as const
    expect(callerOf(callOf('/a', {}, { caller }))).toBe(caller)
  })

  it('throws where authenticate did not run: such a route must not answer', () => {
    expect(() => callerOf(callOf('/a'))).toThrow('authenticate did not run')
  })
})

describe('a pipeline', () => {
  /** A stage that notes when it is entered and left. */
  const noting =
    (name: string, order: string[]): Stage =>
    (next) =>
    (call) => {
      order.push(`${name} in`)
      const answer = next(call)
      order.push(`${name} out`)
      return answer
    }

  it('runs its stages from the first to the last, then the end, and answers what the end does', () => {
    const order: string[] = []
    const answer = json({})
    const end = recordingNext(() => {
      order.push('end')
      return answer
    })
    const call = callOf('/a')
    const handler = pipeline([noting('a', order), noting('b', order)], end.next)
    expect(handler(call)).toBe(answer)
    expect(order).toEqual(['a in', 'b in', 'end', 'b out', 'a out'])
    expect(end.seen).toEqual([call])
  })

  it('leaves out what has nothing to do, and without stages is its end', () => {
    const order: string[] = []
    const { next } = recordingNext()
    expect(pipeline([], next)).toBe(next)
    expect(pipeline([false, false], next)).toBe(next)
    pipeline([false, noting('a', order), false], next)(callOf('/a'))
    expect(order).toEqual(['a in', 'a out'])
  })

  it('puts its stages together once, not for each call', () => {
    let made = 0
    const counted: Stage = (next) => {
      made++
      return next
    }
    const handler = pipeline([counted], recordingNext().next)
    handler(callOf('/a'))
    handler(callOf('/a'))
    expect(made).toBe(1)
  })

  it.each(['at once', 'later'] as const)('lets a failure pass as it is: %s', async (when) => {
    const error = new Error('no')
    const { next } = failingNext(error, when)
    const pass: Stage = (after) => (call) => after(call)
    expect(await thrownBy(() => pipeline([pass, pass], next)(callOf('/a')))).toBe(error)
  })
})
