/**
 * Gives a channel back to a payer that has lost its state, and keeps the index of the payer's open
 * channels.
 * See docs/decisions/0048.
 */
import type { ChannelTerms, Recovered } from '../../src/contract/channel.ts'
import { deadline } from '../../src/lib/deadline.ts'
import { logError } from '../../src/lib/log.ts'
import { ownerHash } from '../charges/openChannels.ts'
import { type ChargeNamespace, openChannelsOf } from '../charges/peers.ts'
import { UNAVAILABLE, wholeSnapshotOf } from './answers.ts'
import type { Channel, ChannelState } from './state.ts'
import { signerOf } from './voucher.ts'

/** How long the index may take to hear of the channel, in milliseconds: a call waits for it. */
const LIST_TIMEOUT_MS = 1_000

const NONE = { state: 'none' } as const

export type Recovery = ReturnType<typeof createRecovery>

/** `isCurrent` reads the chain if it was not read for long. False: it does not answer. */
export function createRecovery(
  state: ChannelState,
  charges: ChargeNamespace,
  isCurrent: () => Promise<boolean>,
) {
  /** Whether the index is yet to hear that the channel is open, or that it is not any more. */
  function isDue(channel: Channel | null): channel is Channel {
    return channel !== null && (channel.status === 'open') !== (channel.isListed ?? false)
  }

  return {
    /** The channel for the signer of its vouchers, if it is open and on these terms. */
    async recover(signer: string, terms: ChannelTerms): Promise<Recovered> {
      const before = state.get()
      if (before === null || !isOf(before, signer, terms)) return NONE
      if (!(await isCurrent())) return UNAVAILABLE
      const channel = state.get()
      if (channel?.status !== 'open') return NONE
      // Its payer is about to use it.
      state.put({ ...channel, lastUsedAt: Date.now() })
      return { state: 'open', snapshot: wholeSnapshotOf(channel) }
    },

    isListingDue: (): boolean => isDue(state.get()),

    /** Tells the index whether the channel is open. Never rejects: the alarm tells it again. */
    async list(): Promise<void> {
      const channel = state.get()
      if (!isDue(channel)) return
      const { channelId, descriptor, status } = channel
      try {
        const index = openChannelsOf(charges, descriptor.payer)
        const owner = await ownerOf(channel)
        await deadline(LIST_TIMEOUT_MS, async () =>
          status === 'open' ? index.enterChannel(channelId, owner) : index.dropChannel(channelId),
        )
      } catch (error) {
        return logError('channel_not_listed', error)
      }
      const after = state.get()
      if (after !== null) state.put({ ...after, isListed: status === 'open' })
    },
  }
}

/** The terms that a channel was opened on. */
function termsOf({ chainId, escrow, descriptor }: Channel): ChannelTerms {
  const { token, payee, operator } = descriptor
  return { chainId, escrow, currency: token, recipient: payee, operator }
}

const ownerOf = (channel: Channel) => ownerHash(channel.descriptor.payer, termsOf(channel))

/** Whether a channel is on these terms, and an address signs its vouchers. */
function isOf(channel: Channel, signer: string, terms: ChannelTerms): boolean {
  const own = termsOf(channel)
  return (
    signerOf(channel.descriptor) === signer &&
    own.chainId === terms.chainId &&
    own.escrow.toLowerCase() === terms.escrow.toLowerCase() &&
    own.currency === terms.currency.toLowerCase() &&
    own.recipient === terms.recipient.toLowerCase() &&
    own.operator === terms.operator.toLowerCase()
  )
}
