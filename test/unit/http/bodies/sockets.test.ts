/** WebSockets that depend on a credential. */
import { describe, expect, it } from 'vitest'
import { countedBytes, guardedSocket } from '../../../../src/http/bodies/sockets.ts'
import type { Watch, WatchEnd } from '../../../../src/http/bodies/watch.ts'

const watchThat = (end: WatchEnd | null, onStop: () => void = () => undefined): Watch => {
  return { everyMs: 1, check: () => end, stop: onStop }
}
const always = watchThat(null)

/** An origin's end and the caller's end of a guarded socket. */
function joined(watch: Watch) {
  const pair = new WebSocketPair()
  const origin = pair[1]
  const { socket: caller, ended } = guardedSocket(pair[0], watch)
  for (const socket of [origin, caller]) {
    socket.binaryType = 'arraybuffer'
    socket.accept()
  }
  return { origin, caller, ended }
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
    ['revoked', 1008, 'credential revoked'],
    ['unverified', 1013, 'the credential cannot be verified now'],
  ] as const)(
    'closes both ends when the credential is %s, and says so',
    async (end, code, reason) => {
      const { origin, caller, ended } = joined(watchThat(end))
      const closes = await Promise.all([next(origin, 'close'), next(caller, 'close')])
      for (const close of closes) expect(close).toMatchObject({ code, reason })
      expect(await ended).toBe(end)
    },
  )

  it('ends its watch when a side closes it', async () => {
    let stopped = 0
    const { origin, caller, ended } = joined(watchThat(null, () => void stopped++))
    const atOrigin = next(origin, 'close')
    caller.close(1000, 'done')
    await atOrigin
    expect([await ended, stopped > 0]).toEqual(['whole', true])
  })

  it('passes 16 MiB at once, and closes both ends with a reason when more comes', async () => {
    const { origin, caller, ended } = joined(always)
    const message = new Uint8Array(1_048_576)
    let got = 0
    caller.addEventListener('message', () => void got++)
    const closes = Promise.all([next(origin, 'close'), next(caller, 'close')])
    for (let sent = 0; sent < 20; sent++) origin.send(message)
    for (const close of await closes) {
      expect(close).toMatchObject({ code: 1008, reason: expect.stringMatching(/16 MiB/) })
    }
    expect(await ended).toBe('too_large')
    expect(got).toBe(16)
  })

  it('counts text beyond ASCII as the three bytes that a character may take', async () => {
    const { origin, caller, ended } = joined(always)
    const closes = Promise.all([next(origin, 'close'), next(caller, 'close')])
    for (let sent = 0; sent < 12; sent++) origin.send('漢'.repeat(524_288))
    for (const close of await closes) expect(close).toMatchObject({ code: 1008 })
    expect(await ended).toBe('too_large')
  })

  it("closes the origin's end even if the caller does not answer the close", async () => {
    const pair = new WebSocketPair()
    guardedSocket(pair[0], watchThat('revoked'))
    pair[1].accept()
    expect(await next(pair[1], 'close')).toMatchObject({ code: 1008 })
  })
})

it.each<[data: string | ArrayBuffer, bytes: number]>([
  ['', 128],
  [new ArrayBuffer(0), 128],
  ['a'.repeat(127), 128],
  ['a'.repeat(129), 129],
  [new ArrayBuffer(1_000), 1_000],
  [`${'a'.repeat(999)}\u007f`, 1_000],
  ['é'.repeat(1_000), 3_000],
])('a message counts as much as it takes while it waits, at least 128 bytes: %#', (data, bytes) => {
  expect(countedBytes(data)).toBe(bytes)
})
