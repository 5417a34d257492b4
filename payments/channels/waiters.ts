/**
 * Requests that wait for a change of a channel. They are kept in memory only: the object lives as
 * long as one of them waits.
 */

export function createWaiters() {
  const waiting = new Set<() => void>()

  return {
    /** Wakes everyone that waits. */
    wake(): void {
      for (const tell of [...waiting]) tell()
    },

    /** Resolves at the next change, or after so many milliseconds. */
    next(timeoutMs: number): Promise<void> {
      return new Promise((resolve) => {
        const tell = () => {
          clearTimeout(timer)
          waiting.delete(tell)
          resolve()
        }
        const timer = setTimeout(tell, timeoutMs)
        waiting.add(tell)
      })
    },
  }
}

export type Waiters = ReturnType<typeof createWaiters>
