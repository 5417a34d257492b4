/** Counts the uses of API keys in the isolate, and writes them to D1 after answers, coalesced. */
import { logError } from '../../lib/log.ts'
import type { Env, WaitUntil } from '../env.ts'
import type { KeyUse } from './usageStatements.ts'

/** The least time between two writes of one isolate, in milliseconds. */
const WRITE_EVERY_MS = 1_000

/** The most keys that one batch writes. The rest waits for the next batch. */
const MAX_BATCH = 100

/**
 * Creates an isolate's count of requests and last use for each key. Uses that are not yet written
 * when the isolate ends are lost: normally those of one second at most.
 */
export function createUsageStore() {
  const pending = new Map<string, KeyUse>()
  let nextWriteAt = 0

  async function write(env: Env): Promise<void> {
    const batch = [...pending].slice(0, MAX_BATCH)
    for (const [keyId] of batch) pending.delete(keyId)
    try {
      // Drizzle is loaded with the first write, which is in nobody's way.
      const { addUse } = await import('./usageStatements.ts')
      await addUse(env, batch)
    } catch (error) {
      for (const [keyId, use] of batch) add(keyId, use.requests, use.lastUsedAt)
      throw error
    }
  }

  function add(keyId: string, requests: number, lastUsedAt: number): void {
    const known = pending.get(keyId) ?? { requests: 0, lastUsedAt: 0 }
    pending.set(keyId, {
      requests: known.requests + requests,
      lastUsedAt: Math.max(known.lastUsedAt, lastUsedAt),
    })
  }

  return {
    /**
     * Records one use of a key. The first use is written in `waitUntil` at once; the other uses of
     * the same second are written together when the second has passed.
     */
    record(env: Env, keyId: string, waitUntil: WaitUntil): void {
      const now = Date.now()
      add(keyId, 1, now)
      // A write that is already waiting takes this use along.
      if (now < nextWriteAt - WRITE_EVERY_MS) return
      const delayMs = Math.max(0, nextWriteAt - now)
      nextWriteAt = now + delayMs + WRITE_EVERY_MS
      const work = async () => {
        if (delayMs > 0) await scheduler.wait(delayMs)
        await write(env)
      }
      waitUntil(work().catch((error) => logError('usage_write_failed', error)))
    },
  }
}
