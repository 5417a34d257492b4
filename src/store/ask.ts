/**
 * Asks a store, with a deadline and with one way to fail: 503 `service_unavailable`, with
 * `Retry-After`. Every function of the stores throws this problem when its store fails.
 */
import { Problem } from '../http/problem.ts'
import { deadline } from '../lib/deadline.ts'

/** How long a store may take, in milliseconds. Shorter than any route's deadline. */
export const STORE_TIMEOUT_MS = 3_000

/**
 * Returns the answer of D1 or KV. Throws `service_unavailable` if the store fails or does not
 * answer in time, with the cause for the log. A store that fails never means "authenticated" or
 * "unknown key": the gateway fails closed.
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

/**
 * Returns the answer of a Durable Object. Throws `service_unavailable` if the object fails or
 * cannot be reached. There is no deadline here, because the objects have deadlines of their own.
 */
export async function awaitObject<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (cause) {
    throw new Problem('service_unavailable', { headers: { 'retry-after': '1' }, cause })
  }
}
