/**
 * The errors of a question whose answer is not known, and of one whose answer is a proved "no".
 * See docs/decisions/0028.
 */

/** Nothing is known about a payment, and asking again at once is of no use. */
export class Unavailable extends Error {
  override name = 'Unavailable'
}

/**
 * The chain has not answered a question: it was silent, answered with an error, or has not seen the
 * transaction yet. That says nothing about the payment, so the question is asked again.
 */
export class ChainUnavailable extends Unavailable {
  override name = 'ChainUnavailable'
}

/** A simulated call reverts: of the chain's errors, the only one that is a "no". */
export class ChainReverted extends Error {
  override name = 'ChainReverted'
}

/** Whether an error, or one of its causes, says that nothing is known. */
export const isUnavailable = (error: unknown): boolean => isCausedBy(error, Unavailable)

/** Whether an error, or one of its causes, says that the chain has not answered. */
export const isUnanswered = (error: unknown): boolean => isCausedBy(error, ChainUnavailable)

/** Whether an error, or one of its causes, says that a simulated call reverts. */
export const isReverted = (error: unknown): boolean => isCausedBy(error, ChainReverted)

/**
 * Runs a step of a library that asks the chain, and that calls `onUnanswered` for each question
 * without an answer. An error of the step after such a question says nothing, whatever the library
 * makes of it: then ChainUnavailable is thrown.
 */
export async function unlessUnanswered<T>(
  step: (onUnanswered: () => void) => Promise<T>,
): Promise<T> {
  let isUnanswered = false
  const onUnanswered = () => {
    isUnanswered = true
  }
  try {
    return await step(onUnanswered)
  } catch (cause) {
    if (!isUnanswered) throw cause
    throw new ChainUnavailable('the chain has not answered a question', { cause })
  }
}

function isCausedBy(error: unknown, type: new (message: string) => Error): boolean {
  let cause = error
  for (let depth = 0; cause instanceof Error && depth < 10; depth++) {
    if (Object.prototype.isPrototypeOf.call(type.prototype, cause)) return true
    cause = cause.cause
  }
  return false
}
