/** Tells the object of a payment how a call has ended, though the object may not answer at once. */
import { log } from '../lib/log.ts'
import type { Call } from '../pipeline/call.ts'

/**
 * When an object that does not answer is told again, in milliseconds after the last time. With the
 * 5 s that each time may take, all is over before the platform ends a call's work, 30 s after it.
 */
const TELL_AGAIN_MS = [1_000, 3_000, 5_000]

/**
 * Tells an object something that it may hear twice. Resolves to whether the object has answered; if
 * it has not, it is told again after the call. Never rejects, because what the payer gets does not
 * depend on it.
 */
export async function told(call: Call, tell: () => Promise<void>): Promise<boolean> {
  const isHeard = () =>
    tell().then(
      () => true,
      () => false,
    )
  if (await isHeard()) return true
  call.waitUntil(tellAgain(call, isHeard))
  return false
}

async function tellAgain(call: Call, isHeard: () => Promise<boolean>): Promise<void> {
  for (const waitMs of TELL_AGAIN_MS) {
    await new Promise((resolve) => setTimeout(resolve, waitMs))
    if (await isHeard()) return
  }
  log('warn', 'payment_end_not_told', { requestId: call.id })
}
