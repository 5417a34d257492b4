/**
 * Values that may already be there, or are promised. Code that waits for such a value goes on at
 * once if the value is there.
 */

export type Eventually<T> = T | Promise<T>

/**
 * Returns what `then` makes of a value: at once if the value is there, later if the value is
 * promised. So a call whose answers are all in memory runs from end to end without a promise. Fails
 * if `then` throws or rejects, or if the promised value rejects.
 */
export function when<T, R>(value: Eventually<T>, then: (value: T) => Eventually<R>): Eventually<R> {
  return value instanceof Promise ? value.then(then) : then(value)
}

/**
 * Returns what `then` makes of the result of `work`, or what `rescue` makes of its error, whether
 * `work` throws or rejects.
 */
export function settle<T, R>(
  work: () => Eventually<T>,
  then: (value: T) => R,
  rescue: (error: unknown) => R,
): Eventually<R> {
  let value: Eventually<T>
  try {
    value = work()
  } catch (error) {
    return rescue(error)
  }
  return value instanceof Promise ? value.then(then, rescue) : then(value)
}

/**
 * Returns the result of `work`, or what `rescue` makes of its error, whether `work` throws or
 * rejects.
 */
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
