/** Adds up the entries of each payment channel. */
import { addMoney } from '../money.ts'
import type { Entry } from '../read/entry.ts'

/** One channel as the ledger has it. Amounts are in the smallest unit. */
export interface ChannelAccount {
  channelId: string
  currency: string
  /** The challenge that opened the channel. */
  challengeId: string
  payer: string
  /** The amount that events of each kind have moved, by the name of the kind. */
  moved: Map<string, bigint>
  /** The balance of each account that must come to zero in the end. */
  left: Map<string, bigint>
  /** The time of the last entry, in epoch milliseconds. */
  at: number
}

/** Collects entries: `add` takes one, `result` returns their channels, the oldest first. */
export function createChannels() {
  const channels = new Map<string, ChannelAccount>()
  return {
    add({ kind, account, amount, challengeId, payer, at, ...entry }: Entry): void {
      if (entry.channelId === null) return
      const channelId = entry.channelId.toLowerCase()
      const currency = entry.currency.toLowerCase()
      const key = `${currency} ${channelId}`
      const empty = { channelId, currency, challengeId, payer, moved: new Map(), left: new Map() }
      const channel = channels.get(key) ?? { ...empty, at }
      channels.set(key, channel)
      channel.at = at
      if (amount > 0n) addMoney(channel.moved, kind, amount)
      if (account !== 'payer' && account !== 'revenue') addMoney(channel.left, account, amount)
    },

    result: (): ChannelAccount[] => [...channels.values()],
  }
}

/** The amount that events of one kind have moved. */
export function moved(channel: ChannelAccount, kind: string): bigint {
  return channel.moved.get(kind) ?? 0n
}

/** The amount that the escrow contract must still hold for the channel. */
export function locked({ left }: ChannelAccount): bigint {
  return [...left.values()].reduce((sum, amount) => sum + amount, 0n)
}

/** Whether more was authorized than deposited, spent than authorized, or captured than spent. */
export function isOverdrawn({ left }: ChannelAccount): boolean {
  return [...left.values()].some((amount) => amount < 0n)
}
