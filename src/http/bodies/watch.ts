/** The watch of a credential, for a body or a socket that is open longer than a lease. */

/**
 * Why an open body or socket ends:
 *
 * - `revoked`: its credential was revoked, or has expired.
 * - `unverified`: nobody could be asked about the credential for a whole lease.
 */
export type WatchEnd = 'revoked' | 'unverified'

export interface Watch {
  /** The time between two checks, in milliseconds. */
  everyMs: number
  /** Returns why the body or socket has to end, or null while it may go on. Does not wait. */
  check(): WatchEnd | null
  /** Ends the watch. */
  stop(): void
}
