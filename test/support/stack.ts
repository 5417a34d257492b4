/** The two Workers with nothing in front of them: what a client does, hanging up included, reaches them as it is. */
import { fileURLToPath } from 'node:url'
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare'
import { bundle } from '../../dev/bundle.ts'
import { readMigrations } from '../../dev/migrations.ts'
import { FEE_PAYER_PRIVATE_KEY, OPERATOR, paymentsVars, RECIPIENT } from '../../dev/money.ts'
import { freePort } from '../../dev/ports.ts'
import { makeSecrets } from '../../dev/secrets.ts'
import type { PaymentChannel } from '../../src/store/channel.ts'

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url))
const COMPATIBILITY = {
  compatibilityDate: '2026-10-23',
  compatibilityFlags: ['enable_request_signal'],
}

/** What has been bundled: a stack that is started again is the same. */
const scripts = new Map<string, Promise<string>>()

function bundled(entry: string): Promise<string> {
  const script = scripts.get(entry) ?? bundle(path(entry))
  scripts.set(entry, script)
  return script
}

interface StackOptions {
  /** Where all state is kept: a stack that is started there again goes on from it. In memory if it is left out. */
  folder?: string
  /** Variables of the payments Worker. */
  vars?: Record<string, string>
}

/** Starts them before an origin and a chain: the gateway of `npm run dev`, or that of another entry. */
export async function startStack(
  originUrl: string,
  rpcUrl: string,
  entry = 'dev/gateway.ts',
  { folder, vars = {} }: StackOptions = {},
) {
  const gateway = await bundled(entry)
  const payments = await bundled('payments/index.ts')
  // Last of all, so that nobody else takes it meanwhile.
  const port = await freePort(19_687 + (process.pid % 1_000))
  const url = `http://127.0.0.1:${port}`
  const secrets = await makeSecrets()
  /** What both Workers have written. */
  const logs: string[] = []
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      log: new Log(LogLevel.NONE),
      handleStructuredLogs: ({ message }) => void logs.push(message),
      ...(folder === undefined ? {} : { resourcePersistencePath: folder }),
      workers: [
        {
          ...COMPATIBILITY,
          name: 'turnpike',
          modules: true,
          script: gateway,
          unsafeDirectSockets: [{ host: '127.0.0.1', port }],
          d1Databases: { DB: 'stack' },
          kvNamespaces: { SESSIONS: 'stack' },
          durableObjects: {
            CHARGES: {
              className: 'ChargeClaimsObject',
              scriptName: 'turnpike-payments',
              useSQLite: true,
            },
            CHANNELS: {
              className: 'PaymentChannelObject',
              scriptName: 'turnpike-payments',
              useSQLite: true,
            },
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
          script: payments,
          d1Databases: { DB: 'stack' },
          durableObjects: {
            CHARGES: { className: 'ChargeClaimsObject', useSQLite: true },
            CHANNELS: { className: 'PaymentChannelObject', useSQLite: true },
          },
          bindings: {
            ...{ ...paymentsVars(rpcUrl), FEE_PAYER_KEY: FEE_PAYER_PRIVATE_KEY, ...vars },
          },
        },
      ],
    }),
  )
  const database = await miniflare.getD1Database('DB', 'turnpike')
  const tables = await database
    .prepare("select 1 from sqlite_master where name = 'accounts'")
    .first()
  for (const { statements } of tables === null ? readMigrations() : []) {
    await database.batch(statements.map((statement) => database.prepare(statement)))
  }
  /** The object that keeps the day's budget for fees. */
  async function sponsorBudget() {
    const charges = await miniflare.getDurableObjectNamespace('CHARGES', 'turnpike-payments')
    return charges.getByName('sponsor') as unknown as {
      takeFee: (id: string, fee: number, perDay: number) => Promise<boolean>
      dropFee: (id: string) => Promise<void>
    }
  }

  /** One payment channel's object, as the gateway reaches it. */
  async function channel(channelId: string) {
    const objects = await miniflare.getDurableObjectNamespace('CHANNELS', 'turnpike-payments')
    return objects.getByName(channelId.toLowerCase()) as unknown as PaymentChannel
  }

  return { url, database, secrets, logs, sponsorBudget, channel, end: () => miniflare.dispose() }
}
