/** Sends a request to an origin, within a deadline and with a second try. */
import type { StreamedUpload } from '../../http/bodies/upload.ts'
import { Problem } from '../../http/problem.ts'
import type { ReachableOrigin } from './origins.ts'

/** A request to an origin. */
export interface OriginRequest {
  url: string
  init: RequestInit
  reach: ReachableOrigin
  /** Whether the request may be sent a second time (RFC 9110 section 9.2.2). */
  isRepeatable: boolean
  /** The time in which the answer must begin after the request's body, in milliseconds. */
  timeoutMs: number
  /** A body that arrives while the origin is asked; undefined: there is none, or it is whole. */
  upload: StreamedUpload | undefined
  /**
   * Aborted when the caller disconnects, for a call that goes on without its caller. The platform
   * ends any other call's request to the origin together with the caller's request.
   */
  disconnected: AbortSignal | undefined
  /** Called if the answer does not begin soon, for what is not worth its cost for a fast answer. */
  onSlow?: () => void
}

/** An answer that has not begun after this time is slow, in milliseconds. */
const SLOW_MS = 20

/**
 * Resolves to the origin's answer. If a repeatable request fails before the answer begins, it is
 * sent once more, within the same deadline. Rejects with `origin_timeout`, with
 * `origin_unavailable`, or with the problem of the request's body. Once the answer has begun, the
 * body has no say any more: the answer is the caller's.
 */
export async function fetchOrigin(request: OriginRequest): Promise<Response> {
  const { url, init, reach, isRepeatable, timeoutMs, upload, disconnected, onSlow } = request
  // A controller costs more than the timer, so only a request that must end early has one: when
  // another request is late, its caller gets 504, and the platform drops the rest with the call.
  const abort = upload !== undefined || disconnected !== undefined ? new AbortController() : null
  const { promise: failed, reject: fail } = Promise.withResolvers<never>()
  let hasEnded = false
  let timer: number | null = null

  /** Ends the request, unless it has ended. */
  function end(problem: Problem): void {
    if (hasEnded) return
    fail(problem)
    abort?.abort()
  }

  function startDeadline(ms = timeoutMs): void {
    if (hasEnded) return
    timer = setTimeout(() => {
      end(new Problem('origin_timeout', { cause: new Error(`no answer in ${timeoutMs} ms`) }))
    }, ms)
  }

  /** Starts the deadline, with a first stop after which the answer is slow. */
  function startTimer(): void {
    const slowMs = Math.min(SLOW_MS, timeoutMs)
    timer = setTimeout(() => {
      onSlow?.()
      startDeadline(timeoutMs - slowMs)
    }, slowMs)
  }

  async function send(): Promise<Response> {
    try {
      return await reach.fetch(url, init)
    } catch (cause) {
      // The platform does not tell a lost connection from an answer that is no HTTP.
      if (!isRepeatable || abort?.signal.aborted) throw new Problem('origin_unavailable', { cause })
      return await reach.fetch(url, init).catch((again) => {
        throw new Problem('origin_unavailable', { cause: again })
      })
    }
  }

  if (abort !== null) {
    init.signal = abort.signal
    disconnected?.addEventListener('abort', () => abort.abort())
  }
  if (upload === undefined) startTimer()
  else {
    onSlow?.()
    // An origin that takes no more of the body has closed the connection, or is about to answer.
    upload.ended.then((how) =>
      how === 'whole' || how === 'receiver' ? startDeadline() : end(upload.problemOf(how)),
    )
  }
  try {
    return await Promise.race([send(), failed])
  } finally {
    hasEnded = true
    clearTimeout(timer)
  }
}
