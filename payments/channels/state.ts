/**
 * One channel in its object's own SQLite: each function is one step that happens whole or not at all. Nothing is
 * written for a channel that was never opened, so that made-up ids leave nothing behind.
 */
import type { SqlStorage, SqlStorageValue } from '@cloudflare/workers-types'
import type { Hex } from 'viem'
import type { Descriptor, Voucher } from './payload.ts'

/**
 * opening: its transaction was sent, or is about to be · open · closing: no more calls, and the money is being taken ·
 * closed: all is over, on the chain too.
 */
export type ChannelStatus = 'opening' | 'open' | 'closing' | 'closed'

/** Amounts are in the currency's smallest unit, times are epoch milliseconds. */
export interface Channel {
  channelId: Hex
  chainId: number
  escrow: Hex
  descriptor: Descriptor
  status: ChannelStatus
  /** As the chain said last. */
  deposit: number
  settled: number
  seenAt: number
  /** When the chain first said that there is no such channel, or null: one node may be wrong. */
  goneAt: number | null
  /** The highest voucher. */
  accepted: Voucher
  /** How much of it the ledger has been told. */
  noted: number
  /** What delivered answers cost, and how many results they held. */
  spent: number
  units: number
  /** Since when something is spent and not settled, or null. */
  unsettledSince: number | null
  /** The challenge and the credential that opened it. */
  challengeId: string
  openedBy: Hex
  /** Settling failed so often in a row, and is not tried before. */
  failures: number
  retryAt: number
  /** The transaction that closed it, and whether the payer who asked for that was told. */
  closedBy: Hex | null
  closeTold: boolean
  lastUsedAt: number
}

export interface Reservation {
  requestId: string
  challengeId: string
  row: string
  amount: number
  heldUntil: number
}

/** What was spent on a row, and the ledger does not know yet. */
export interface Spend {
  row: string
  amount: number
  units: number
}

const TABLES = `
  create table if not exists channel (id integer primary key check (id = 0), body text not null);
  create table if not exists vouchers (
    cumulative integer primary key, signature text not null, challenge_id text not null, request_id text not null, at integer not null);
  create table if not exists reservations (
    request_id text primary key, challenge_id text not null, row text not null, amount integer not null, held_until integer not null);
  create table if not exists spends (row text primary key, amount integer not null, units integer not null);
`

/** How many vouchers are kept: for settling, and as the record of which challenge brought which. */
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

    /** Forgets a channel that has not come to be. */
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

    /** Whether this very voucher was accepted before. */
    hasVoucher({ cumulative, signature }: Voucher): boolean {
      const query = 'select 1 from vouchers where cumulative = ? and signature = ?'
      return sql.exec(query, cumulative, signature).toArray().length > 0
    },

    /** The highest voucher that is not over an amount: what may be settled without taking more. */
    voucherUpTo(amount: number): Voucher | null {
      const query =
        'select cumulative, signature from vouchers where cumulative <= ? order by cumulative desc limit 1'
      const [row] = sql.exec<{ cumulative: number; signature: string }>(query, amount).toArray()
      return row === undefined ? null : { ...row, signature: row.signature as Hex }
    },

    /** Forgets vouchers when there are too many: those below what is settled first, then every second one. */
    trimVouchers(settled: number): void {
      const count = () =>
        sql.exec<{ n: number }>('select count(*) as n from vouchers').one().n - MAX_VOUCHERS
      const tooMany = count()
      if (tooMany <= 0) return
      sql.exec(
        'delete from vouchers where cumulative in (select cumulative from vouchers where cumulative < ? order by cumulative limit ?)',
        settled,
        tooMany,
      )
      if (count() <= 0) return
      sql.exec(`delete from vouchers where cumulative in (
        select cumulative from (select cumulative, row_number() over (order by cumulative desc) as place from vouchers)
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

    /** A request's reservation, or null: it has none, or it has ended. */
    reservation(requestId: string, now: number): Reservation | null {
      if (!exists) return null
      const query = `select ${RESERVATION} from reservations where request_id = ? and held_until > ?`
      const rows = sql.exec<Reservation & Record<string, SqlStorageValue>>(query, requestId, now)
      return rows.toArray()[0] ?? null
    },

    unreserve(requestId: string): void {
      if (exists) sql.exec('delete from reservations where request_id = ?', requestId)
    },

    /** What is reserved now, and until when at most (0: nothing is). */
    reserved(now: number): { amount: number; until: number } {
      const query =
        'select coalesce(sum(amount), 0) as amount, coalesce(max(held_until), 0) as until from reservations where held_until > ?'
      return sql.exec<{ amount: number; until: number }>(query, now).one()
    },

    purgeReservations(now: number): void {
      if (exists) sql.exec('delete from reservations where held_until <= ?', now)
    },

    /** Adds to what the ledger is yet to be told. */
    addSpend({ row, amount, units }: Spend): void {
      sql.exec(
        'insert into spends values (?, ?, ?) on conflict do update set amount = amount + excluded.amount, units = units + excluded.units',
        row,
        amount,
        units,
      )
    },

    /** What the ledger is yet to be told. */
    spends: (): Spend[] =>
      exists
        ? sql.exec<Spend & Record<string, SqlStorageValue>>('select * from spends').toArray()
        : [],

    clearSpends: (): void => void sql.exec('delete from spends'),
  }
}
