/** Values that may be there already: what waits for them goes on at once if they are. */

export type Eventually<T> = T | Promise<T>

/**
 * `then` applied to a value: at once to one that is there, later to a promise's. A call whose answers are
 * all in memory so runs from end to end without a promise.
 */
export function when<T, R>(value: Eventually<T>, then: (value: T) => Eventually<R>): Eventually<R> {
  return value instanceof Promise ? value.then(then) : then(value)
}

/** `work`, or what `rescue` makes of its failure, whether that is thrown at once or later. */
export function attempt<T>(
  work: () => Eventually<T>,
  rescue: (error: unknown) => Eventually<T>,
): Eventually<T> {
  try {
    const value = work()
    return value instanceof Promise ? value.catch(rescue) : value
  } catch (error) {
    return rescue(error)
  }
}

/** `work`, and `last` after it, whether `work` fails or not. */
export function lastly<T>(work: () => Eventually<T>, last: () => void): Eventually<T> {
  let isAsync = false
  try {
    const value = work()
    if (!(value instanceof Promise)) return value
    isAsync = true
    return value.finally(last)
  } finally {
    if (!isAsync) last()
  }
}
