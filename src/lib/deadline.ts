/** A time limit for work that has none of its own. */

/**
 * What `work` resolves to, if it does so within `ms` milliseconds. Rejects with what `work` throws, or, when the time
 * is over first, with an Error that says so. The work itself is not stopped: nobody waits for it any more.
 */
export async function deadline<T>(ms: number, work: () => Promise<T>): Promise<T> {
  const { promise: timeout, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms)
  try {
    return await Promise.race([work(), timeout])
  } finally {
    clearTimeout(timer)
  }
}
