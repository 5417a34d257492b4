/** A time limit for work that has none of its own. */

/**
 * Resolves to the result of `work`, if `work` resolves within `ms` milliseconds. Rejects with the
 * error of `work`, or with the error of `late`: by default an Error that names the limit. Work that
 * is late is not stopped; its result is ignored.
 */
export async function deadline<T>(
  ms: number,
  work: () => Promise<T>,
  late: () => Error = () => new Error(`no answer within ${ms} ms`),
): Promise<T> {
  const { promise: timeout, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(late()), ms)
  try {
    return await Promise.race([work(), timeout])
  } finally {
    clearTimeout(timer)
  }
}
