/** The socket of an isolate to an account's object: who owns it, and what is known by it. */
import { beforeEach, expect, it, vi } from 'vitest'
import { LISTENER_PONG, type News } from '../../../../src/contract/heartbeat.ts'
import type { Env } from '../../../../src/store/env.ts'
import { createHeart } from '../../../../src/store/heartbeat/heart.ts'
import { createListener } from '../../../../src/store/heartbeat/listener.ts'

const LATE_MS = 1_000

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 })
  return () => void vi.useRealTimers()
})

const pass = (ms: number) => vi.setSystemTime(Date.now() + ms)
const soon = (condition: () => boolean) => vi.waitUntil(condition, { interval: 1, timeout: 5_000 })

/** An object, and the listeners of one isolate. */
function setUp() {
  const heart = createHeart('acc')
  const sockets: { socket: WebSocket; url: string; got: string[]; isClosed: boolean }[] = []
  const state = { isDown: false, asked: 0 }
  const stub = {
    async fetch(url: string) {
      state.asked += 1
      if (state.isDown) throw new Error('the object cannot be reached')
      const pair = new WebSocketPair()
      const one = { socket: pair[1], url, got: [] as string[], isClosed: false }
      pair[1].accept()
      pair[1].addEventListener('message', ({ data }) => one.got.push(String(data)))
      pair[1].addEventListener('close', () => {
        one.isClosed = true
      })
      sockets.push(one)
      return { webSocket: pair[0] }
    },
  }
  const env = { ACCOUNTS: { getByName: () => stub } } as unknown as Env
  const heard: [News, number][] = []
  const listen = () =>
    createListener(env, heart, LATE_MS, (news, askedAt) => {
      heart.epoch = news.epoch
      heart.knownUntil = Math.max(heart.knownUntil, askedAt)
      heard.push([news, askedAt])
    })
  const say = (index: number, message: string) => sockets[index]?.socket.send(message)
  const news = (epoch: number): string => JSON.stringify({ epoch, changes: [] })
  /** Has a listener open the socket, which the object answers. */
  async function open(index = 0) {
    const listener = listen()
    expect(listener.keep(Date.now())).toBe(true)
    await soon(() => sockets.length === index + 1)
    say(index, news(7))
    await soon(() => heart.link?.pingedAt === 0)
    return listener
  }
  return { heart, sockets, state, heard, listen, say, news, open }
}

it('all is known from the time of the question on, and the epoch is asked for', async () => {
  const { heart, sockets, heard, open } = setUp()
  heart.epoch = 6
  const askedAt = Date.now()
  await open()
  expect(sockets[0]?.url).toMatch(/\?epoch=6$/)
  expect(heard).toEqual([[{ epoch: 7, changes: [] }, askedAt]])
  expect(heart.knownUntil).toBe(askedAt)
})

it('a pong confirms the time of its ping, and news that come unasked confirm nothing', async () => {
  const { heart, sockets, heard, open, say, news } = setUp()
  const listener = await open()
  pass(2_000)
  const pingedAt = Date.now()
  expect(listener.keep(pingedAt)).toBe(true)
  await soon(() => sockets[0]?.got.length === 1)
  pass(500)
  say(0, news(8))
  await soon(() => heard.length === 2)
  expect(heard[1]?.[1]).toBe(0)
  expect(heart.knownUntil).toBeLessThan(pingedAt)
  say(0, LISTENER_PONG)
  await soon(() => heart.knownUntil === pingedAt)
})

it('many answers share one socket, and when its owner ends another takes over', async () => {
  const { state, sockets, listen, open } = setUp()
  const owner = await open()
  const others = [listen(), listen()]
  pass(2_000)
  expect(others.map((one) => one.keep(Date.now()))).toEqual([true, true])
  expect(owner.keep(Date.now())).toBe(true)
  expect(state.asked).toBe(1)
  owner.stop()
  await soon(() => sockets[0]?.isClosed === true)
  expect(others.map((one) => one.keep(Date.now()))).toEqual([true, true])
  expect(state.asked).toBe(2)
})

it('an owner that is late is replaced, and closes its socket when it comes back', async () => {
  const { heart, sockets, state, listen, open } = setUp()
  const owner = await open()
  const other = listen()
  pass(2_000)
  expect(other.keep(Date.now())).toBe(true)
  pass(LATE_MS)
  expect(other.keep(Date.now()), 'the store is asked meanwhile').toBe(false)
  pass(LATE_MS)
  other.keep(Date.now())
  expect(state.asked).toBe(2)
  await soon(() => heart.link?.socket !== undefined)
  owner.keep(Date.now())
  await soon(() => sockets[0]?.isClosed === true)
  expect(state.asked).toBe(2)
})

it('a pong that does not come makes the object late, and the socket lost', async () => {
  const { heart, sockets, open } = setUp()
  const listener = await open()
  pass(2_000)
  expect(listener.keep(Date.now())).toBe(true)
  pass(LATE_MS)
  expect(listener.keep(Date.now())).toBe(false)
  pass(2 * LATE_MS)
  expect(listener.keep(Date.now())).toBe(false)
  expect(heart.link).toBeNull()
  await soon(() => sockets[0]?.isClosed === true)
})

it('an object that cannot be reached is asked ever more rarely, and again when it is back', async () => {
  const { heart, state, listen, sockets } = setUp()
  state.isDown = true
  const listener = listen()
  for (let second = 0; second < 600; second++) {
    listener.keep(Date.now())
    await soon(() => heart.link === null)
    pass(1_000)
  }
  expect(state.asked).toBeGreaterThan(15)
  expect(state.asked).toBeLessThan(30)
  state.isDown = false
  pass(30_000)
  expect(listener.keep(Date.now())).toBe(true)
  await soon(() => sockets.length === 1)
})

it('a socket that opens after its answer has ended is closed', async () => {
  const { heart, sockets, listen } = setUp()
  const listener = listen()
  listener.keep(Date.now())
  listener.stop()
  await soon(() => sockets[0]?.isClosed === true)
  expect([heart.link, heart.listeners]).toEqual([null, 0])
})
