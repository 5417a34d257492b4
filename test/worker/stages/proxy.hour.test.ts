/**
 * Answers that are open for an hour, by a clock that is moved: they live, they end when their
 * credential is revoked in another isolate, and their invocation asks little.
 */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import {
  clientOf,
  env,
  recordingOrigin,
  shippedGateway,
  unlimited,
} from '../../support/worker/gateway.ts'
import { apiKey, cookie, seedAccount, seedKey, seedSession } from '../../support/worker/seed.ts'
import { recordingStores } from '../../support/worker/storeBindings.ts'

const HOUR_S = 3_600
/** The subrequests that an invocation may make on the free plan. */
const FREE_SUBREQUESTS = 50

beforeEach(
  () =>
    void vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'], now: Date.now() }),
)
afterEach(() => vi.useRealTimers())

/** An isolate with the stores and objects of all others, which counts what it asks them. */
function countingIsolate(answer: () => Response) {
  const stores = recordingStores(env)
  const asked = { object: 0, sockets: 0, origin: 0 }
  const ACCOUNTS = {
    getByName(name: string) {
      return new Proxy(env.ACCOUNTS.getByName(name), {
        get(target, method) {
          return (...args: unknown[]) => {
            asked[method === 'fetch' ? 'sockets' : 'object'] += 1
            return Reflect.apply(Reflect.get(target, method), target, args)
          }
        },
      })
    },
  }
  const origin = recordingOrigin(() => {
    asked.origin += 1
    return answer()
  })
  const bindings = { ...stores.bindings, ACCOUNTS, ORIGIN: origin.binding }
  const client = clientOf(shippedGateway(unlimited), bindings)
  /** Questions to D1 and KV. A read of D1 begins with its session. */
  const storeCalls = () => stores.calls.filter((call) => /withSession|^KV/.test(call)).length
  return { ...client, asked, storeCalls }
}

/** Moves the clock by so many seconds. Every two, what is open is checked, and messages arrive. */
async function passSeconds(count: number, isOver: () => boolean = () => false): Promise<number> {
  for (let second = 0; second < count; second += 2) {
    if (isOver()) return second
    vi.advanceTimersByTime(2_000)
    await scheduler.wait(1)
  }
  return count
}

/** An answer of the origin that is open and silent, and how an opened one tells that it ended. */
const KINDS = {
  SSE: {
    headers: {},
    answer: () =>
      new Response(new ReadableStream(), { headers: { 'content-type': 'text/event-stream' } }),
    onEnd(answer: Response, note: (how: string) => void) {
      expect(answer.status).toBe(200)
      answer
        .text()
        .then(() => note('whole'))
        .catch((error) => note(String(error)))
    },
    ended: /revoked/,
  },
  WebSocket: {
    headers: { upgrade: 'websocket' },
    answer() {
      const pair = new WebSocketPair()
      pair[1].accept()
      return new Response(null, { status: 101, webSocket: pair[0] })
    },
    onEnd({ status, webSocket }: Response, note: (how: string) => void) {
      expect(status).toBe(101)
      webSocket?.addEventListener('close', ({ code, reason }) => note(`${code} ${reason}`))
      webSocket?.accept()
    },
    ended: /^1008 credential revoked$/,
  },
}

it.each(['SSE', 'WebSocket'] as const)(
  'a lone %s lives for an hour on less than the free plan allows, and ends with its key',
  async (name) => {
    const { headers, answer, onEnd, ended } = KINDS[name]
    const account = await seedAccount()
    const { key, id } = await seedKey(account)
    const { call, asked, storeCalls } = countingIsolate(answer)
    let how = ''
    onEnd(await call('/api/v1/events/1', { headers: { ...headers, ...apiKey(key) } }), (end) => {
      how = end
    })
    await passSeconds(HOUR_S)
    expect(how).toBe('')
    const all = asked.object + asked.sockets + asked.origin + storeCalls()
    console.log(`${name}: ${storeCalls()} questions to D1, ${all} subrequests in an hour`)
    expect(asked.sockets).toBe(1)
    expect(storeCalls()).toBeLessThanOrEqual(32)
    expect(all).toBeLessThan(FREE_SUBREQUESTS)

    const session = cookie(await seedSession(account))
    const other = clientOf(shippedGateway(unlimited), { ORIGIN: recordingOrigin().binding })
    const path = `/api/v1/api-keys/${id}`
    expect((await other.call(path, { method: 'DELETE', headers: session })).status).toBe(200)
    const seconds = await passSeconds(6, () => how !== '')
    expect(how).toMatch(ended)
    expect(seconds).toBeLessThanOrEqual(4)
  },
  120_000,
)
