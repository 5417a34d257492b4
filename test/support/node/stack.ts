/** The two Workers with nothing in front of them: what a client does, hanging up included, reaches them as it is. */
import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare'
import { makeSecrets } from '../../../cli/secrets.ts'
import { bundle } from '../../../dev/bundle.ts'
import { readMigrations } from '../../../dev/migrations.ts'
import { FEE_PAYER_PRIVATE_KEY, OPERATOR, paymentsVars, RECIPIENT } from '../../../dev/money.ts'
import type { PaymentChannel } from '../../../src/contract/channel.ts'
import { createSessionToken } from '../../../src/credentials/session.ts'
import { hmacKey, sha256Hex } from '../../../src/lib/bytes.ts'
import { ownPort } from './ports.ts'

const path = (name: string) => fileURLToPath(new URL(`../../../${name}`, import.meta.url))
/** What both Workers are deployed with: `wrangler.toml`. */
export const COMPATIBILITY = {
  compatibilityDate: '2026-10-23',
  compatibilityFlags: ['enable_request_signal'],
}
const CHARGES = { className: 'ChargeClaimsObject', useSQLite: true }
const CHANNELS = { className: 'PaymentChannelObject', useSQLite: true }

/** What has been bundled: a stack that is started again is the same. */
const scripts = new Map<string, Promise<string>>()

function bundled(entry: string): Promise<string> {
  const script = scripts.get(entry) ?? bundle(path(entry))
  scripts.set(entry, script)
  return script
}

export interface StackSettings {
  /** What the payments Worker is made from, instead of `payments/index.ts`. */
  paymentsEntry?: string
  /** More variables of the payments Worker. */
  payments?: Record<string, string>
  /** Where all state is kept: Workers that are started there again go on from it. In memory if it is left out. */
  folder?: string
}

/** Starts them before an origin and a chain: the gateway of `npm run dev`, or that of another entry. */
export async function startStack(
  originUrl: string,
  rpcUrl: string,
  entry = 'dev/gateway.ts',
  { paymentsEntry = 'payments/index.ts', payments = {}, folder }: StackSettings = {},
) {
  const gatewayScript = await bundled(entry)
  const paymentsScript = await bundled(paymentsEntry)
  // Last of all, so that nobody else takes it meanwhile.
  const port = await ownPort()
  const url = `http://127.0.0.1:${port}`
  const secrets = await makeSecrets()
  /** What both Workers have written. */
  const logs: string[] = []
  const options = convertV4MiniflareOptions({
    ...(folder === undefined ? {} : { resourcePersistencePath: folder }),
    log: new Log(LogLevel.NONE),
    handleStructuredLogs: ({ message }) => void logs.push(message),
    workers: [
      {
        ...COMPATIBILITY,
        name: 'turnpike',
        modules: true,
        script: gatewayScript,
        unsafeDirectSockets: [{ host: '127.0.0.1', port }],
        d1Databases: { DB: 'stack' },
        kvNamespaces: { SESSIONS: 'stack' },
        durableObjects: {
          CHARGES: { ...CHARGES, scriptName: 'turnpike-payments' },
          CHANNELS: { ...CHANNELS, scriptName: 'turnpike-payments' },
        },
        bindings: {
          ...secrets,
          DEV_URL: url,
          RATE_LIMITS: 'off',
          ORIGIN_URL: originUrl,
          PAYMENT_RECIPIENT: RECIPIENT,
          PAYMENT_OPERATOR: OPERATOR,
        },
      },
      {
        ...COMPATIBILITY,
        name: 'turnpike-payments',
        modules: true,
        script: paymentsScript,
        d1Databases: { DB: 'stack' },
        durableObjects: { CHARGES, CHANNELS },
        bindings: { ...paymentsVars(rpcUrl), FEE_PAYER_KEY: FEE_PAYER_PRIVATE_KEY, ...payments },
      },
    ],
  })
  let miniflare = new Miniflare(options)
  const database = await miniflare.getD1Database('DB', 'turnpike')
  const tables = await database
    .prepare("select 1 from sqlite_master where name = 'accounts'")
    .first()
  for (const { statements } of tables === null ? readMigrations() : []) {
    await database.batch(statements.map((statement) => database.prepare(statement)))
  }
  const stack = {
    url,
    secrets,
    database,
    logs,

    /** The object that keeps the day's budget for fees. */
    async sponsorBudget() {
      const charges = await miniflare.getDurableObjectNamespace('CHARGES', 'turnpike-payments')
      return charges.getByName('sponsor') as unknown as {
        takeFee: (id: string, fee: number, perDay: number) => Promise<boolean>
        dropFee: (id: string) => Promise<void>
      }
    },

    /** One payment channel's object, as the gateway reaches it. */
    async channel(channelId: string) {
      const objects = await miniflare.getDurableObjectNamespace('CHANNELS', 'turnpike-payments')
      return objects.getByName(channelId.toLowerCase()) as unknown as PaymentChannel
    },

    /** Makes an account with a session, as if somebody had signed in. Returns the session's token. */
    async signIn(email: string): Promise<string> {
      const accountId = `acc_${randomUUID()}`
      const now = Date.now()
      await stack.database
        .prepare(
          "insert into accounts (id, email, plan, locale, created_at) values (?, ?, 'active', 'en', ?)",
        )
        .bind(accountId, email, now)
        .run()
      const token = await createSessionToken([await hmacKey(secrets.KEY_TAG_SECRET)])
      const sessions = await miniflare.getKVNamespace('SESSIONS', 'turnpike')
      const record = { id: `ses_${randomUUID()}`, accountId, createdAt: now, seenAt: now }
      await sessions.put(await sha256Hex(token), JSON.stringify(record))
      return token
    },

    /** The sum of all entries of the ledger, and what is held. */
    async ledgerSums(): Promise<{ sum: number; held: number | undefined }> {
      const query = 'select account, sum(amount) as total from ledger_entries group by account'
      const { results } = await stack.database
        .prepare(query)
        .all<{ account: string; total: number }>()
      const sum = results.reduce((all, { total }) => all + total, 0)
      return { sum, held: results.find(({ account }) => account === 'held')?.total }
    },

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
