/** The two ways to reach D1. */
import type { SQLWrapper } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core'
import type { Env } from './env.ts'

/** For writes, which always go to the primary. */
export function writer(env: Env) {
  return drizzle(env.DB)
}

/**
 * For reads that must see every earlier write, wherever it was made: a lagging replica would bring a
 * revoked key back to life and refuse a new one.
 */
export function primaryReader(env: Env) {
  // A D1 session has all of the database that a query needs.
  return drizzle(env.DB.withSession('first-primary') as unknown as D1Database)
}

/**
 * Runs all statements or none, in order, as one transaction. Answers the rows that each returns. Drizzle's
 * own `batch` cannot bind the parameters of raw SQL.
 */
export async function transact(env: Env, ...statements: SQLWrapper[]): Promise<unknown[][]> {
  const dialect = new SQLiteAsyncDialect()
  const results = await env.DB.batch(
    statements.map((statement) => {
      const { sql, params } = dialect.sqlToQuery(statement.getSQL())
      return env.DB.prepare(sql).bind(...params)
    }),
  )
  return results.map(({ results: rows }) => rows)
}
