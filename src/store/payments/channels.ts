/**
 * Payment channels, as the gateway asks for them. Each channel is one Durable Object, named by the
 * channel's id in lower case. The object owns what was deposited, authorized and spent; its code is
 * in `payments/`, which asks the chain and moves the money.
 */
import type {
  Accepted,
  ChannelOrder,
  ChannelReceipt,
  ChannelTerms,
  PaymentChannel,
  Recovered,
  Unopened,
} from '../../contract/channel.ts'
import type { PaymentCredential } from '../../contract/wire.ts'
import { deadline } from '../../lib/deadline.ts'
import { awaitObject } from '../ask.ts'
import type { Env } from '../env.ts'

function channelOf(env: Env, channelId: string): PaymentChannel {
  const namespace = env.CHANNELS
  return namespace.getByName(channelId) as unknown as PaymentChannel
}

/**
 * How long an object may take, in milliseconds. It asks the chain with deadlines of its own, the
 * longest for an opening, which end before.
 */
const OBJECT_TIMEOUT_MS = 45_000
/** How long an object may take for what asks nobody else, in milliseconds. */
const NOTE_TIMEOUT_MS = 5_000

/** Resolves to what an object answers in time. Throws `service_unavailable` if it does not. */
const answered = <T>(question: () => Promise<T>, ms = OBJECT_TIMEOUT_MS): Promise<T> =>
  awaitObject(deadline(ms, question))

/** The channel's id in a credential, in lower case. Null if it does not have the form of an id. */
export function channelIdOf({ payload }: PaymentCredential): string | null {
  const { channelId } = payload
  if (typeof channelId !== 'string' || !/^0x[0-9a-fA-F]{64}$/.test(channelId)) return null
  return channelId.toLowerCase()
}

/** The cost of a call, in the currency's smallest unit, for so many results. */
export interface CallCost {
  channelId: string
  requestId: string
  cost: string
  units: number
}

/**
 * The methods of `PaymentChannel`. Each is sent to the object of a channel: `accept` finds the
 * channel's id in the credential, the others take it. Each throws `service_unavailable` if the
 * object fails or does not answer in time.
 */
export const channels = {
  async accept(env: Env, order: ChannelOrder): Promise<Accepted> {
    const channelId = channelIdOf(order.credential)
    if (channelId !== null) return answered(() => channelOf(env, channelId).accept(order))
    const detail = 'The payload names no channel.'
    return { state: 'refused', status: 400, type: 'invalid-payload', detail }
  },
  /**
   * Asks a second time if the first answer was lost, and confirms that the second one has come.
   * `later` keeps the Worker alive for the confirmation.
   */
  async keep(
    env: Env,
    later: (work: Promise<unknown>) => void,
    { channelId, requestId, cost, units }: CallCost,
  ): Promise<ChannelReceipt | Unopened> {
    const keep = () =>
      deadline(OBJECT_TIMEOUT_MS, () => channelOf(env, channelId).keep(requestId, cost, units))
    try {
      return await keep()
    } catch {
      const kept = await awaitObject(keep())
      later(
        channelOf(env, channelId)
          .confirm(requestId)
          .catch(() => undefined),
      )
      return kept
    }
  },
  release: (env: Env, channelId: string, requestId: string) =>
    answered(() => channelOf(env, channelId).release(requestId), NOTE_TIMEOUT_MS),
  finish: (env: Env, channelId: string, requestId: string) =>
    answered(() => channelOf(env, channelId).finish(requestId), NOTE_TIMEOUT_MS),
  recover: (env: Env, channelId: string, signer: string, terms: ChannelTerms): Promise<Recovered> =>
    answered(() => channelOf(env, channelId).recover(signer, terms)),
  draw: (env: Env, channelId: string, requestId: string, amount: string, units: number) =>
    answered(() => channelOf(env, channelId).draw(requestId, amount, units)),
  awaitVoucher: (env: Env, channelId: string, required: string, timeoutMs: number) =>
    answered(
      () => channelOf(env, channelId).awaitVoucher(required, timeoutMs),
      timeoutMs + OBJECT_TIMEOUT_MS,
    ),
}
