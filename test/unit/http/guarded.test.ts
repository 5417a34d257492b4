import { describe, expect, it } from 'vitest'
import { guardedSocket, guardedStream } from '../../../src/http/guarded.ts'

const encoder = new TextEncoder()
const always = { stillValid: async () => true, everyMs: 1 }
const revoked = { stillValid: async () => false, everyMs: 1 }
const silent = {
  everyMs: 1,
  stillValid: async () => {
    throw new Error('the store is away')
  },
}

/** A stream made by the platform, like an origin's body, that stays open and silent. */
const quietStream = () => new CompressionStream('gzip').readable

/** An endless stream: one chunk for each pull, in a later turn of the event loop. */
function endlessStream() {
  let cancelled = false
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 0))
      controller.enqueue(encoder.encode('data: 1\n\n'))
    },
    cancel: () => {
      cancelled = true
    },
  })
  return { stream, wasCancelled: () => cancelled }
}

/** A stream that sends one chunk and then stays silent for ever. */
function silentStream() {
  const { promise: cancelled, resolve } = Promise.withResolvers<void>()
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encoder.encode('data: 1\n\n')),
    cancel: () => resolve(),
  })
  return { stream, cancelled }
}

describe('a guarded stream', () => {
  it('passes as it is while the credential holds', async () => {
    const chunks = ['data: 1\n\n', 'data: 2\n\n'].map((text) => encoder.encode(text))
    const body = new ReadableStream({
      pull(controller) {
        const chunk = chunks.shift()
        if (chunk === undefined) controller.close()
        else controller.enqueue(chunk)
      },
    })
    const text = await new Response(guardedStream(body, always)).text()
    expect(text).toBe('data: 1\n\ndata: 2\n\n')
  })

  it.each([
    ['no longer holds', revoked],
    ['cannot be asked about', silent],
  ])('is broken off when the credential %s, and the origin is cancelled', async (_when, watch) => {
    const { stream, wasCancelled } = endlessStream()
    const broken = new Response(guardedStream(stream, watch)).text()
    await expect(broken).rejects.toThrow('the credential was revoked')
    expect(wasCancelled()).toBe(true)
    const quiet = new Response(guardedStream(quietStream(), watch)).text()
    await expect(quiet, 'even if no byte ever arrives').rejects.toThrow('revoked')
    const own = new Response(guardedStream(silentStream().stream, watch)).text()
    await expect(own, 'made by JavaScript').rejects.toThrow('revoked')
  })

  it('asks one question at a time, until the answer is no', async () => {
    let [asked, atOnce, most] = [0, 0, 0]
    const stillValid = async () => {
      asked += 1
      atOnce += 1
      most = Math.max(most, atOnce)
      await Promise.resolve()
      atOnce -= 1
      return asked < 3
    }
    const guarded = guardedStream(quietStream(), { stillValid, everyMs: 1 })
    await expect(new Response(guarded).text()).rejects.toThrow()
    expect([asked, most]).toEqual([3, 1])
  })

  it('is cancelled when the caller leaves, even if the origin is silent', async () => {
    const { stream, cancelled } = silentStream()
    const reader = guardedStream(stream, always).getReader()
    await reader.read()
    await reader.cancel('left')
    await cancelled
  })

  it('errors when the origin breaks off', async () => {
    const body = new ReadableStream({
      start: (controller) => controller.error(new Error('the origin is gone')),
    })
    await expect(new Response(guardedStream(body, always)).text()).rejects.toThrow()
  })
})

/** An origin's end and the caller's end of a guarded socket. */
function joined(watch: { stillValid: () => Promise<boolean>; everyMs: number }) {
  const pair = new WebSocketPair()
  const origin = pair[1]
  const caller = guardedSocket(pair[0], watch)
  for (const socket of [origin, caller]) {
    socket.binaryType = 'arraybuffer'
    socket.accept()
  }
  return { origin, caller }
}

function next(socket: WebSocket, kind: 'message'): Promise<MessageEvent>
function next(socket: WebSocket, kind: 'close'): Promise<CloseEvent>
function next(socket: WebSocket, kind: 'message' | 'close'): Promise<MessageEvent | CloseEvent> {
  return new Promise((resolve) => socket.addEventListener(kind, resolve, { once: true }))
}

describe('a guarded socket', () => {
  it('carries text both ways', async () => {
    const { origin, caller } = joined(always)
    const [atOrigin, atCaller] = [next(origin, 'message'), next(caller, 'message')]
    caller.send('up')
    origin.send('down')
    expect([(await atOrigin).data, (await atCaller).data]).toEqual(['up', 'down'])
    caller.close(1000, 'done')
  })

  it('carries bytes as bytes', async () => {
    const { origin, caller } = joined(always)
    const atOrigin = next(origin, 'message')
    caller.send(new Uint8Array([0, 255, 128]))
    const { data } = await atOrigin
    expect(data instanceof ArrayBuffer && [...new Uint8Array(data)]).toEqual([0, 255, 128])
    caller.close(1000, 'done')
  })

  it.each([
    [1000, 'done'],
    [4001, 'because'],
  ])('carries a close with its code and reason, both ways: %d', async (code, reason) => {
    const up = joined(always)
    const atOrigin = next(up.origin, 'close')
    up.caller.close(code, reason)
    expect(await atOrigin).toMatchObject({ code, reason })
    const down = joined(always)
    const atCaller = next(down.caller, 'close')
    down.origin.close(code, reason)
    expect(await atCaller).toMatchObject({ code, reason })
  })

  it('a close without a code reaches the other side', async () => {
    const { origin, caller } = joined(always)
    const atOrigin = next(origin, 'close')
    caller.close()
    expect((await atOrigin).type).toBe('close')
  })

  it.each([
    ['no longer holds', revoked],
    ['cannot be asked about', silent],
  ])('closes both ends with 1008 when the credential %s', async (_when, watch) => {
    const { origin, caller } = joined(watch)
    const closes = await Promise.all([next(origin, 'close'), next(caller, 'close')])
    for (const close of closes) {
      expect(close).toMatchObject({ code: 1008, reason: 'credential revoked' })
    }
  })

  it("closes the origin's end even if the caller does not answer the close", async () => {
    const pair = new WebSocketPair()
    guardedSocket(pair[0], revoked)
    pair[1].accept()
    expect(await next(pair[1], 'close')).toMatchObject({ code: 1008 })
  })
})
