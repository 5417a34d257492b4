/** A body on its way from its sender to its receiver. */
import { describe, expect, it } from 'vitest'
import { chunkReader } from '../../../../src/http/bodies/chunks.ts'
import { type PumpBounds, pump } from '../../../../src/http/bodies/pump.ts'
import type { WatchEnd } from '../../../../src/http/bodies/watch.ts'
import { utf8 } from '../../../../src/lib/bytes.ts'

/** A sender of these chunks, which then ends, breaks off or is silent. */
function senderOf(chunks: string[], then: 'ends' | 'breaks' | 'is silent' = 'ends') {
  const { promise: cancelled, resolve } = Promise.withResolvers<void>()
  const left = [...chunks]
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = left.shift()
        if (chunk !== undefined) controller.enqueue(utf8(chunk))
        else if (then === 'ends') controller.close()
        else if (then === 'breaks') controller.error(new Error('broken'))
        else return new Promise<void>(() => undefined)
        return undefined
      },
      cancel: () => resolve(),
    },
    { highWaterMark: 0 },
  )
  return { reader: chunkReader(stream), left, cancelled }
}

/** Pumps into a pipe; `read` resolves to all that came out of it until it ended or broke. */
function pumped(sender: ReturnType<typeof senderOf>, bounds: PumpBounds = {}) {
  const { readable, writable } = new IdentityTransformStream()
  const writer = writable.getWriter()
  return { readable, writer, ended: pump(sender.reader, writer, bounds) }
}

function abortable() {
  const controller = new AbortController()
  return { signal: controller.signal, abort: () => controller.abort() }
}

describe('a body', () => {
  it('arrives whole, whatever the number of its chunks', async () => {
    const chunks = Array.from({ length: 100 }, (_, i) => `${i},`)
    const { readable, ended } = pumped(senderOf(chunks))
    expect(await new Response(readable).text()).toBe(chunks.join(''))
    expect(await ended).toBe('whole')
  })

  it('of the platform arrives whole, though it is read into large buffers', async () => {
    const bytes = new Uint8Array(1_000_000).map((_, i) => i % 251)
    const native = new Response(bytes).body as ReadableStream<Uint8Array>
    const { readable, writable } = new FixedLengthStream(bytes.length)
    const ended = pump(chunkReader(native), writable.getWriter(), {})
    expect(new Uint8Array(await new Response(readable).arrayBuffer())).toEqual(bytes)
    expect(await ended).toBe('whole')
  })

  it('whose receiver has gone before is given up at once', async () => {
    const { signal, abort } = abortable()
    abort()
    const sender = senderOf(['x'], 'is silent')
    expect(await pumped(sender, { disconnected: signal }).ended).toBe('receiver')
    await sender.cancelled
  })

  it('is taken from its sender no faster than its receiver reads', async () => {
    const sender = senderOf(Array.from({ length: 50 }, () => 'x'))
    const { readable, ended } = pumped(sender)
    const reader = readable.getReader()
    await reader.read()
    await reader.read()
    expect(sender.left.length).toBeGreaterThan(45)
    await reader.cancel()
    expect(await ended).toBe('receiver')
  })
})

describe('a body that does not end whole', () => {
  it('is neither ended nor aborted at its receiver, who may not take a part for the whole', async () => {
    const { readable, writer, ended } = pumped(senderOf(['a'], 'breaks'))
    const reader = readable.getReader()
    await reader.read()
    expect(await ended).toBe('sender')
    const rest = reader.read().then(
      () => 'ended',
      () => 'aborted',
    )
    expect(await Promise.race([rest, scheduler.wait(0).then(() => 'open')])).toBe('open')
    await writer.abort(new Error('over')).catch(() => undefined)
  })

  it.each<[end: string, bounds: PumpBounds]>([
    ['too_large', { maxBytes: 3 }],
    ['silent', { silentMs: 4 }],
  ])('is given up at its sender: %s', async (end, bounds) => {
    const sender = senderOf(['ab', 'cd'], 'is silent')
    const { readable, ended } = pumped(sender, bounds)
    void new Response(readable).text().catch(() => undefined)
    expect(await ended).toBe(end)
    await sender.cancelled
  })

  it('ends when its receiver takes nothing, which is not its sender being silent', async () => {
    const sender = senderOf(['a', 'b'])
    const { ended } = pumped(sender, { silentMs: 4, stalledMs: 8 })
    expect(await ended).toBe('stalled')
    await sender.cancelled
  })

  it('ends when its receiver leaves while its sender is silent', async () => {
    const sender = senderOf(['a'], 'is silent')
    const { signal, abort } = abortable()
    const { readable, ended } = pumped(sender, { disconnected: signal })
    await readable.getReader().read()
    abort()
    expect(await ended).toBe('receiver')
    await sender.cancelled
  })

  it.each<WatchEnd>(['revoked', 'unverified'])('ends by its watch: %s', async (end) => {
    let [checks, stopped] = [0, 0]
    const check = () => (++checks < 3 ? null : end)
    const watch = { everyMs: 1, check, stop: () => void stopped++ }
    const sender = senderOf(['a'], 'is silent')
    const { readable, ended } = pumped(sender, { watch })
    void new Response(readable).text().catch(() => undefined)
    expect(await ended).toBe(end)
    expect([checks, stopped]).toEqual([3, 1])
    await sender.cancelled
  })
})
