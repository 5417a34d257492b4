/** Counts the beginnings of sign-ins: mails that are asked for, and people sent to another site. */
import { networkKey } from '../http/address.ts'
import { asProblem } from '../http/problem.ts'
import type { Call } from '../pipeline/call.ts'
import type { Isolate } from '../store/isolate.ts'

/**
 * Counts a beginning before `work` does what costs something, and takes the count back if the work
 * fails through our own fault. Throws rate_limit_exceeded, and what `work` throws.
 */
export async function countSignIn(
  call: Call,
  { signIns, signInNetworks, signInTotal }: Isolate,
  work: () => Promise<void>,
): Promise<void> {
  const limits = [
    [signIns, call.address],
    [signInNetworks, networkKey(call.address)],
    [signInTotal, 'all'],
  ] as const
  for (const [limiter, subject] of limits) limiter.take(subject)
  try {
    await work()
  } catch (error) {
    if (asProblem(error).status >= 500) {
      for (const [limiter, subject] of limits) limiter.giveBack(subject)
    }
    throw error
  }
}
