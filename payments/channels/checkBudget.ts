/** How many vouchers' signatures a channel's object checks: each costs more than all the rest of a call. */

/** The protocol's word is ten a second (TS 12.3). What is good counts apart from what is not, which anybody can send. */
const PER_SECOND = 20
/** How many may come at once, after a while without. */
const CHECKS_AT_ONCE = 100

export type CheckBudget = ReturnType<typeof createCheckBudget>

export function createCheckBudget() {
  let left = { good: CHECKS_AT_ONCE, bad: CHECKS_AT_ONCE }
  let countedAt = 0

  return {
    /** Whether one more may be checked now, in epoch milliseconds. */
    mayCheck(now: number): boolean {
      const more = (Math.max(0, now - countedAt) / 1000) * PER_SECOND
      left = {
        good: Math.min(CHECKS_AT_ONCE, left.good + more),
        bad: Math.min(CHECKS_AT_ONCE, left.bad + more),
      }
      countedAt = now
      return left.good >= 1 && left.bad >= 1
    },

    /** What the check has shown. */
    checked(what: 'good' | 'bad'): void {
      left = { ...left, [what]: left[what] - 1 }
    },
  }
}
