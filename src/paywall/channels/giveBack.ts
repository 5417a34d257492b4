/** Gives back what a channel has reserved or spent for a call that gets no answer. */
import type { Call } from '../../pipeline/call.ts'
import { channels } from '../../store/payments/channels.ts'

/** When a channel that does not answer is asked again, in milliseconds after the last time. */
const ASK_AGAIN_MS = [1_000, 3_000, 9_000]

/**
 * Gives back what a call has reserved or spent. Resolves to whether the channel has answered; if it
 * has not, it is asked again after the call. Never rejects.
 */
export async function giveBack(call: Call, channelId: string): Promise<boolean> {
  const ask = () =>
    channels.release(call.env, channelId, call.id).then(
      () => true,
      () => false,
    )
  if (await ask()) return true
  call.waitUntil(askAgain(ask))
  return false
}

async function askAgain(ask: () => Promise<boolean>): Promise<void> {
  for (const waitMs of ASK_AGAIN_MS) {
    await new Promise((resolve) => setTimeout(resolve, waitMs))
    if (await ask()) return
  }
}
