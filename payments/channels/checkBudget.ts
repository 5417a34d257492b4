/**
 * Limits how many voucher signatures a channel's object checks (a token bucket): a check costs more
 * than all the rest of a call.
 */

/**
 * How many checks a second are added to the budget; the protocol suggests ten
 * (draft-tempo-session-00, 12.3). Good vouchers count apart from bad ones, which anybody can send.
 */
const PER_SECOND = 20
/** How many checks the budget holds at most. */
const CHECKS_AT_ONCE = 100

export type CheckBudget = ReturnType<typeof createCheckBudget>

export function createCheckBudget() {
  let left = { good: CHECKS_AT_ONCE, bad: CHECKS_AT_ONCE }
  let countedAt = 0

  return {
    /** Whether one more voucher may be checked. `now` is in epoch milliseconds. */
    mayCheck(now: number): boolean {
      const more = (Math.max(0, now - countedAt) / 1000) * PER_SECOND
      left = {
        good: Math.min(CHECKS_AT_ONCE, left.good + more),
        bad: Math.min(CHECKS_AT_ONCE, left.bad + more),
      }
      countedAt = now
      return left.good >= 1 && left.bad >= 1
    },

    /** Counts a check by its result. */
    checked(what: 'good' | 'bad'): void {
      left = { ...left, [what]: left[what] - 1 }
    },
  }
}
