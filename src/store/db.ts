/** The ways to reach D1: for writes, for reads, and for transactions. */
import type { SQLWrapper } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core'
import type { Env } from './env.ts'

/** Returns a client for writes. D1 sends every write to its primary. */
export function writer(env: Env) {
  return drizzle(env.DB)
}

/**
 * Returns a client for reads that see every earlier write, wherever it was made. A read from a
 * lagging replica would accept a revoked key and refuse a new one.
 */
export function primaryReader(env: Env) {
  // A D1 session has every method of the database that Drizzle's queries use.
  return drizzle(env.DB.withSession('first-primary') as unknown as D1Database)
}

/**
 * Runs statements in order as one transaction: all of them take effect, or none does. Returns the
 * rows of each statement. Replaces Drizzle's `batch`, which cannot bind the parameters of raw SQL.
 */
export async function transact(
  env: Pick<Env, 'DB'>,
  ...statements: SQLWrapper[]
): Promise<unknown[][]> {
  const dialect = new SQLiteAsyncDialect()
  const results = await env.DB.batch(
    statements.map((statement) => {
      const { sql, params } = dialect.sqlToQuery(statement.getSQL())
      return env.DB.prepare(sql).bind(...params)
    }),
  )
  return results.map(({ results: rows }) => rows)
}
