/** The handlers that Hono is given, and the apps that end a pipeline. */
import { createExecutionContext } from 'cloudflare:test'
import { type Context, Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { json } from '../../../src/pipeline/answer.ts'
import {
  type App,
  endpointsOf,
  type GatewayApp,
  getPath,
  handle,
} from '../../../src/pipeline/app.ts'
import type { Call, Handler } from '../../../src/pipeline/call.ts'
import { callOf, textOf, thrownBy } from '../../support/worker/calls.ts'
import { env } from '../../support/worker/gateway.ts'

describe('the path that Hono routes by', () => {
  it.each([
    ['https://a.test/b/c', '/b/c'],
    ['https://a.test/b%20c/%C3%A9?d=/e#f', '/b%20c/%C3%A9'],
    ['https://a.test/?b', '/'],
    ['https://a.test/b//c/', '/b//c/'],
    ['http://localhost:8787/a', '/a'],
  ])('of %s is %s', (url, path) => {
    expect(getPath({ url } as Request)).toBe(path)
  })

  it('of a URL without a path is none', () => {
    expect(getPath({ url: 'https://a.test' } as Request)).toBe('')
  })
})

describe('handle', () => {
  const request = new Request('https://a.test/b', { headers: { 'x-a': '1' } })
  const contextOf = (executionCtx: ExecutionContext) =>
    ({ req: { raw: request }, env, executionCtx }) as unknown as Context<GatewayApp>

  function given(handler: Handler) {
    return handle(handler)(contextOf(createExecutionContext()))
  }

  it('gives the pipeline the request and the bindings, and answers with what every answer says', async () => {
    const calls: Call[] = []
    const response = given((call) => {
      calls.push(call)
      call.responseHeaders['x-request-id'] = call.id
      return json({ a: 1 }, 201)
    })
    const [call] = calls
    expect([call?.request, call?.env, call?.header('x-a')]).toEqual([request, env, '1'])
    expect(response, 'an answer in memory waits for nothing').toBeInstanceOf(Response)
    const { status, headers } = await response
    expect([status, headers.get('x-request-id')]).toEqual([201, call?.id])
    expect(await (await response).json()).toEqual({ a: 1 })
  })

  it('waits for an answer that comes later, and has what was said meanwhile', async () => {
    const response = given(async (call) => {
      await Promise.resolve()
      call.responseHeaders['x-late'] = '1'
      return json({})
    })
    expect(response).toBeInstanceOf(Promise)
    expect((await response).headers.get('x-late')).toBe('1')
  })

  it('lets work go on in the context of the request', async () => {
    const works: Promise<unknown>[] = []
    const waitUntil = (work: Promise<unknown>) => void works.push(work)
    const work = Promise.resolve()
    const handler = handle((call) => {
      call.waitUntil(work)
      return json({})
    })
    await handler(contextOf({ waitUntil } as ExecutionContext))
    expect(works).toEqual([work])
  })

  it('makes a new call of each request', async () => {
    const ids: string[] = []
    const app = new Hono<GatewayApp>()
    app.all(
      '*',
      handle((call) => {
        ids.push(call.id)
        return json({})
      }),
    )
    for (let n = 0; n < 2; n++) await app.fetch(request, env, createExecutionContext())
    expect(new Set(ids).size).toBe(2)
  })

  it('throws what the pipeline throws', async () => {
    const error = new Error('no')
    const fails = () => {
      throw error
    }
    expect(await thrownBy(() => given(fails))).toBe(error)
  })
})

describe('an app of endpoints', () => {
  const app = new Hono<App>()
  app.onError((error) => {
    throw error
  })

  it('is given the very call, and its response leaves as it is', async () => {
    const own = new Hono<App>().get('/a', (c) => c.text(c.env.call.id, 203, { 'x-a': '1' }))
    const call = callOf('/a')
    const answer = await endpointsOf(own)(call)
    expect(answer).toMatchObject({ status: 203, headers: {} })
    expect(answer.from?.headers.get('x-a')).toBe('1')
    expect(await textOf(answer)).toBe(call.id)
  })

  it('rejects with what the app throws', async () => {
    const error = new Error('no')
    app.get('/a', () => {
      throw error
    })
    expect(await thrownBy(() => endpointsOf(app)(callOf('/a')))).toBe(error)
  })
})
