/** Sends a request to an origin, within a deadline and with a second try. */
import { Problem } from '../http/problem.ts'
import type { ReachableOrigin } from './origins.ts'

/** A request to an origin. */
export interface OriginRequest {
  url: string
  init: RequestInit
  reach: ReachableOrigin
  /** Whether the request may be sent a second time, because it changes nothing. */
  isRepeatable: boolean
  /** The time in which the answer must begin, in milliseconds. */
  timeoutMs: number
  /** Aborted when the caller's body breaks off or is too large. */
  broken: AbortSignal | undefined
  /**
   * Aborted when the caller disconnects, for a call that goes on without its caller. The platform
   * ends any other call's request to the origin together with the caller's request.
   */
  disconnected: AbortSignal | undefined
}

/**
 * Resolves to the origin's answer. If a repeatable request fails before the answer begins, it is
 * sent once more, within the same deadline. Rejects with `origin_timeout`, with
 * `origin_unavailable`, or with the reason of `broken`.
 */
export async function fetchOrigin(request: OriginRequest): Promise<Response> {
  const { url, init, reach, isRepeatable, timeoutMs, broken, disconnected } = request
  const abort = new AbortController()
  const { signal } = abort
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    abort.abort()
  }, timeoutMs)
  broken?.addEventListener('abort', () => abort.abort())
  disconnected?.addEventListener('abort', () => abort.abort())
  init.signal = signal
  try {
    return await reach.fetch(url, init)
  } catch (cause) {
    if (!isRepeatable || signal.aborted) throw failureOf(cause)
    return await reach.fetch(url, init).catch((again) => {
      throw failureOf(again)
    })
  } finally {
    clearTimeout(timer)
  }

  function failureOf(cause: unknown): unknown {
    if (broken?.aborted) return broken.reason
    return new Problem(isLate ? 'origin_timeout' : 'origin_unavailable', { cause })
  }
}
