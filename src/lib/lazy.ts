/** Modules that are loaded with their first use, so that a cold isolate runs only what its first request needs. */
import type { Eventually } from './when.ts'

/**
 * What `load` finds, which is asked until it has answered once. Its promise is not shared: on this platform a
 * request must not wait for what another request has begun.
 */
export function lazy<T>(load: () => Promise<T>): () => Eventually<T> {
  let loaded: { value: T } | undefined
  return () => {
    if (loaded !== undefined) return loaded.value
    return load().then((value) => {
      loaded = { value }
      return value
    })
  }
}
