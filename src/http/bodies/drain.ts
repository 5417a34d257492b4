/**
 * Reads what a client still sends when the origin takes no more of it. A client that reads its
 * answer only when it has sent its whole body would otherwise lose a part of a long answer: the
 * platform resets a connection whose request was not read to its end.
 */
import type { ChunkReader } from './chunks.ts'

/** A client that sends nothing for this time reads its answer, in milliseconds. */
const QUIET_MS = 1_000

export interface DrainableReader extends ChunkReader {
  /**
   * Reads and drops the rest of the body, at most `maxBytes`, when `pending`, a read that is under
   * way, has settled. Never rejects.
   */
  drain(pending: Promise<unknown>, maxBytes: number): Promise<void>
  /**
   * Returns a promise of the time when the body has ended, or has stopped; undefined if it has
   * ended.
   */
  rest(): Promise<void> | undefined
}

/** Returns a reader of a client's body that can also drop the rest of it. */
export function drainable(client: ChunkReader): DrainableReader {
  let chunks = 0
  let isOpen = true
  const { promise: ended, resolve } = Promise.withResolvers<void>()

  function end(): void {
    isOpen = false
    resolve()
  }

  async function read(): Promise<Uint8Array | null> {
    try {
      const chunk = await client.read()
      chunks += 1
      if (chunk === null) end()
      return chunk
    } catch (error) {
      end()
      throw error
    }
  }

  function cancel(reason: unknown): void {
    end()
    client.cancel(reason)
  }

  async function drain(pending: Promise<unknown>, maxBytes: number): Promise<void> {
    await pending
    let left = maxBytes
    while (isOpen && left >= 0) left -= (await read().catch(() => null))?.byteLength ?? 0
    if (isOpen) cancel(new Error('the body is too large'))
  }

  async function settled(): Promise<void> {
    for (let seen = -1; isOpen && seen !== chunks; ) {
      seen = chunks
      const { promise: quiet, resolve: wake } = Promise.withResolvers<void>()
      const timer = setTimeout(wake, QUIET_MS)
      await Promise.race([ended, quiet])
      clearTimeout(timer)
    }
  }

  return { read, cancel, drain, rest: () => (isOpen ? settled() : undefined) }
}
