/** Asks the chain again as long as it does not answer. See docs/decisions/0028. */
import { deadline } from '../../src/lib/deadline.ts'
import { ChainUnavailable, isUnanswered } from './unavailable.ts'

/** How long one request asks a question that has no answer, in milliseconds. */
export const PATIENCE_MS = 8_000
/**
 * How long after its challenge has expired a payment that the chain does not show is not refused,
 * in milliseconds. Until then it is pending.
 */
export const DOUBT_MS = 300_000
/** The time between two questions, in milliseconds: doubled each time, up to the longest. */
const FIRST_WAIT_MS = 250
const LONGEST_WAIT_MS = 1_000

/**
 * Resolves to the result of `ask`, which is called again as long as it rejects because the chain
 * does not answer. After `patienceMs` milliseconds it rejects with ChainUnavailable. Any other
 * error passes at once.
 */
export async function askPatiently<T>(
  ask: () => Promise<T>,
  patienceMs: number = PATIENCE_MS,
): Promise<T> {
  const until = Date.now() + patienceMs
  const late = () => new ChainUnavailable(`the chain has not answered within ${patienceMs} ms`)
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    try {
      return await deadline(until - Date.now(), ask, late)
    } catch (error) {
      if (!isUnanswered(error) || Date.now() + waitMs >= until) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, waitMs))
  }
}
