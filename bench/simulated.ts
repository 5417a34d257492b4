/**
 * The gateway before Miniflare's simulators of D1 and KV: what a cold key costs when a store is
 * really asked.
 */
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare'
import { readMigrations } from '../cli/migrations.ts'
import { freePort } from '../dev/ports.ts'
import { sha256Hex } from '../src/lib/bytes.ts'
import { COMPATIBILITY } from '../test/support/node/workers.ts'
import { minified } from './build.ts'
import type { Pinning } from './cpu.ts'
import { type Ground, gatewayVariables } from './ground.ts'
import { workerdsOfMiniflare } from './processes.ts'

const FROM_PORT = 24_000
const KEYS_IN_A_STATEMENT = 25

/**
 * Starts it with the ground's first keys in D1. It listens on a direct socket, before the ground's
 * origin.
 */
export async function startSimulated(
  { credentials, originPort }: Ground,
  pinning: Pinning,
  keys: number,
) {
  const script = await minified('workers/gateway.ts')
  const port = await freePort(FROM_PORT)
  const heartbeat = await minified('../heartbeat/index.ts')
  const accounts = { className: 'AccountObject', useSQLite: true }
  const addresses = { className: 'AddressObject', useSQLite: true }
  const others = workerdsOfMiniflare()
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      log: new Log(LogLevel.NONE),
      handleStructuredLogs: () => {},
      workers: [
        {
          ...COMPATIBILITY,
          name: 'gateway',
          modules: true,
          script,
          unsafeDirectSockets: [{ host: '127.0.0.1', port }],
          serviceBindings: {
            ORIGIN: { external: { address: `127.0.0.1:${originPort}`, http: {} } },
          },
          d1Databases: { DB: 'bench' },
          kvNamespaces: { SESSIONS: 'bench' },
          durableObjects: {
            ACCOUNTS: { ...accounts, scriptName: 'heartbeat' },
            ADDRESSES: { ...addresses, scriptName: 'heartbeat' },
          },
          bindings: { ...gatewayVariables(credentials), TABLE: 'shipped' },
        },
        {
          ...COMPATIBILITY,
          name: 'heartbeat',
          modules: true,
          script: heartbeat,
          d1Databases: { DB: 'bench' },
          additionalUnboundDurableObjects: [accounts, addresses],
        },
      ],
    }),
  )
  try {
    const database = await miniflare.getD1Database('DB', 'gateway')
    for (const { statements } of readMigrations()) {
      await database.batch(statements.map((statement) => database.prepare(statement)))
    }
    const createdAt = Date.now()
    const account = 'insert into accounts (id, email, plan, locale, created_at) values'
    await database
      .prepare(`${account} ('acc', 'bench@example.com', 'active', 'en', ?)`)
      .bind(createdAt)
      .run()
    const hashes = await Promise.all(credentials.coldKeys.slice(0, keys).map(sha256Hex))
    for (let from = 0; from < hashes.length; from += KEYS_IN_A_STATEMENT) {
      const some = hashes.slice(from, from + KEYS_IN_A_STATEMENT)
      const rows = some.map(() => "('acc', 'bench', 'xq_bench', ?, ?)").join(', ')
      await database
        .prepare(`insert into api_keys (account_id, name, prefix, hash, created_at) values ${rows}`)
        .bind(...some.flatMap((hash) => [hash, createdAt]))
        .run()
    }
    const pid = workerdsOfMiniflare().find((one) => !others.includes(one)) ?? 0
    pinning.moveToServer(pid)
    return { port, pid, end: () => miniflare.dispose() }
  } catch (error) {
    await miniflare.dispose()
    throw error
  }
}
