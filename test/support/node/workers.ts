/**
 * All Workers without a layer before them, so that even a disconnect of a client reaches them
 * unchanged.
 */
import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import {
  convertV4MiniflareOptions,
  Log,
  LogLevel,
  Miniflare,
  type Request as OutboundRequest,
  type Response as OutboundResponse,
} from 'miniflare'
import { readMigrations } from '../../../cli/migrations.ts'
import { makeSecrets } from '../../../cli/secrets.ts'
import { bundle } from '../../../dev/bundle.ts'
import { FEE_PAYER_PRIVATE_KEY, OPERATOR, paymentsVars, RECIPIENT } from '../../../dev/money.ts'
import { freePort } from '../../../dev/ports.ts'
import type { PaymentChannel } from '../../../src/contract/channel.ts'
import { mintSecret } from '../../../src/credentials/minted.ts'
import { hmacKey } from '../../../src/lib/bytes.ts'
import { ownPort } from './ports.ts'

const path = (name: string) => fileURLToPath(new URL(`../../../${name}`, import.meta.url))
/** The compatibility settings of all Workers, as in `wrangler.toml`. */
export const COMPATIBILITY = {
  compatibilityDate: '2026-10-23',
  compatibilityFlags: ['enable_request_signal'],
}
const CHARGES = { className: 'ChargeClaimsObject', useSQLite: true }
const CHANNELS = { className: 'PaymentChannelObject', useSQLite: true }
const ACCOUNTS = { className: 'AccountObject', useSQLite: true }
const ADDRESSES = { className: 'AddressObject', useSQLite: true }

/** The secret with which these gateways tell their parts. */
export const HEALTH_SECRET = 'c0ffee00'.repeat(4)

/** The bundled scripts by entry, so that each entry is bundled once. */
const scripts = new Map<string, Promise<string>>()

function bundled(entry: string): Promise<string> {
  const script = scripts.get(entry) ?? bundle(path(entry))
  scripts.set(entry, script)
  return script
}

export interface WorkerSettings {
  /** The entry of the payments Worker. Default: `payments/index.ts`. */
  paymentsEntry?: string
  /** Additional variables of the payments Worker. */
  payments?: Record<string, string>
  /** The folder of all state, from which a later start continues. Default: in memory. */
  folder?: string
  /** Whether limits are counted. Default: false. */
  hasLimits?: boolean
  /**
   * How many Workers are the gateway, each with a memory of its own, as isolates are. Default: 1.
   */
  gateways?: number
  /** Whether log lines are kept. Default: true. */
  keepsLogs?: boolean
  /**
   * A module that stands in for all origins, as the Worker `origin`, and one that sends requests:
   * it has the gateways as the bindings GATEWAY_0, GATEWAY_1 …, and ORIGIN.
   */
  load?: { origin: string; sender: string }
  /** Answers what the gateways fetch from other hosts. Default: those hosts themselves. */
  outbound?: (request: OutboundRequest) => Promise<OutboundResponse>
}

/**
 * Starts all Workers with an origin and a chain: the gateway of `npm run dev`, or of another
 * entry.
 */
export async function startWorkers(
  originUrl: string,
  rpcUrl: string,
  entry = 'dev/gateway.ts',
  {
    paymentsEntry = 'payments/index.ts',
    payments = {},
    folder,
    hasLimits = false,
    gateways = 1,
    keepsLogs = true,
    load,
    outbound,
  }: WorkerSettings = {},
) {
  const gatewayScript = await bundled(entry)
  const paymentsScript = await bundled(paymentsEntry)
  const heartbeatScript = await bundled('heartbeat/index.ts')
  // The ports are chosen last, so that no other process takes them meanwhile.
  const port = await ownPort()
  const ports = [port]
  while (ports.length < gateways) ports.push(await freePort((ports.at(-1) ?? port) + 1))
  const url = `http://127.0.0.1:${port}`
  const secrets = await makeSecrets()
  /** The log lines of all Workers. */
  const logs: string[] = []
  const options = convertV4MiniflareOptions({
    ...(folder === undefined ? {} : { resourcePersistencePath: folder }),
    log: new Log(LogLevel.NONE),
    handleStructuredLogs: ({ message }) => void (keepsLogs && logs.push(message)),
    workers: [
      ...ports.map((port, index) => ({
        ...COMPATIBILITY,
        name: index === 0 ? 'turnpike' : `turnpike-${index}`,
        modules: true,
        script: gatewayScript,
        ...(load === undefined ? {} : { outboundService: 'origin' }),
        ...(outbound === undefined ? {} : { outboundService: outbound }),
        unsafeDirectSockets: [{ host: '127.0.0.1', port }],
        d1Databases: { DB: 'stack' },
        kvNamespaces: { SESSIONS: 'stack' },
        durableObjects: {
          CHARGES: { ...CHARGES, scriptName: 'turnpike-payments' },
          CHANNELS: { ...CHANNELS, scriptName: 'turnpike-payments' },
          ACCOUNTS: { ...ACCOUNTS, scriptName: 'turnpike-heartbeat' },
          ADDRESSES: { ...ADDRESSES, scriptName: 'turnpike-heartbeat' },
        },
        bindings: {
          ...secrets,
          HEALTH_SECRET,
          DEV_URL: url,
          RATE_LIMITS: hasLimits ? 'on' : 'off',
          ORIGIN_URL: originUrl,
          PAYMENT_RECIPIENT: RECIPIENT,
          PAYMENT_OPERATOR: OPERATOR,
        },
      })),
      {
        ...COMPATIBILITY,
        name: 'turnpike-payments',
        modules: true,
        script: paymentsScript,
        d1Databases: { DB: 'stack' },
        durableObjects: { CHARGES },
        additionalUnboundDurableObjects: [CHANNELS],
        bindings: { ...paymentsVars(rpcUrl), FEE_PAYER_KEY: FEE_PAYER_PRIVATE_KEY, ...payments },
      },
      {
        ...COMPATIBILITY,
        name: 'turnpike-heartbeat',
        modules: true,
        script: heartbeatScript,
        d1Databases: { DB: 'stack' },
        additionalUnboundDurableObjects: [ACCOUNTS, ADDRESSES],
      },
      ...(load === undefined ? [] : loadWorkers(load, ports.length)),
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
  const workers = {
    url,
    /** The URLs of all gateways. */
    urls: ports.map((one) => `http://127.0.0.1:${one}`),
    secrets,
    database,
    logs,

    /** The object that keeps the daily budget for fees. */
    async sponsorBudget() {
      const charges = await miniflare.getDurableObjectNamespace('CHARGES', 'turnpike-payments')
      return charges.getByName('sponsor') as unknown as {
        takeFee: (id: string, fee: number, perDay: number) => Promise<boolean>
        dropFee: (id: string) => Promise<void>
      }
    },

    /** The object of one payment channel, as the gateway calls it. */
    async channel(channelId: string) {
      const objects = await miniflare.getDurableObjectNamespace('CHANNELS', 'turnpike')
      return objects.getByName(channelId.toLowerCase()) as unknown as PaymentChannel
    },

    /** The id of the account with an e-mail address, which is made if there is none. */
    async accountOf(email: string): Promise<string> {
      await workers.database
        .prepare(
          `insert into accounts (id, email, plan, locale, created_at)
           values (?, ?, 'active', 'en', ?) on conflict do nothing`,
        )
        .bind(`acc_${randomUUID()}`, email, Date.now())
        .run()
      const query = workers.database.prepare('select id from accounts where email = ?')
      return String(await query.bind(email).first('id'))
    },

    /** Gives an account a session, as a sign-in does. Returns the session token. */
    async signIn(email: string): Promise<string> {
      const accountId = await workers.accountOf(email)
      const now = Date.now()
      const tagKeys = [await hmacKey(secrets.KEY_TAG_SECRET)]
      const { value: token, hash } = await mintSecret('session', tagKeys)
      const sessions = await miniflare.getKVNamespace('SESSIONS', 'turnpike')
      const record = { id: `ses_${randomUUID()}`, accountId, createdAt: now, seenAt: now }
      await sessions.put(hash, JSON.stringify(record))
      await workers.database
        .prepare(
          `insert into sessions (hash, id, account_id, browser, place, created_at, seen_at, ends_at)
           values (?, ?, ?, '', '', ?, 0, ?)`,
        )
        .bind(hash, record.id, accountId, record.createdAt, record.createdAt + 86_400_000)
        .run()
      return token
    },

    /** The sum of all entries of the ledger, and the sum of the account `held`. */
    async ledgerSums(): Promise<{ sum: number; held: number | undefined }> {
      const query = 'select account, sum(amount) as total from ledger_entries group by account'
      const { results } = await workers.database
        .prepare(query)
        .all<{ account: string; total: number }>()
      const sum = results.reduce((all, { total }) => all + total, 0)
      return { sum, held: results.find(({ account }) => account === 'held')?.total }
    },

    /** Asks the Worker that sends requests. */
    async askSender(path: string, body: unknown): Promise<unknown> {
      const sender = await miniflare.getWorker('sender')
      const init = { method: 'POST', body: JSON.stringify(body) }
      const answer = await sender.fetch(`http://sender${path}`, init)
      if (!answer.ok) throw new Error(await answer.text())
      return answer.json()
    },

    end: () => miniflare.dispose(),
    /** Ends all Workers at once, and starts them again with the stored state. */
    async restart() {
      await miniflare.dispose()
      miniflare = new Miniflare(options)
      workers.database = await miniflare.getD1Database('DB', 'turnpike')
    },
  }
  return workers
}

/** The Workers that stand in for origins, and that send requests. */
function loadWorkers({ origin, sender }: { origin: string; sender: string }, gateways: number) {
  const names = Array.from({ length: gateways }, (_, i) => [
    `GATEWAY_${i}`,
    i === 0 ? 'turnpike' : `turnpike-${i}`,
  ])
  const serviceBindings = { ...Object.fromEntries(names), ORIGIN: 'origin' }
  return [
    { ...COMPATIBILITY, name: 'origin', modules: true, script: origin },
    { ...COMPATIBILITY, name: 'sender', modules: true, script: sender, serviceBindings },
  ]
}
