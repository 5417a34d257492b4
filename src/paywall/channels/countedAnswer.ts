/** Counts the results of an origin's answer, and withholds it for that. */
import type { Results } from '../../config/routePrice.ts'
import type { Share } from '../../http/bodies/hold.ts'
import { type HeldBody, notWithheld, withheld } from '../../http/bodies/withheld.ts'
import { type Answer, headerOf } from '../../pipeline/answer.ts'
import { countInHeader, countResults } from './results.ts'

/** The number of results in an answer, and the answer's body. */
export interface CountedAnswer {
  /**
   * Null if the results cannot be counted; "too large" if the answer cannot be read for that, and
   * "no room" if only the isolate lacks the memory.
   */
  count: number | null | 'too large' | 'no room'
  body: HeldBody
}

/**
 * Counts the results of an answer, in memory that `share` gives. Resolves to null if the body
 * breaks off, or takes longer than `withinMs` milliseconds.
 */
export async function countedAnswer(
  answer: Answer,
  results: Results,
  withinMs: number,
  share: Share,
): Promise<CountedAnswer | null> {
  if ('header' in results) {
    const header = headerOf(answer, results.header)
    const count = header === null && answer.body === null ? 0 : countInHeader(header)
    return { count, body: notWithheld(answer.body) }
  }
  if (answer.body === null) return { count: 0, body: notWithheld(null) }
  if (!('pointer' in results)) return { count: null, body: notWithheld(answer.body) }
  const body = await withheld(answer.body, withinMs, share)
  if (body === null) return null
  if ('rest' in body) return { count: body.lacksRoom ? 'no room' : 'too large', body }
  return { count: countResults(body.whole, results.pointer), body }
}
