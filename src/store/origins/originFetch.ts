/** Sends a request to an origin, within a deadline and with a second try. */
import { Problem } from '../../http/problem.ts'
import type { ReachableOrigin } from './origins.ts'

/** A request to an origin. */
export interface OriginRequest {
  url: string
  init: RequestInit
  reach: ReachableOrigin
  /** Whether the request may be sent a second time (RFC 9110 section 9.2.2). */
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
  // A controller costs more than the timer, so only a request that must end early has one: when
  // another request is late, its caller gets 504, and the platform drops the rest with the call.
  const endsEarly = broken !== undefined || disconnected !== undefined
  const abort = endsEarly ? new AbortController() : null
  if (abort !== null) {
    init.signal = abort.signal
    broken?.addEventListener('abort', () => abort.abort())
    disconnected?.addEventListener('abort', () => abort.abort())
  }
  let timer: number | null = null
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Problem('origin_timeout', { cause: new Error(`no answer in ${timeoutMs} ms`) }))
      abort?.abort()
    }, timeoutMs)
  })
  const send = async (): Promise<Response> => {
    try {
      return await reach.fetch(url, init)
    } catch (cause) {
      if (!isRepeatable || abort?.signal.aborted) throw failureOf(cause)
      return await reach.fetch(url, init).catch((again) => {
        throw failureOf(again)
      })
    }
  }
  try {
    return await Promise.race([send(), late])
  } finally {
    clearTimeout(timer)
  }

  function failureOf(cause: unknown): unknown {
    return broken?.aborted ? broken.reason : new Problem('origin_unavailable', { cause })
  }
}
