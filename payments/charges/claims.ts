/**
 * The claims of one object, in its SQLite, with the answers that are kept for them and the
 * transactions that are taken. Each function is one step that happens whole or not at all.
 */

import type { SqlStorage, SqlStorageValue } from '@cloudflare/workers-types'
import type { KeptAnswer } from '../../src/contract/charge.ts'
import type { Receipt } from '../../src/contract/wire.ts'
import type { ClaimedPayment, Mode } from '../methods/method.ts'

/**
 * claimed: taken, and its payment is being checked.
 * authorized: the payment is good, and nothing was sent.
 * pending: the payment was sent or is about to be, and it is not known whether it has moved.
 * settled: the payment has moved, and its answer is on the way.
 * undelivered: the payment has moved, and its answer is owed.
 * delivered: the payment has moved, and its answer was given.
 * refunded: the payment has moved, its answer was owed, and the operator has sent the money back.
 * spared: nothing has moved, because an earlier payment of the payer pays instead; the challenge is
 *   used up, and its transaction is deleted.
 *
 * A claim of which nothing has moved is released: it is forgotten, but for how often its challenge
 * was tried.
 */
export type ClaimState =
  | 'claimed'
  | 'authorized'
  | 'pending'
  | 'settled'
  | 'undelivered'
  | 'delivered'
  | 'refunded'
  | 'spared'

export interface Claim extends ClaimedPayment {
  state: ClaimState
  mode: Mode
  /** An address in lower case; "unknown" until the payment has been checked. */
  payer: string
  receipt: Receipt | null
  /** The challenge of the earlier payment that a spared claim got its answer by. */
  sparedFor?: string
  /** When the payment was first sent, and when its answer was first owed, epoch milliseconds. */
  sentAt?: number
  owedAt?: number
  /** How many tries the challenge has had. */
  attempts: number
  /** Until when only the request of the order may go on with the claim, epoch milliseconds. */
  heldUntil: number
  /** When the claim was last stored, epoch milliseconds. */
  changedAt: number
}

interface ClaimRow extends Record<string, SqlStorageValue> {
  id: string
  state: string
  body: string
}

export function createClaims(sql: SqlStorage) {
  sql.exec(`
    create table if not exists claims (
      id text primary key, state text not null, body text not null, changed_at integer not null);
    create index if not exists claims_state on claims (state, changed_at);
    create table if not exists answers (
      id text primary key, head text not null, body blob, kept_at integer not null);
    create table if not exists transactions (
      hash text primary key, challenge_id text not null, taken_at integer not null);
    create table if not exists tries (
      id text primary key, attempts integer not null, tried_at integer not null);
    delete from claims where state = 'released';
  `)

  const read = (row: ClaimRow): Claim => ({ ...JSON.parse(row.body), id: row.id, state: row.state })

  function get(id: string): Claim | null {
    const [row] = sql.exec<ClaimRow>('select * from claims where id = ?', id).toArray()
    return row === undefined ? null : read(row)
  }

  return {
    get,

    /** The claim if this request holds it: a slow request may have lost the claim to another. */
    heldBy(id: string, requestId: string): Claim | null {
      const claim = get(id)
      return claim?.order.requestId === requestId ? claim : null
    },

    put(claim: Claim): void {
      const { id, state, ...body } = { ...claim, changedAt: Date.now() }
      sql.exec(
        'insert or replace into claims (id, state, body, changed_at) values (?, ?, ?, ?)',
        id,
        state,
        JSON.stringify(body),
        body.changedAt,
      )
    },

    /** Forgets a claim of which nothing has moved, but for how often its challenge was tried. */
    release(id: string, attempts: number): void {
      sql.exec('delete from claims where id = ?', id)
      if (attempts > 0)
        sql.exec('insert or replace into tries values (?, ?, ?)', id, attempts, Date.now())
    },

    /** How often a challenge was tried whose claims were released. */
    triesOf(id: string): number {
      const query = 'select attempts from tries where id = ?'
      return sql.exec<{ attempts: number }>(query, id).toArray()[0]?.attempts ?? 0
    },

    /**
     * Uses a challenge up that takes one proof and no payment, until a day after its end. False: it
     * is used up already.
     */
    useUp(id: string, expiresAt: number): boolean {
      const insert = 'insert or ignore into tries values (?, 1, ?) returning id'
      return sql.exec(insert, id, expiresAt).toArray().length > 0
    },

    /** Whether the tries of any challenge are remembered. */
    hasTries: (): boolean => sql.exec('select 1 from tries limit 1').toArray().length > 0,

    purgeTries(before: number): void {
      sql.exec('delete from tries where tried_at < ?', before)
    },

    /** The claims in a state, the oldest change first. */
    inState(state: ClaimState, limit = 100): Claim[] {
      const query = 'select * from claims where state = ? order by changed_at limit ?'
      return sql.exec<ClaimRow>(query, state, limit).toArray().map(read)
    },

    /** The claims in a state since before a time, by the claim's field, that nobody was told of. */
    late(state: ClaimState, since: 'sentAt' | 'owedAt', before: number, limit = 100): Claim[] {
      const query = `select * from claims where state = ? and json_extract(body, '$.${since}') < ?
        and json_extract(body, '$.told') is not ? limit ?`
      return sql.exec<ClaimRow>(query, state, before, state, limit).toArray().map(read)
    },

    /** Notes that the operator was told that a claim stays in its state. */
    told(id: string): void {
      sql.exec(`update claims set body = json_set(body, '$.told', state) where id = ?`, id)
    },

    /** Claims in a state that were last changed before a time. */
    changedBefore(state: ClaimState, before: number, limit = 100): Claim[] {
      const query = 'select * from claims where state = ? and changed_at < ? limit ?'
      return sql.exec<ClaimRow>(query, state, before, limit).toArray().map(read)
    },

    /** Forgets a claim of which nothing can be had any more. */
    forget(id: string): void {
      sql.exec('delete from claims where id = ?', id)
    },

    /** Forgets the used, spared and refunded payments whose challenges expired before a time. */
    purgeUsed(expiredBefore: number): void {
      const expiry = "json_extract(body, '$.order.expiresAt')"
      const query = `delete from claims where state in ('delivered', 'spared', 'refunded') and ${expiry} < ?`
      sql.exec(query, expiredBefore)
    },

    /** When the first claim in any of the states was last changed, or null. */
    oldest(states: readonly ClaimState[]): number | null {
      const marks = states.map(() => '?').join(', ')
      const query = `select min(changed_at) as at from claims where state in (${marks})`
      return sql.exec<{ at: number | null }>(query, ...states).one().at
    },

    /** Keeps the answer that a claim paid for. */
    keepAnswer(id: string, { status, headers, body }: KeptAnswer): void {
      const head = JSON.stringify({ status, headers })
      const query = 'insert or replace into answers values (?, ?, ?, ?)'
      sql.exec(query, id, head, body?.slice().buffer ?? null, Date.now())
    },

    keptAnswer(id: string): KeptAnswer | null {
      const query = 'select head, body from answers where id = ?'
      const [row] = sql.exec<{ head: string; body: ArrayBuffer | null }>(query, id).toArray()
      if (row === undefined) return null
      const { status, headers } = JSON.parse(row.head) as Omit<KeptAnswer, 'body'>
      return { status, headers, body: row.body && new Uint8Array(row.body) }
    },

    dropAnswer(id: string): void {
      sql.exec('delete from answers where id = ?', id)
    },

    purgeAnswers(before: number): void {
      sql.exec('delete from answers where kept_at < ?', before)
    },

    /** Takes a transaction for a challenge. False: another challenge has the transaction. */
    takeTransaction(hash: string, challengeId: string): boolean {
      sql.exec('insert or ignore into transactions values (?, ?, ?)', hash, challengeId, Date.now())
      const query = 'select challenge_id from transactions where hash = ?'
      return sql.exec<{ challenge_id: string }>(query, hash).one().challenge_id === challengeId
    },

    dropTransaction(hash: string, challengeId: string): void {
      sql.exec('delete from transactions where hash = ? and challenge_id = ?', hash, challengeId)
    },

    purgeTransactions(before: number): void {
      sql.exec('delete from transactions where taken_at < ?', before)
    },
  }
}

export type Claims = ReturnType<typeof createClaims>
