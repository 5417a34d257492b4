/** Counts the uses of API keys in the isolate, and writes them to D1 after answers, coalesced. */
import { eq, sql } from 'drizzle-orm'
import { logError } from '../lib/log.ts'
import { ask } from './ask.ts'
import { writer } from './db.ts'
import type { Env, WaitUntil } from './env.ts'
import { apiKeys } from './schema.ts'

/** The least time between two writes of one isolate, in milliseconds. */
const WRITE_EVERY_MS = 1_000

/** The most keys that one batch writes. The rest waits for the next batch. */
const MAX_BATCH = 100

/**
 * Creates an isolate's count of requests and last use for each key. Uses that are not yet written
 * when the isolate ends are lost: normally those of one second at most.
 */
export function createUsageStore() {
  const pending = new Map<string, { requests: number; lastUsedAt: number }>()
  let nextWriteAt = 0

  async function write(env: Env): Promise<void> {
    const batch = [...pending].slice(0, MAX_BATCH)
    for (const [keyId] of batch) pending.delete(keyId)
    const db = writer(env)
    const updates = batch.map(([keyId, use]) =>
      db
        .update(apiKeys)
        .set({
          requests: sql`${apiKeys.requests} + ${use.requests}`,
          // Isolates write out of order, so the latest use wins.
          lastUsedAt: sql`max(coalesce(${apiKeys.lastUsedAt}, 0), ${use.lastUsedAt})`,
        })
        .where(eq(apiKeys.id, Number(keyId))),
    )
    const [first, ...rest] = updates
    if (first === undefined) return
    try {
      await ask('D1', () => db.batch([first, ...rest]))
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
