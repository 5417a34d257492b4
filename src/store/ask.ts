/** Asking a store: with a deadline, and with one way to fail. */
import { Problem } from '../http/problem.ts'

/** How long a store may take, in milliseconds: shorter than any row's deadline. */
const STORE_TIMEOUT_MS = 3_000

/**
 * What the store answers. A store that errs or does not answer in time is 503 (fail closed): never
 * "let in", never "unknown key". The cause goes to the log.
 */
export async function ask<T>(store: 'D1' | 'KV', question: () => Promise<T>): Promise<T> {
  let timer: number | null = null
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), STORE_TIMEOUT_MS)
  })
  try {
    return await Promise.race([question(), deadline])
  } catch (cause) {
    throw new Problem('service_unavailable', {
      headers: { 'retry-after': '1' },
      cause: new Error(`${store} failed`, { cause }),
    })
  } finally {
    clearTimeout(timer)
  }
}

/** What a Durable Object answers. One that errs or cannot be reached is 503; it has deadlines of its own. */
export async function awaitObject<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (cause) {
    throw new Problem('service_unavailable', { headers: { 'retry-after': '1' }, cause })
  }
}
