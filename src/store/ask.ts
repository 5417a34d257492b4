/** Asking a store: with a deadline, and with one way to fail. */
import { Problem } from '../http/problem.ts'
import { deadline } from '../lib/deadline.ts'

/** How long a store may take, in milliseconds: shorter than any row's deadline. */
const STORE_TIMEOUT_MS = 3_000

/**
 * What the store answers. A store that errs or does not answer in time is 503 (fail closed): never
 * "let in", never "unknown key". The cause goes to the log.
 */
export async function ask<T>(store: 'D1' | 'KV', question: () => Promise<T>): Promise<T> {
  try {
    return await deadline(STORE_TIMEOUT_MS, question)
  } catch (cause) {
    throw new Problem('service_unavailable', {
      headers: { 'retry-after': '1' },
      cause: new Error(`${store} failed`, { cause }),
    })
  }
}

/** What a Durable Object answers. One that errs or cannot be reached is 503; it has deadlines of its own. */
export async function askObject<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (cause) {
    throw new Problem('service_unavailable', { headers: { 'retry-after': '1' }, cause })
  }
}
