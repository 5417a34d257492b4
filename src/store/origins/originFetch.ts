/** Sends a request to an origin, within a deadline and with a second try. */
import type { StreamedUpload } from '../../http/bodies/upload.ts'
import { Problem } from '../../http/problem.ts'
import type { Patience } from '../../lib/patience.ts'
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
  /** Has the time limits of the call. */
  patience: Patience
}

/**
 * Resolves to the origin's answer. If a repeatable request fails before the answer begins, it is
 * sent once more, within the same deadline. Rejects with `origin_timeout`, with
 * `origin_unavailable`, or with the problem of the request's body. Once the answer has begun, the
 * body has no say any more: the answer is the caller's.
 */
export function fetchOrigin(request: OriginRequest): Promise<Response> {
  const { url, init, reach, isRepeatable, timeoutMs, upload, disconnected, patience } = request
  // A controller costs more than a timer, so only a request that must end early has one: when
  // another request is late, its caller gets 504, and the platform drops the rest with the call, as
  // soon as nothing of it is put off until after the answer.
  const abort = upload !== undefined || disconnected !== undefined ? new AbortController() : null
  /** Whether the origin has answered, or the caller has an error in its place. */
  let isOver = false

  function startDeadline(): void {
    if (isOver) return
    patience.limit(timeoutMs, () => {
      isOver = true
      abort?.abort()
      return new Problem('origin_timeout', { cause: new Error(`no answer in ${timeoutMs} ms`) })
    })
  }

  /** Ends the request, unless it has been answered. */
  function end(problem: Problem): void {
    if (isOver) return
    isOver = true
    patience.fail(problem)
    abort?.abort()
  }

  async function send(): Promise<Response> {
    try {
      return await reach.fetch(url, init)
    } catch (cause) {
      // The platform does not tell a lost connection from an answer that is no HTTP. A write that
      // is sent again after its caller's error could undo what the caller has written meanwhile.
      if (!isRepeatable || isOver || abort?.signal.aborted)
        throw new Problem('origin_unavailable', { cause })
      return await reach.fetch(url, init).catch((again) => {
        throw new Problem('origin_unavailable', { cause: again })
      })
    } finally {
      isOver = true
    }
  }

  if (abort !== null) {
    init.signal = abort.signal
    disconnected?.addEventListener('abort', () => abort.abort())
  }
  if (upload === undefined) startDeadline()
  else {
    patience.beSlow()
    // An origin that takes no more of the body has closed the connection, or is about to answer.
    upload.ended.then((how) =>
      how === 'whole' || how === 'receiver' ? startDeadline() : end(upload.problemOf(how)),
    )
  }
  return patience.wait(send())
}
