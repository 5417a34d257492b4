/** A feed of changes that tells nobody, and hears of nothing. */
import type { ChangeFeed } from '../../../src/store/leases/changes.ts'

export const quietFeed: ChangeFeed = {
  tell: async () => undefined,
  knownUntil: () => 0,
  listen: () => ({ keep: () => false, stop: () => undefined }),
}

/** A request's `waitUntil` that lets the work go on by itself. */
export const notAwaited = (): void => undefined
