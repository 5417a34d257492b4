/**
 * Stores that answer from memory, so that a call costs what the gateway costs and not what a
 * simulator of D1 or KV does. They know the few questions of the calls that are measured, and
 * answer each with at most one row.
 */

/** The credentials of the bench as the stores know them. */
export interface StoredCredentials {
  /** The SHA-256 of the key of an account that writes over its limit. */
  limitedHash: string
  /** The SHA-256 of a revoked key. */
  revokedHash: string
  /** Where tokens may be used, URLs with blanks between. */
  audiences: string
}

type Row = readonly (string | number)[]

const SOON_MS = 86_400_000

/** A D1 database and a KV namespace. `calls` is how many questions they have been asked. */
export function createMemoryStore({ limitedHash, revokedHash, audiences }: StoredCredentials) {
  let calls = 0

  /** The row that a statement finds, its columns in the order in which the gateway selects them. */
  function find(sql: string, params: readonly unknown[]): Row | null {
    if (sql.startsWith('update')) return null
    if (sql.includes('from "api_keys"')) {
      if (params.includes(revokedHash)) return null
      return params.includes(limitedHash) ? [2, 'acc_limited'] : [1, 'acc_bench']
    }
    if (sql.includes('from "oauth_tokens"')) {
      const expiresAt = Date.now() + SOON_MS
      return ['acc_bench', 'client', 'grant', 'mcp:tools', audiences, expiresAt]
    }
    if (sql.includes('from "sessions"')) return ['bench@example.com', 'en']
    throw new Error(`the store of the bench does not know: ${sql}`)
  }

  function statement(sql: string, params: readonly unknown[] = []) {
    const rows = () => {
      calls++
      const row = find(sql, params)
      return row === null ? [] : [row]
    }
    const result = async () => ({ success: true, results: rows(), meta: {} })
    return {
      bind: (...bound: unknown[]) => statement(sql, bound),
      raw: async () => rows(),
      all: result,
      run: result,
    }
  }

  type Statement = ReturnType<typeof statement>
  const database = {
    prepare: (sql: string) => statement(sql),
    batch: (statements: Statement[]) => Promise.all(statements.map((one) => one.run())),
    withSession: () => database,
  }
  const sessions = {
    async get() {
      calls++
      const now = Date.now()
      return { id: 'session', accountId: 'acc_bench', createdAt: now, seenAt: now }
    },
    put: async () => void calls++,
  }

  return {
    DB: database as unknown as D1Database,
    SESSIONS: sessions as unknown as KVNamespace,
    calls: () => calls,
  }
}
