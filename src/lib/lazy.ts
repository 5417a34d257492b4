/**
 * Values that are loaded with their first use, so that a cold isolate runs only the code that its
 * first request needs.
 */
import { type Eventually, when } from './when.ts'

/**
 * Returns a function that returns the value that `load` returns or resolves to. `load` runs for
 * each call until one run has succeeded; later calls get that value at once. If `load` fails, so
 * does the call, and the next call loads again. Calls do not share a running `load`, because on
 * this platform a request must not wait for I/O that belongs to another request.
 */
export function lazy<T>(load: () => Eventually<T>): () => Eventually<T> {
  let loaded: { value: T } | undefined
  return () => {
    if (loaded !== undefined) return loaded.value
    return when(load(), (value) => {
      loaded = { value }
      return value
    })
  }
}
