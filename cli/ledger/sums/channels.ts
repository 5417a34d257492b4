/** What the ledger says of each payment channel. */
import type { Entry } from '../read/entry.ts'

/** One channel. Money is in the smallest unit. */
export interface ChannelAccount {
  channelId: string
  currency: string
  /** The challenge that opened it. */
  challengeId: string
  payer: string
  /** What each kind of event has moved, by its name. */
  moved: Map<string, bigint>
  /** What is left on each account that must come to zero in the end. */
  left: Map<string, bigint>
  /** When it was last changed, in epoch milliseconds. */
  at: number
}

/** Takes entries in, and gives the channels that they are about, oldest first. */
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

/** What events of one kind have moved. */
export function moved(channel: ChannelAccount, kind: string): bigint {
  return channel.moved.get(kind) ?? 0n
}

/** What the chain must still have of it. */
export function locked({ left }: ChannelAccount): bigint {
  return [...left.values()].reduce((sum, amount) => sum + amount, 0n)
}

/** Whether more was authorized than deposited, spent than authorized, or taken than spent. */
export function isOverdrawn({ left }: ChannelAccount): boolean {
  return [...left.values()].some((amount) => amount < 0n)
}

function addMoney(sums: Map<string, bigint>, key: string, amount: bigint): void {
  sums.set(key, (sums.get(key) ?? 0n) + amount)
}
