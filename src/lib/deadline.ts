/** A time limit for work that has none of its own. */

/**
 * What `work` resolves to, if that happens within `ms` milliseconds. Rejects with what `work`
 * throws, or with an Error that names the limit. Work that is late is not stopped, but ignored.
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
