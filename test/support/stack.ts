/** The two Workers with nothing in front of them: what a client does, hanging up included, reaches them as it is. */
import { fileURLToPath } from 'node:url'
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare'
import { bundle } from '../../dev/bundle.ts'
import { readMigrations } from '../../dev/migrations.ts'
import { RECIPIENT } from '../../dev/money.ts'
import { makeSecrets } from '../../dev/secrets.ts'
import { ownPort } from './ports.ts'

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url))
const COMPATIBILITY = {
  compatibilityDate: '2026-10-23',
  compatibilityFlags: ['enable_request_signal'],
}

export interface StackSettings {
  /** What the payments Worker is made from, instead of `payments/index.ts`. */
  paymentsEntry?: string
  /** More variables of the payments Worker. */
  payments?: Record<string, string>
  /** Where the stores are kept; without it they are gone with the Workers. */
  folder?: string
}

/** Starts them before an origin and a chain: the gateway of `npm run dev`, or that of another entry. */
export async function startStack(
  originUrl: string,
  rpcUrl: string,
  entry = 'dev/gateway.ts',
  { paymentsEntry = 'payments/index.ts', payments = {}, folder }: StackSettings = {},
) {
  const port = await ownPort()
  const url = `http://127.0.0.1:${port}`
  const options = convertV4MiniflareOptions({
    ...(folder === undefined ? {} : { resourcePersistencePath: folder }),
    log: new Log(LogLevel.NONE),
    handleStructuredLogs: () => undefined,
    workers: [
      {
        ...COMPATIBILITY,
        name: 'turnpike',
        modules: true,
        script: await bundle(path(entry)),
        unsafeDirectSockets: [{ host: '127.0.0.1', port }],
        d1Databases: { DB: 'stack' },
        kvNamespaces: { SESSIONS: 'stack' },
        durableObjects: {
          CHARGES: {
            className: 'ChargeClaimsObject',
            scriptName: 'turnpike-payments',
            useSQLite: true,
          },
        },
        bindings: {
          ...(await makeSecrets()),
          DEV_URL: url,
          RATE_LIMITS: 'off',
          ORIGIN_URL: originUrl,
          PAYMENT_RECIPIENT: RECIPIENT,
        },
      },
      {
        ...COMPATIBILITY,
        name: 'turnpike-payments',
        modules: true,
        script: await bundle(path(paymentsEntry)),
        d1Databases: { DB: 'stack' },
        durableObjects: { CHARGES: { className: 'ChargeClaimsObject', useSQLite: true } },
        bindings: { RPC_URL: rpcUrl, ...payments },
      },
    ],
  })
  let miniflare = new Miniflare(options)
  const database = await miniflare.getD1Database('DB', 'turnpike')
  for (const { statements } of readMigrations()) {
    await database.batch(statements.map((statement) => database.prepare(statement)))
  }
  const stack = {
    url,
    database,
    end: () => miniflare.dispose(),
    /** Ends both Workers where they are, and starts them anew with what is kept. */
    async restart() {
      await miniflare.dispose()
      miniflare = new Miniflare(options)
      stack.database = await miniflare.getD1Database('DB', 'turnpike')
    },
  }
  return stack
}
