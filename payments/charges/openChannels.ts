/**
 * The index by which a payer's open channels are found. It only names channels: whether one is
 * open, and what is in it, its own object knows.
 * See docs/decisions/0048.
 */
import type { SqlStorage } from '@cloudflare/workers-types'
import type { ChannelTerms } from '../../src/contract/channel.ts'
import { sha256Hex } from '../../src/lib/bytes.ts'

/** How many channels of a payer are found at once. */
const MAX_FOUND = 5

export type OpenChannels = ReturnType<typeof createOpenChannels>

export function createOpenChannels(sql: SqlStorage) {
  sql.exec(`
    create table if not exists open_channels (
      channel_id text primary key, owner text not null, entered_at integer not null);
    create index if not exists open_channels_owner on open_channels (owner);
  `)
  return {
    /** Enters an open channel, once. `owner`: see `ownerHash`. */
    enter(channelId: string, owner: string): void {
      sql.exec('insert or ignore into open_channels values (?, ?, ?)', channelId, owner, Date.now())
    },

    drop(channelId: string): void {
      sql.exec('delete from open_channels where channel_id = ?', channelId)
    },

    /** The channels of an owner, the newest first. */
    of(owner: string): string[] {
      const query = `select channel_id as id from open_channels
        where owner = ? order by rowid desc limit ${MAX_FOUND}`
      return sql
        .exec<{ id: string }>(query, owner)
        .toArray()
        .map(({ id }) => id)
    },
  }
}

/** The hash of a payer and the terms of its channels: neither can be read from it. */
export function ownerHash(
  payer: string,
  { chainId, currency, recipient, operator, escrow }: ChannelTerms,
): Promise<string> {
  return sha256Hex([payer, chainId, currency, recipient, operator, escrow].join(' ').toLowerCase())
}
