/** Answers a payer that closes its channel. */
import type { Accepted, ChannelOrder } from '../../src/contract/channel.ts'
import { closeReceipt, finalized, NOT_FOUND, PENDING, UNAVAILABLE } from './answers.ts'
import type { Calls } from './calls.ts'
import type { Payload } from './payload.ts'
import type { ChannelSettlement } from './settlement.ts'
import type { Channel, ChannelState } from './state.ts'

/** How long a payer's close waits for calls that are being answered, in milliseconds. */
const CLOSE_WAIT_MS = 10_000

type ClosePayload = Payload & { action: 'close' }

export type ChannelClosing = ReturnType<typeof createClosing>

export function createClosing(
  state: ChannelState,
  calls: Calls,
  settlement: ChannelSettlement,
  scheduleAlarm: () => void,
) {
  /** The payer gets the receipt of a close once; a later request hears that it is closed. */
  function answer(channel: Channel, order: ChannelOrder, signed: number): Accepted {
    if (channel.closeTold || channel.closedBy === null) return finalized(channel)
    state.put({ ...channel, closeTold: true })
    const receipt = closeReceipt(channel, order.credential.challenge.id, signed)
    return { state: 'managed', channelId: channel.channelId, receipt }
  }

  return {
    /** Closes the channel, or answers a close that has been done and not been told. */
    async close({ voucher }: ClosePayload, order: ChannelOrder): Promise<Accepted> {
      const before = state.get()
      if (before === null) return NOT_FOUND
      const isOver = before.status === 'closed'
      if (isOver && before.closeTold) return finalized(before)
      const fault = isOver
        ? calls.checkVoucher(voucher, order)
        : calls.acceptClosingVoucher(voucher, order)
      if (fault === 'too-many') return UNAVAILABLE
      if (fault !== null) return fault
      if (isOver) return answer(before, order, voucher.cumulative)
      const asked = state.get() ?? before
      state.put({ ...asked, closeAskedBy: order.credential.challenge.id })
      settlement.startClosing()
      scheduleAlarm()
      await settlement.close(CLOSE_WAIT_MS)
      const after = state.get()
      return after?.status === 'closed' ? answer(after, order, voucher.cumulative) : PENDING
    },
  }
}
