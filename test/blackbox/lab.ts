/**
 * Starts the lab of the black-box cases: the gateway in workerd before two recording upstreams,
 * without the layer that would normalise requests.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare'
import { readMigrations } from '../../cli/migrations.ts'
import { makeSecrets } from '../../cli/secrets.ts'
import { bundle } from '../../dev/bundle.ts'
import { OPERATOR, paymentsVars, RECIPIENT } from '../../dev/money.ts'
import type { Authorities } from './faults.ts'
import { createIdentifier, type IdentifiedHit } from './identity.ts'
import { startUpstream } from './upstream.ts'

/** The issuer and audience of assertions, as gateway.ts configures them. */
const ISSUER = 'https://gateway.test'
const AUDIENCE = 'a'

/** A reserved port (tcpmux) that nothing uses any more, so connections are refused. */
const DEAD_URL = 'http://127.0.0.1:1'

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))

export interface Lab {
  /** The URL of the gateway's own socket, `http://127.0.0.1:…`. */
  url: string
  port: number
  /** Values that every case may use as placeholders, beside its fixtures. */
  facts: Record<string, string>
  /** Makes new accounts, keys and sessions. Returns them by the names of the cases. */
  seed: () => Promise<Record<string, string>>
  /** The requests that the two upstreams recorded since the last `forget`. */
  hits: () => Promise<{ origin: IdentifiedHit[]; originB: IdentifiedHit[] }>
  forget: () => void
  /**
   * Returns and clears the log lines of errors that the gateway did not expect (`internal_error`).
   */
  takeInternalErrors: () => string[]
  close: () => Promise<void>
}

/**
 * Starts everything on loopback. ORIGIN_A_PORT and ORIGIN_B_PORT set the ports of the upstreams.
 */
export async function startLab(): Promise<Lab> {
  const authorities: Authorities = { originA: '', originB: '' }
  const a = await startUpstream(Number(process.env.ORIGIN_A_PORT ?? 0), authorities)
  const b = await startUpstream(Number(process.env.ORIGIN_B_PORT ?? 0), authorities)
  authorities.originA = `127.0.0.1:${a.port}`
  authorities.originB = `127.0.0.1:${b.port}`
  const internalErrors: string[] = []
  const miniflare = await startGateway(authorities.originA, (line) => internalErrors.push(line))
  const { port } = await miniflare.unsafeGetDirectURL('lab')
  const url = `http://127.0.0.1:${port}`
  const identify = createIdentifier(url, ISSUER, AUDIENCE)

  return {
    url,
    port: Number(port),
    facts: {
      ...authorities,
      host: `127.0.0.1:${port}`,
      self: url,
      issuer: ISSUER,
      cookie: '__Host-session',
      appOrigin: 'https://app.example.com',
    },
    async seed() {
      const answer = await fetch(`${url}/__lab/seed`, { method: 'POST' })
      if (!answer.ok) throw new Error(`seeding answered ${answer.status}: ${await answer.text()}`)
      return (await answer.json()) as Record<string, string>
    },
    async hits() {
      const identified = await Promise.all(a.hits().map(identify))
      return { origin: identified, originB: [...b.hits()] }
    },
    forget() {
      a.forget()
      b.forget()
    },
    takeInternalErrors: () => internalErrors.splice(0),
    async close() {
      await miniflare.dispose()
      await Promise.all([a.close(), b.close()])
    },
  }
}

async function startGateway(
  originA: string,
  onInternalError: (line: string) => void,
): Promise<Miniflare> {
  const compatibility = deployedCompatibility()
  const claims = { className: 'ChargeClaimsObject', useSQLite: true }
  const channel = { className: 'PaymentChannelObject', useSQLite: true }
  const account = { className: 'AccountObject', useSQLite: true }
  const addresses = { className: 'AddressObject', useSQLite: true }
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      log: new Log(LogLevel.NONE),
      handleStructuredLogs: ({ message }) => {
        if (message.includes('"internal_error"')) onInternalError(message)
      },
      workers: [
        {
          ...compatibility,
          name: 'lab',
          modules: true,
          script: await bundle(path('gateway.ts')),
          // Miniflare's ordinary entry is a Worker of its own, which parses and rewrites every URL.
          unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
          d1Databases: { DB: 'lab' },
          kvNamespaces: { SESSIONS: 'lab' },
          durableObjects: {
            CHARGES: { ...claims, scriptName: 'payments' },
            CHANNELS: { ...channel, scriptName: 'payments' },
            ACCOUNTS: { ...account, scriptName: 'heartbeat' },
            ADDRESSES: { ...addresses, scriptName: 'heartbeat' },
          },
          bindings: {
            ...(await makeSecrets()),
            ORIGIN_A_URL: `http://${originA}`,
            DOWN_URL: DEAD_URL,
            ORIGIN_SECRET: 'only-the-gateway-knows',
            PAYMENT_RECIPIENT: RECIPIENT,
            PAYMENT_OPERATOR: OPERATOR,
          },
        },
        {
          ...compatibility,
          name: 'payments',
          modules: true,
          script: await bundle(path('../../payments/index.ts')),
          d1Databases: { DB: 'lab' },
          durableObjects: { CHARGES: claims },
          additionalUnboundDurableObjects: [channel],
          // Without a chain no payment is possible, so no priced route may be served to a payer.
          bindings: paymentsVars(DEAD_URL),
        },
        {
          ...compatibility,
          name: 'heartbeat',
          modules: true,
          script: await bundle(path('../../heartbeat/index.ts')),
          d1Databases: { DB: 'lab' },
          additionalUnboundDurableObjects: [account, addresses],
        },
      ],
    }),
  )
  const database = await miniflare.getD1Database('DB', 'lab')
  await database.batch(
    readMigrations()
      .flatMap(({ statements }) => statements)
      .map((statement) => database.prepare(statement)),
  )
  return miniflare
}

/** The compatibility date and flags of a deployment. */
function deployedCompatibility() {
  const toml = readFileSync(new URL('../../wrangler.toml', import.meta.url), 'utf8')
  const date = /^compatibility_date = "([^"]+)"$/m.exec(toml)?.[1]
  const flags = /^compatibility_flags = (\[[^\]]*\])$/m.exec(toml)?.[1]
  if (date === undefined || flags === undefined)
    throw new Error('wrangler.toml has no compatibility_date or compatibility_flags')
  return { compatibilityDate: date, compatibilityFlags: JSON.parse(flags) as string[] }
}
