/** The two ways to reach D1. */
import { drizzle } from 'drizzle-orm/d1'
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
