/**
 * Payment channels, as the gateway asks for them. Each channel is one Durable Object, named by the
 * channel's id in lower case. The object owns what was deposited, authorized and spent; its code is
 * in `payments/`, which asks the chain and moves the money.
 */
import type { Accepted, ChannelOrder, PaymentChannel } from '../../contract/channel.ts'
import type { PaymentCredential } from '../../contract/wire.ts'
import { awaitObject } from '../ask.ts'
import type { Env } from '../env.ts'

function channelOf(env: Env, channelId: string): PaymentChannel {
  const namespace = env.CHANNELS
  return namespace.getByName(channelId) as unknown as PaymentChannel
}

/** The channel's id in a credential, in lower case. Null if it does not have the form of an id. */
function channelIdOf({ payload }: PaymentCredential): string | null {
  const { channelId } = payload
  if (typeof channelId !== 'string' || !/^0x[0-9a-fA-F]{64}$/.test(channelId)) return null
  return channelId.toLowerCase()
}

/**
 * The methods of `PaymentChannel`. Each is sent to the object of a channel: `accept` finds the
 * channel's id in the credential, the others take it. Each throws `service_unavailable` if the
 * object does not answer.
 */
export const channels = {
  async accept(env: Env, order: ChannelOrder): Promise<Accepted> {
    const channelId = channelIdOf(order.credential)
    if (channelId !== null) return awaitObject(channelOf(env, channelId).accept(order))
    const detail = 'The payload names no channel.'
    return { state: 'refused', status: 400, type: 'invalid-payload', detail }
  },
  keep: (env: Env, channelId: string, requestId: string, cost: string, units: number) =>
    awaitObject(channelOf(env, channelId).keep(requestId, cost, units)),
  release: (env: Env, channelId: string, requestId: string) =>
    awaitObject(channelOf(env, channelId).release(requestId)),
  draw: (env: Env, channelId: string, requestId: string, amount: string, units: number) =>
    awaitObject(channelOf(env, channelId).draw(requestId, amount, units)),
  awaitVoucher: (env: Env, channelId: string, required: string, timeoutMs: number) =>
    awaitObject(channelOf(env, channelId).awaitVoucher(required, timeoutMs)),
}
