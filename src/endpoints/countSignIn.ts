/** Counts the beginnings of sign-ins: mails that are asked for, and people sent to another site. */
import { asProblem } from '../http/problem.ts'
import type { Call } from '../pipeline/call.ts'
import type { Isolate } from '../store/isolate.ts'

/**
 * Counts a beginning before `work` does what costs something, and takes the count back if the work
 * fails through our own fault. A browser that was signed in as this person before (`isKnown`)
 * counts for its address alone: however many strangers ask for mails, it still gets one. Throws
 * rate_limit_exceeded, service_unavailable, and what `work` throws.
 */
export async function countSignIn(
  call: Call,
  { signIns }: Isolate,
  isKnown: boolean,
  work: () => Promise<void>,
): Promise<void> {
  await signIns.take(call, !isKnown)
  try {
    await work()
  } catch (error) {
    if (asProblem(error).status >= 500) signIns.giveBack(call, !isKnown)
    throw error
  }
}
