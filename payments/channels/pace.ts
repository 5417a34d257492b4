/** How many vouchers a channel may send whose signatures must be checked (TS 9.3: ten a second). */

const PER_SECOND = 10
/** How many may come at once, after a while without. */
const AT_ONCE = 100

export function createPace() {
  let left = AT_ONCE
  let countedAt = 0

  return {
    /** Whether one more may be checked now. */
    take(now: number): boolean {
      left = Math.min(AT_ONCE, left + ((now - countedAt) / 1000) * PER_SECOND)
      countedAt = now
      if (left < 1) return false
      left -= 1
      return true
    },
  }
}
