/** Gives back what a channel has reserved or spent for a call that gets no answer. */
import type { Call } from '../../pipeline/call.ts'
import { channels } from '../../store/payments/channels.ts'
import { told } from '../told.ts'

/**
 * Gives back what a call has reserved or spent. Resolves to whether the channel has answered; if it
 * has not, it is asked again after the call. Never rejects.
 */
export const giveBack = (call: Call, channelId: string): Promise<boolean> =>
  told(call, () => channels.release(call.env, channelId, call.id))
