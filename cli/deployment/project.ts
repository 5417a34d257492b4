/** The files of a deployment: each `wrangler.toml`, and what the config needs of them. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { unstable_readConfig as readWrangler } from 'wrangler'
import type { Config, Origin } from '../../src/config/config.ts'
import { CannotDeploy } from './api.ts'
import { withTomlValue } from './toml.ts'

/** The Workers of a deployment, by the file of their settings. */
export const WORKERS = {
  gateway: 'wrangler.toml',
  payments: 'payments/wrangler.toml',
  heartbeat: 'heartbeat/wrangler.toml',
} as const
export type WorkerName = keyof typeof WORKERS
/** A Worker that can have secrets. */
export type SecretWorkerName = Exclude<WorkerName, 'heartbeat'>

/** The settings of a Worker, as wrangler reads them, as far as the checks look at them. */
export interface Settings {
  name?: string
  workers_dev?: boolean
  route?: string | { pattern: string }
  routes?: (string | { pattern: string })[]
  vars: Record<string, unknown>
  services?: { binding: string }[]
  send_email: { name: string }[]
  d1_databases: { binding: string; database_id?: string }[]
  kv_namespaces: { binding: string; id?: string }[]
}

export type Project = ReturnType<typeof openProject>

/** Opens the project whose root is a folder (a path). Each read sees what was written before. */
export function openProject(root: string) {
  const path = (worker: WorkerName) => join(root, WORKERS[worker])
  const textOf = (worker: WorkerName) => readable(worker, () => readFileSync(path(worker), 'utf8'))
  return {
    textOf,
    settingsOf: (worker: WorkerName): Settings => {
      return readable(
        worker,
        () => readWrangler({ config: path(worker) }, { hideWarnings: true }) as Settings,
      )
    },
    write: (worker: WorkerName, text: string) => writeFileSync(path(worker), text),
    /** Writes a value; returns whether it was another one. */
    set(
      worker: WorkerName,
      table: string,
      name: string,
      value: string,
      where?: readonly [string, string],
    ): boolean {
      const before = textOf(worker)
      const after = withTomlValue(before, table, name, value, where)
      if (after !== before) writeFileSync(path(worker), after)
      return after !== before
    },
  }
}

/** Reads a Worker's file. Throws CannotDeploy with the reason if that fails. */
function readable<T>(worker: WorkerName, read: () => T): T {
  try {
    return read()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CannotDeploy(`${WORKERS[worker]} cannot be read: ${reason}`)
  }
}

/** The origins of a config that a route names, each once. */
export function originsIn({ routes }: Config): Origin[] {
  const origins = routes.flatMap(({ target }) => {
    return ('origin' in target ? target.origin : target.merged) ?? []
  })
  return [...new Map(origins.map((origin) => [origin.name, origin])).values()]
}

/** The secrets that each Worker must have for a config. */
export function secretsFor(config: Config): Record<SecretWorkerName, string[]> {
  const { payments, routes, signIn } = config
  const demanded = originsIn(config).flatMap(({ secretHeaders }) => Object.values(secretHeaders))
  const isPriced = routes.some(({ price }) => price !== null)
  const isSponsored = routes.some(({ price }) => price?.intent === 'charge' && price.sponsored)
  return {
    gateway: [
      'KEY_TAG_SECRET',
      'ASSERTION_KEYS',
      ...(isPriced ? ['PAYMENT_SECRET'] : []),
      ...(signIn?.google ? [signIn.google.secretFrom] : []),
      ...new Set(demanded),
    ],
    payments: [
      ...(payments?.channels ? ['SETTLEMENT_KEY'] : []),
      ...(isSponsored ? ['FEE_PAYER_KEY'] : []),
    ],
  }
}
