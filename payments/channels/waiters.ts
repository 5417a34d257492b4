/** Those who wait for something about a channel to change. They are in memory: an object that is asked is there. */

export function createWaiters() {
  const waiting = new Set<() => void>()

  return {
    /** Tells all that something has changed. */
    wake(): void {
      for (const tell of [...waiting]) tell()
    },

    /** Resolves at the next change, or when the time is over. */
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
