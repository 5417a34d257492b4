/** Long-lived answers: a stream of server-sent events, and a WebSocket. */
import type { Context } from 'hono'
import type { Assertion } from './assertion.ts'
import { wholeNumber } from './input.ts'

/**
 * `GET /events/stream?count=&intervalMs=`: sends the first event at once, then one each interval.
 */
export function eventStream(c: Context): Response {
  const count = wholeNumber(c, 'count', { min: 1, max: 3600, fallback: 10 })
  const intervalMs = wholeNumber(c, 'intervalMs', { min: 10, max: 3_600_000, fallback: 1000 })
  return new Response(streamOf(ticks(count, intervalMs)), {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
  })
}

/** `GET /events/socket`: sends the assertion of the caller, then sends every message back. */
export function eventSocket(c: Context, assertion: Assertion): Response {
  if (c.req.header('upgrade')?.toLowerCase() !== 'websocket') {
    return c.json({ error: 'upgrade_required' }, 426, { upgrade: 'websocket' })
  }
  const { 0: client, 1: server } = new WebSocketPair()
  // The default since 2026 is a Blob, which cannot be sent back as it came.
  server.binaryType = 'arraybuffer'
  server.accept()
  server.send(JSON.stringify({ hello: true, assertion }))
  server.addEventListener('message', (event) => server.send(event.data))
  return new Response(null, { status: 101, webSocket: client })
}

/** A body that is produced while it is read, and stops when the client disconnects. */
export function streamOf(chunks: AsyncGenerator<Uint8Array, void>): ReadableStream<Uint8Array> {
  let isCancelled = false
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await chunks.next()
      if (isCancelled) return
      if (next.done) controller.close()
      else controller.enqueue(next.value)
    },
    async cancel() {
      isCancelled = true
      await chunks.return()
    },
  })
}

async function* ticks(count: number, intervalMs: number): AsyncGenerator<Uint8Array, void> {
  const encoder = new TextEncoder()
  for (let n = 1; n <= count; n += 1) {
    if (n > 1) await scheduler.wait(intervalMs)
    yield encoder.encode(`data: ${JSON.stringify({ n, at: new Date().toISOString() })}\n\n`)
  }
}
