/**
 * Stores one channel in its object's SQLite, with its vouchers, its reservations, and the spending
 * that the ledger is yet to be told. Each function is one step that happens whole or not at all.
 * Nothing is written for a channel that was never opened, so that made-up ids leave nothing behind.
 */
import type { SqlStorage, SqlStorageValue } from '@cloudflare/workers-types'
import type { Hex } from 'viem'
import type { Descriptor, Voucher } from './payload.ts'

/**
 * prepared: the transaction that opens it is checked and stored, and waits for its call's answer.
 * opening: the transaction that opens it was sent or is about to be, and is not known to be mined.
 * open: it takes vouchers and calls.
 * closing: it takes no more calls, and its money is about to be taken.
 * closed: it is closed on the chain too.
 */
export type ChannelStatus = 'prepared' | 'opening' | 'open' | 'closing' | 'closed'

/** Amounts are in the currency's smallest unit, times are epoch milliseconds. */
export interface Channel {
  channelId: Hex
  chainId: number
  escrow: Hex
  descriptor: Descriptor
  status: ChannelStatus
  /** The amount that the payer has locked, as the chain said last. */
  deposit: number
  /** The amount that the recipient has taken, as the chain said last. */
  settled: number
  /** The amount of the highest voucher that a settlement has published. Left out: none. */
  published?: number
  /** When the chain was last read. */
  seenAt: number
  /** When the chain first had no such channel, or null: one node may be wrong. */
  goneAt: number | null
  /** The highest voucher. */
  accepted: Voucher
  /** How much of the highest voucher is noted for the ledger. */
  noted: number
  /** The cost of all delivered answers. */
  spent: number
  /** The number of results in all delivered answers. */
  units: number
  /** Since when spent money waits to be settled, or null. */
  unsettledSince: number | null
  /** The challenge that opened the channel, and the hash of the transaction that did. */
  challengeId: string
  openedBy: Hex
  /** How often the chain has failed in a row, and when it is tried again (back-off). */
  failures: number
  retryAt: number
  /** The hash of the transaction that closed it, and whether its payer has the close's receipt. */
  closedBy: Hex | null
  closeTold: boolean
  /** The challenge with which its payer has asked to close it last. Left out: it has not asked. */
  closeAskedBy?: string
  lastUsedAt: number
  /**
   * Its payer may know nothing of it, so it is closed soon: nothing has reached its payer since it
   * was opened, and its payer has not come back to it after a stream that broke off. Older channels
   * do not have this field.
   */
  isUnused?: boolean
  /**
   * Its payer has not come back to it since the call that opened it: the answer may have got lost,
   * and with it the channel. Older channels do not have this field.
   */
  isNew?: boolean
  /** The index of the payer's open channels names it. */
  isListed?: boolean
  /** Its opening counts against the payer's day as long as nothing is spent. */
  isCounted?: boolean
}

/** The most that a call can cost, reserved for its request until a time. */
export interface Reservation {
  requestId: string
  challengeId: string
  row: string
  amount: number
  heldUntil: number
}

/** An amount that was spent on a route, and is not noted for the ledger. */
export interface Spend {
  row: string
  amount: number
  units: number
}

const TABLES = `
  create table if not exists channel (id integer primary key check (id = 0), body text not null);
  create table if not exists vouchers (
    cumulative integer primary key, signature text not null, challenge_id text not null,
    request_id text not null, at integer not null);
  create table if not exists reservations (
    request_id text primary key, challenge_id text not null, row text not null,
    amount integer not null, held_until integer not null);
  create table if not exists spends (
    row text primary key, amount integer not null, units integer not null);
`

/** How many vouchers are kept, for settling and as a record of the challenge that brought each. */
export const MAX_VOUCHERS = 4_000

const RESERVATION =
  'request_id as requestId, challenge_id as challengeId, row, amount, held_until as heldUntil'

export type ChannelState = ReturnType<typeof createChannelState>

export function createChannelState(sql: SqlStorage) {
  const [table] = sql.exec("select 1 from sqlite_master where name = 'channel'").toArray()
  let exists = table !== undefined
  let channel: Channel | null = null
  if (exists) {
    const [row] = sql.exec<{ body: string }>('select body from channel').toArray()
    channel = row === undefined ? null : JSON.parse(row.body)
  }

  return {
    get: (): Channel | null => channel,

    put(next: Channel): void {
      if (!exists) sql.exec(TABLES)
      exists = true
      sql.exec('insert or replace into channel values (0, ?)', JSON.stringify(next))
      channel = next
    },

    /** Forgets a channel that was never opened. */
    drop(): void {
      for (const name of ['channel', 'vouchers', 'reservations', 'spends'])
        sql.exec(`delete from ${name}`)
      channel = null
    },

    addVoucher({ cumulative, signature }: Voucher, challengeId: string, requestId: string): void {
      sql.exec(
        'insert or ignore into vouchers values (?, ?, ?, ?, ?)',
        cumulative,
        signature,
        challengeId,
        requestId,
        Date.now(),
      )
    },

    /** Whether this very voucher, with this signature, is stored. */
    hasVoucher({ cumulative, signature }: Voucher): boolean {
      const query = 'select 1 from vouchers where cumulative = ? and signature = ?'
      return sql.exec(query, cumulative, signature).toArray().length > 0
    },

    /** Whether a challenge has brought a stored voucher. */
    hasChallenge(challengeId: string): boolean {
      const query = 'select 1 from vouchers where challenge_id = ? limit 1'
      return sql.exec(query, challengeId).toArray().length > 0
    },

    /** The highest voucher that is not over an amount, so that settling it takes no more. */
    voucherUpTo(amount: number): Voucher | null {
      const query = `select cumulative, signature from vouchers
        where cumulative <= ? order by cumulative desc limit 1`
      const [row] = sql.exec<{ cumulative: number; signature: string }>(query, amount).toArray()
      return row === undefined ? null : { ...row, signature: row.signature as Hex }
    },

    /**
     * Deletes vouchers beyond MAX_VOUCHERS: the lowest below `settled` first, then every second
     * one, but never the highest.
     */
    trimVouchers(settled: number): void {
      const count = () =>
        sql.exec<{ n: number }>('select count(*) as n from vouchers').one().n - MAX_VOUCHERS
      const tooMany = count()
      if (tooMany <= 0) return
      sql.exec(
        `delete from vouchers where cumulative in (
          select cumulative from vouchers where cumulative < ? order by cumulative limit ?)`,
        settled,
        tooMany,
      )
      if (count() <= 0) return
      sql.exec(`delete from vouchers where cumulative in (
        select cumulative from (
          select cumulative, row_number() over (order by cumulative desc) as place from vouchers)
        where place % 2 = 0)`)
    },

    reserve({ requestId, challengeId, row, amount, heldUntil }: Reservation): void {
      sql.exec(
        'insert or replace into reservations values (?, ?, ?, ?, ?)',
        requestId,
        challengeId,
        row,
        amount,
        heldUntil,
      )
    },

    /** A request's reservation, or null if it has none or the reservation has ended. */
    reservation(requestId: string, now: number): Reservation | null {
      if (!exists) return null
      const query = `select ${RESERVATION} from reservations
        where request_id = ? and held_until > ?`
      const rows = sql.exec<Reservation & Record<string, SqlStorageValue>>(query, requestId, now)
      return rows.toArray()[0] ?? null
    },

    unreserve(requestId: string): void {
      if (exists) sql.exec('delete from reservations where request_id = ?', requestId)
    },

    /** Returns the sum of all reservations, and when the last one ends (0: there is none). */
    reserved(now: number): { amount: number; until: number } {
      if (!exists) return { amount: 0, until: 0 }
      const query = `select coalesce(sum(amount), 0) as amount,
          coalesce(max(held_until), 0) as until
        from reservations where held_until > ?`
      return sql.exec<{ amount: number; until: number }>(query, now).one()
    },

    purgeReservations(now: number): void {
      if (exists) sql.exec('delete from reservations where held_until <= ?', now)
    },

    /** Adds to the spending that is not noted for the ledger. */
    addSpend({ row, amount, units }: Spend): void {
      sql.exec(
        `insert into spends values (?, ?, ?) on conflict do update
          set amount = amount + excluded.amount, units = units + excluded.units`,
        row,
        amount,
        units,
      )
    },

    /** The spending that is not noted for the ledger, by route. */
    spends: (): Spend[] =>
      exists
        ? sql.exec<Spend & Record<string, SqlStorageValue>>('select * from spends').toArray()
        : [],

    clearSpends: (): void => void sql.exec('delete from spends'),
  }
}
