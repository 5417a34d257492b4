/** Decides about a code or a refresh token that is presented again. See docs/decisions/0025. */

/** How long a pair of which no token has been used is given again, in milliseconds. */
const UNSEEN_MS = 60_000

/** A code or refresh token that was used before, and what has become of its pair. */
export interface Reuse {
  kind: 'code' | 'refresh_token'
  /** The time since its use, in milliseconds. */
  ageMs: number
  /** Whether the answer with the pair is known to have been made in time. */
  isAnswered: boolean
  /** The pair; null if it cannot be made again. */
  pair: { hasArrived: boolean; isOver: boolean } | null
}

/**
 * Decides about a reuse by the client that the pair was made for: `repeat` gives the very same pair
 * again, `refuse` ends nothing, `end` ends the family, because one of the two senders is a thief
 * (OAuth 2.1 section 4.3.1, RFC 6749 section 4.1.2).
 */
export function decideReuse(reuse: Reuse, leewayMs: number): 'repeat' | 'refuse' | 'end' {
  const { kind, ageMs, isAnswered, pair } = reuse
  const isRecent = ageMs <= leewayMs
  if (pair !== null && !pair.isOver) {
    const isUnseen = !pair.hasArrived && ageMs <= UNSEEN_MS
    // A code is sent once by a client that got its answer, so only a lost answer is repeated.
    if (kind === 'code' ? isUnseen && !isAnswered : isUnseen || isRecent) return 'repeat'
  }
  return isRecent ? 'refuse' : 'end'
}
