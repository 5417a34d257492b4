/**
 * The cost of a cold key's look-up among a million keys: the gateway's own statement, asked of
 * SQLite in Node, which is the engine of D1.
 */
import { createHash } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { readMigrations } from '../cli/migrations.ts'
import { minified } from './build.ts'
import { type Estimate, estimate, ratios } from './stats.ts'

const MANY = { accounts: 10_000, keys: 1_000_000 }
const FEW = { accounts: 10, keys: 1_000 }
const LOOK_UPS = 1_000

type Store = ReturnType<typeof storeOf>
/** The look-up of `store/keys/apiKeyStatements.ts`: null for no valid key. */
type SelectOwner = (env: { DB: Store['DB'] }, hash: string) => Promise<object | null>

/** The hash of the key with a number: any 64 hexadecimal characters, spread as SHA-256 spreads. */
const hashOf = (key: number) => createHash('sha256').update(String(key)).digest('hex')

/**
 * The CPU time of a look-up among 1,000 keys over that among many (1,000,000 keys of 10,000
 * accounts, if no size is given), each over keys in random order. Rejects if a key is missing.
 */
export async function manyKeysRatio(rounds: number, size = MANY): Promise<Estimate> {
  const selectOwner = await loadSelectOwner()
  const [few, many] = [storeOf(FEW), storeOf(size)]
  const costs = { few: [] as number[], many: [] as number[] }
  await lookUps(selectOwner, few, FEW.keys)
  await lookUps(selectOwner, many, size.keys)
  for (let round = 0; round < rounds; round++) {
    costs.few.push(await lookUps(selectOwner, few, FEW.keys))
    costs.many.push(await lookUps(selectOwner, many, size.keys))
  }
  few.database.close()
  many.database.close()
  return estimate(ratios(costs.few, costs.many))
}

/** Looks keys up, and returns the CPU time that one look-up took, in microseconds. */
async function lookUps(selectOwner: SelectOwner, store: Store, keys: number): Promise<number> {
  const hashes = Array.from({ length: LOOK_UPS }, () => hashOf(Math.floor(Math.random() * keys)))
  const before = process.cpuUsage()
  for (const hash of hashes) {
    if ((await selectOwner(store, hash)) === null) throw new Error('a stored key was not found')
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / LOOK_UPS
}

/** The gateway's look-up, bundled as it is deployed, because its types are those of a Worker. */
async function loadSelectOwner(): Promise<SelectOwner> {
  const script = await minified('../src/store/keys/apiKeyStatements.ts')
  const loaded: { selectOwner: SelectOwner } = await import(
    `data:text/javascript,${encodeURIComponent(script)}`
  )
  return loaded.selectOwner
}

/** A database with so many accounts and keys, as it is and in the place of D1. */
function storeOf({ accounts, keys }: { accounts: number; keys: number }) {
  const database = new DatabaseSync(':memory:')
  for (const { statements } of readMigrations()) {
    for (const statement of statements) database.exec(statement)
  }
  database.exec('begin')
  const account = database.prepare(
    "insert into accounts (id, email, plan, locale, created_at) values (?, ?, 'active', 'en', 0)",
  )
  for (let n = 0; n < accounts; n++) account.run(`acc_${n}`, `${n}@example.com`)
  const key = database.prepare(
    `insert into api_keys (account_id, name, prefix, hash, created_at)
     values (?, 'a', 'xq_a', ?, 0)`,
  )
  for (let n = 0; n < keys; n++) key.run(`acc_${n % accounts}`, hashOf(n))
  database.exec('commit')
  return { database, DB: databaseOf(database) }
}

/** D1's calls that a look-up needs, answered by SQLite. */
function databaseOf(database: DatabaseSync) {
  const prepare = (sql: string) => {
    const statement = database.prepare(sql)
    statement.setReturnArrays(true)
    return {
      bind: (...values: (string | number | null)[]) => ({
        raw: async () => statement.all(...values),
      }),
    }
  }
  return { prepare, withSession: () => ({ prepare }) }
}
