/**
 * `npm run setup`: makes what a deployment needs and is not there yet. Each step looks first, so
 * that a run that broke off can be run again, and a second run changes nothing.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { privateKeyToAddress } from 'viem/accounts'
import type { Config } from '../../src/config/config.ts'
import { evaluateConfig } from '../config/evaluate.ts'
import { type Api, CannotDeploy } from '../deployment/api.ts'
import {
  databaseId,
  makeWorker,
  namespaceId,
  pendingMigrations,
  putSecret,
  secretNamesOf,
} from '../deployment/platform.ts'
import { type Project, secretsFor, WORKERS, type WorkerName } from '../deployment/project.ts'
import { isPlaceholder, tomlValue } from '../deployment/toml.ts'
import { HEALTH_SECRET_RULE, MAKERS, readHealthSecret, type SecretName } from '../secrets.ts'
import { unwritten, writeAnswers } from './files.ts'
import type { SetupOptions } from './options.ts'

export interface Setup {
  options: SetupOptions
  project: Project
  api: Api
  /** The URL of the config file. */
  configFile: URL
  /** The path of the config file, for sentences. */
  configPath: string
  say: (line: string) => void
  /** The HEALTH_SECRET that the operator wants to store, if any. */
  healthSecret: string | undefined
  /** Says something that is no change. */
  hint: (line: string) => void
  /** Applies the migrations that a database lacks. */
  applyMigrations: () => void
}

/** Runs all steps. Throws CannotDeploy with the reason; what was done until then is kept. */
export async function runSetup(setup: Setup): Promise<void> {
  const { options, project, api, say } = setup
  if (readHealthSecret(setup.healthSecret) === null) throw new CannotDeploy(HEALTH_SECRET_RULE)
  const name = tomlValue(project.textOf('gateway'), '', 'name') ?? 'turnpike'
  for (const worker of Object.keys(WORKERS) as WorkerName[]) project.settingsOf(worker)
  // A wrong token or account is told before any file changes, and so is a wrong config.
  await secretNamesOf(api, name)
  const config = await configWithAnswers(setup)
  const [missing] = options.isDryRun ? [] : unwritten(options, config)
  if (missing !== undefined)
    throw new CannotDeploy(
      `This could not be written into ${setup.configPath}, because it is not there in a form that ` +
        `setup knows. Write it yourself, then run setup again:\n  ${missing}`,
    )
  const database = await storeId(setup, 'd1', name)
  await storeId(setup, 'kv', `${name}-SESSIONS`)
  await storeSecrets(setup, config)
  if (database === null) return say('would apply all migrations')
  const pending = await pendingMigrations(api, database)
  if (pending.length === 0) return
  say(`${api.isDryRun ? 'would ' : ''}apply ${pending.length} migrations`)
  if (!api.isDryRun) setup.applyMigrations()
}

/** Writes the answers and returns the config with them. If it is wrong then, nothing is written. */
async function configWithAnswers(setup: Setup): Promise<Config> {
  const { options, project, configPath, say } = setup
  const before = await configOf(setup)
  const source = readFileSync(configPath, 'utf8')
  const workers = Object.keys(WORKERS) as WorkerName[]
  const settings = workers.map((worker) => [worker, project.textOf(worker)] as const)
  writeAnswers(options, project, before, configPath, say)
  try {
    return await configOf(setup)
  } catch (error) {
    if (!(error instanceof CannotDeploy)) throw error
    writeFileSync(configPath, source)
    for (const [worker, text] of settings) project.write(worker, text)
    throw new CannotDeploy(
      `With these answers the config would be wrong, so they are taken back.\n${error.message}`,
    )
  }
}

async function configOf({ configFile }: Setup): Promise<Config> {
  const evaluated = await evaluateConfig(configFile)
  if ('complaint' in evaluated) throw new CannotDeploy(evaluated.complaint)
  return evaluated.config
}

/** The id of a store: that of wrangler.toml, else of the store by this name, made if need be. */
async function storeId(
  { project, api, say }: Setup,
  kind: 'd1' | 'kv',
  name: string,
): Promise<string | null> {
  const [table, key, binding] =
    kind === 'd1'
      ? (['d1_databases', 'database_id', 'DB'] as const)
      : (['kv_namespaces', 'id', 'SESSIONS'] as const)
  const where = ['binding', binding] as const
  const written = tomlValue(project.textOf('gateway'), table, key, where) ?? ''
  const known = isPlaceholder(written) || written === '' ? null : written
  const id = known ?? (kind === 'd1' ? await databaseId(api, name) : await namespaceId(api, name))
  const files: WorkerName[] = kind === 'd1' ? ['gateway', 'payments', 'heartbeat'] : ['gateway']
  for (const file of id === null ? [] : files) {
    const isNew = tomlValue(project.textOf(file), table, key, where) !== id
    if (!isNew) continue
    say(
      `${api.isDryRun ? 'would ' : ''}write the id of ${binding} into the ${file}'s wrangler.toml`,
    )
    if (!api.isDryRun && id !== null) project.set(file, table, key, id, where)
  }
  return id
}

/** Makes and stores the secrets that are not there yet. Never replaces one. */
async function storeSecrets(setup: Setup, config: Config): Promise<void> {
  const { project, api, say } = setup
  const wanted = secretsFor(config)
  for (const worker of ['payments', 'gateway'] as const) {
    const name = tomlValue(project.textOf(worker), '', 'name') ?? ''
    const known = await secretNamesOf(api, name)
    const isThere = (secret: string) =>
      known?.some((one) => one === secret || baseName(one) === secret) ?? false
    const missing = wanted[worker].filter((secret) => !isThere(secret))
    const ours = missing.filter((secret): secret is SecretName => secret in MAKERS)
    for (const secret of missing.filter((one) => !ours.includes(one as SecretName)))
      say(`! store ${secret} yourself: npx wrangler secret put ${secret} --name ${name}`)
    if (ours.length > 0 && known === null) await makeWorker(api, name)
    for (const secret of ours) {
      const value = await MAKERS[secret]()
      // The address first: a stored key can never be read again, one that is missing is made anew.
      const operator = secret === 'SETTLEMENT_KEY' ? writeOperator(value, config, setup) : null
      await putSecret(api, name, secret, value)
      if (operator !== null)
        say(`! give ${operator} a little of the currency: it pays the fees of settling channels`)
    }
    if (worker === 'payments' && isThere('SETTLEMENT_KEY')) checkOperator(config, project)
    if (worker === 'gateway' && !isThere('HEALTH_SECRET')) await storeHealthSecret(setup, name)
  }
}

/** Stores the operator's own HEALTH_SECRET, which is optional, because a monitor has to send it. */
async function storeHealthSecret({ api, hint, healthSecret }: Setup, name: string): Promise<void> {
  const secret = readHealthSecret(healthSecret)
  if (secret) return putSecret(api, name, 'HEALTH_SECRET', secret)
  hint('/health tells its parts to nobody yet: docs/runbook.md#health says how it tells you.')
}

/** NAME for NAME_2 … NAME_9, which hold the values of one secret. */
export const baseName = (stored: string) => stored.replace(/_[2-9]$/, '')

/**
 * Writes the address of a new settlement key, and returns the address. In a dry run it is null,
 * because nobody ever has the key, so that money for its address would be lost.
 */
function writeOperator(key: string, { payments }: Config, setup: Setup): string | null {
  const variable = payments?.channels?.operatorFrom
  if (variable === undefined) return null
  if (setup.api.isDryRun) {
    setup.say(`would write ${variable}, the address of a new SETTLEMENT_KEY, into wrangler.toml`)
    return null
  }
  const address = privateKeyToAddress(key as `0x${string}`)
  setup.say(`write ${variable} = "${address}" into wrangler.toml`)
  setup.project.set('gateway', 'vars', variable, address)
  return address
}

/** A key that is stored already cannot tell its address. */
function checkOperator({ payments }: Config, project: Project): void {
  const variable = payments?.channels?.operatorFrom
  if (variable === undefined) return
  const address = tomlValue(project.textOf('gateway'), 'vars', variable) ?? ''
  if (isPlaceholder(address) || address === '')
    throw new CannotDeploy(
      `SETTLEMENT_KEY is stored, but ${variable} in wrangler.toml is not its address: write the ` +
        'address of the first setup there, or run `npm run secrets -- rotate SETTLEMENT_KEY`.',
    )
}
