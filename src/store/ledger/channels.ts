/** Payment channels as the ledger has them. Amounts are in the currency's smallest unit. */
import type { Ask } from './reportStatements.ts'
import { channelsByIdQuery } from './reportStatements.ts'
import { CHANNEL_KINDS } from './sumStatements.ts'

export type ChannelKind = (typeof CHANNEL_KINDS)[number]

/** One payment channel, and the amounts that its events have moved, by kind. */
export interface ChannelAccount {
  channelId: string
  currency: string
  /** The challenge that opened the channel. */
  challengeId: string
  payer: string
  moved: Readonly<Record<ChannelKind, bigint>>
  /** The time of the last entry, in epoch milliseconds. */
  at: number
}

/** Reads channels by their ids, in lower case, or all (null); the oldest first. */
export async function readChannels(
  ask: Ask,
  ids: readonly string[] | null,
): Promise<ChannelAccount[]> {
  if (ids === null) return (await ask(channelsByIdQuery(null))).map(channelOf)
  const found: ChannelAccount[] = []
  for (let from = 0; from < ids.length; from += IDS_AT_ONCE) {
    const rows = await ask(channelsByIdQuery(ids.slice(from, from + IDS_AT_ONCE)))
    found.push(...rows.map(channelOf))
  }
  return found
}

/** How many values one query of D1 takes, with some to spare. */
const IDS_AT_ONCE = 90

/** Reads a channel from its row. */
export function channelOf(row: unknown): ChannelAccount {
  const channel = row as Readonly<Record<string, unknown>>
  const amounts = CHANNEL_KINDS.map((kind) => [kind, BigInt(String(channel[kind]))])
  return {
    channelId: String(channel.channelId),
    currency: String(channel.currency),
    challengeId: String(channel.challengeId),
    payer: String(channel.payer),
    moved: Object.fromEntries(amounts) as ChannelAccount['moved'],
    at: Number(channel.at),
  }
}

/** The amount that the escrow contract must still hold for the channel. */
export function locked({ moved }: ChannelAccount): bigint {
  return moved.deposit - moved.capture - moved.refund
}

/** Whether more was authorized than deposited, spent than authorized, or captured than spent. */
export function isOverdrawn({ moved }: ChannelAccount): boolean {
  const deposited = moved.deposit + moved.lapse + moved.forfeit - moved.voucher - moved.refund
  const authorized = moved.voucher - moved.spend - moved.lapse
  const earned = moved.spend - moved.capture - moved.forfeit
  return [deposited, authorized, earned].some((amount) => amount < 0n)
}
