/**
 * The index by which a payer's earlier payments are found: of each payment, its challenge and the
 * hashes of what it is for. It is written before a payment counts, so that no debt is missing from
 * it; whether anything is to be had for a payment, only the claim's object knows.
 * See docs/decisions/0030.
 */
import type { SqlStorage } from '@cloudflare/workers-types'
import { OWED_MS } from '../../src/contract/charge.ts'

/** How many earlier payments one payment looks at. */
const MAX_EARLIER = 10
/**
 * How long a payment is found after it was entered or its debt was last taken, in milliseconds. Its
 * own credential can prolong the debt once more without the index.
 */
export const FOUND_MS = 2 * OWED_MS

/** A payment as the index knows it. No payer, target or key can be read from its hashes. */
export interface EnteredPurchase {
  challengeId: string
  /** The hash of the payer and of what is bought. Stored as "" once that was delivered. */
  bought: string
  /** The hash of the payer and of the `Idempotency-Key`, or null without a key. */
  key: string | null
}

/** The challenges of earlier payments, the oldest first. */
export interface Earlier {
  /** The payer's payments with the same `Idempotency-Key`. */
  withKey: string[]
  /** The payer's payments for the same purchase. */
  forSame: string[]
}

export function createPurchases(sql: SqlStorage) {
  sql.exec(`
    create table if not exists purchases (
      challenge_id text primary key, bought text not null, key text, entered_at integer not null);
    create index if not exists purchases_bought on purchases (bought);
    create index if not exists purchases_key on purchases (key) where key is not null;
    create index if not exists purchases_entered on purchases (entered_at);
  `)

  const othersWith = (column: 'bought' | 'key', value: string, challengeId: string): string[] => {
    const query = `select challenge_id as id from purchases
      where ${column} = ? and challenge_id <> ? order by rowid limit ${MAX_EARLIER}`
    const rows = sql.exec<{ id: string }>(query, value, challengeId).toArray()
    return rows.map(({ id }) => id)
  }

  return {
    /** Enters a payment once, and returns the earlier ones: of two at once, one sees the other. */
    enter({ challengeId, bought, key }: EnteredPurchase): Earlier {
      const insert = `insert into purchases values (?1, ?2, ?3, ?4)
        on conflict (challenge_id) do update set key = coalesce(key, ?3)`
      sql.exec(insert, challengeId, bought, key, Date.now())
      return {
        withKey: key === null ? [] : othersWith('key', key, challengeId),
        forSame: othersWith('bought', bought, challengeId),
      }
    },

    drop(challengeIds: readonly string[]): void {
      for (const id of challengeIds) sql.exec('delete from purchases where challenge_id = ?', id)
    },

    /** Gives the key of a payment to an earlier one, which pays instead and is found longer. */
    replace(from: string, to: string): void {
      const keyOf = '(select key from purchases where challenge_id = ?1)'
      const update = `update purchases set key = ${keyOf}, entered_at = ?3 where challenge_id = ?2`
      sql.exec(update, from, to, Date.now())
      sql.exec('update purchases set key = null where challenge_id = ?', from)
    },

    /**
     * Notes that a payment was delivered, and that its answer is kept for a key: from now on it is
     * found by that key alone. `key`: as in `EnteredPurchase`; null leaves it as it is.
     */
    close(challengeId: string, key: string | null): void {
      const update = `update purchases set bought = '', key = coalesce(?2, key)
        where challenge_id = ?1`
      sql.exec(update, challengeId, key)
    },

    purge(before: number): void {
      sql.exec('delete from purchases where entered_at < ?', before)
    },

    isEmpty: (): boolean => sql.exec('select 1 from purchases limit 1').toArray().length === 0,
  }
}

export type Purchases = ReturnType<typeof createPurchases>
