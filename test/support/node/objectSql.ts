/** The SQLite of a Durable Object, in memory, for tests of what an object stores. */

import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import type { DurableObjectStorage } from '@cloudflare/workers-types'

/** Returns an empty storage with the two methods that the payments Worker uses. */
export function objectStorage(): DurableObjectStorage {
  const database = new DatabaseSync(':memory:')
  function exec(query: string, ...values: SQLInputValue[]) {
    if (values.length === 0 && query.includes(';')) {
      database.exec(query)
      return { toArray: () => [], one: () => undefined }
    }
    const rows = database.prepare(query).all(...values)
    return { toArray: () => rows, one: () => rows[0] }
  }
  const transactionSync = <T>(step: () => T): T => step()
  return { sql: { exec }, transactionSync } as unknown as DurableObjectStorage
}
