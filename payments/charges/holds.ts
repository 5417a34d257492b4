/**
 * Holds of claims. A request holds its claim for a short time only, and says again and again that
 * it still works: so a claim is soon free when the isolate of its request is gone.
 */
import { RENEW_MS } from '../../src/contract/charge.ts'
import type { Claims } from './claims.ts'

/** How long a claim is held by a request that says nothing more, in milliseconds. */
export const HOLD_MS = 3 * RENEW_MS

export type Holds = ReturnType<typeof createHolds>

export function createHolds(claims: Claims) {
  /** The work for requests that is under way in this object, by challenge and request. */
  const works = new Map<string, Promise<unknown>>()
  const nameOf = (id: string, requestId: string) => `${id} ${requestId}`

  /** Renews the hold of a request. A hold that has ended is not taken up again. */
  function renew(id: string, requestId: string): void {
    const claim = claims.heldBy(id, requestId)
    const now = Date.now()
    if (claim !== null && now < claim.heldUntil) claims.put({ ...claim, heldUntil: now + HOLD_MS })
  }

  return {
    renew,

    /** Renews the hold of a request as long as some work takes. Resolves and rejects as it does. */
    async during<T>(id: string, requestId: string, work: () => Promise<T>): Promise<T> {
      const timer = setInterval(() => renew(id, requestId), RENEW_MS)
      const working = work()
      works.set(nameOf(id, requestId), working)
      try {
        return await working
      } finally {
        works.delete(nameOf(id, requestId))
        clearInterval(timer)
      }
    },

    /** Resolves when the work for a request is over. Null if none is under way. */
    workOf(id: string, requestId: string): Promise<void> | null {
      const over = () => undefined
      return works.get(nameOf(id, requestId))?.then(over, over) ?? null
    },
  }
}
