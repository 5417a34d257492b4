/** Time limits of work that has steps, one after the other. */

/** Work that has not ended after this time is slow, in milliseconds. */
const SLOW_MS = 20

/**
 * The time limits of one piece of work, whose steps have limits of their own. One timer serves all
 * of them, because a timer costs as much as many lines of code: it first fires when the work is
 * slow, and most work has ended by then. `end` must be called in the end.
 */
export class Patience {
  readonly #onSlow: () => void
  #timer: number | null
  #isSlow = false
  #endsAt = Number.POSITIVE_INFINITY
  #late: (() => Error) | null = null
  #fail: ((error: Error) => void) | null = null

  /** `onSlow` is called once, if the work has not ended soon. */
  constructor(onSlow: () => void) {
    this.#onSlow = onSlow
    this.#timer = setTimeout(() => {
      this.beSlow()
    }, SLOW_MS)
  }

  /** Takes the work for slow from now on. */
  beSlow(): void {
    if (this.#isSlow) return
    this.#isSlow = true
    this.#onSlow()
    this.#startTimer()
  }

  /**
   * Resolves or rejects as a step does, or rejects with the error of `fail`, or of a limit. The
   * result of a step that is late is ignored.
   */
  wait<T>(step: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#fail = reject
      step.then(resolve, reject)
    })
  }

  /** Limits the present step to `ms` milliseconds from now; then it rejects with the error. */
  limit(ms: number, late: () => Error): void {
    this.#endsAt = Date.now() + ms
    this.#late = late
    if (this.#isSlow) this.#startTimer()
    else if (ms < SLOW_MS) this.beSlow()
  }

  /** The present step rejects with an error. */
  fail(error: Error): void {
    this.#fail?.(error)
  }

  /** The work has ended, and nothing has a limit any more. */
  end(): void {
    clearTimeout(this.#timer)
    this.#timer = null
    this.#fail = null
    this.#late = null
  }

  #startTimer(): void {
    clearTimeout(this.#timer)
    if (this.#late === null) return
    this.#timer = setTimeout(() => {
      if (this.#late !== null) this.#fail?.(this.#late())
    }, this.#endsAt - Date.now())
  }
}
