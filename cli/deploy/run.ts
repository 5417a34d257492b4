/**
 * `npm run deploy`: finds what would fail, and refuses with all reasons; then builds, applies the
 * migrations, and uploads all Workers.
 */
import type { Config } from '../../src/config/config.ts'
import { type Api, CannotDeploy } from '../deployment/api.ts'
import { fileComplaints } from '../deployment/checks.ts'
import { pendingMigrations, secretNamesOf } from '../deployment/platform.ts'
import { type Project, secretsFor } from '../deployment/project.ts'
import { APPLY_MIGRATIONS } from '../deployment/wrangler.ts'
import { baseName } from '../setup/run.ts'

export interface Deployment {
  config: Config
  project: Project
  api: Api
  say: (line: string) => void
  build: () => Promise<void>
  wrangler: (args: readonly string[]) => void
}

/** The uploads, in their order: the gateway binds to the objects of the other Workers. */
const UPLOADS = [
  ['deploy', '--minify', '--config', 'payments/wrangler.toml'],
  ['deploy', '--minify', '--config', 'heartbeat/wrangler.toml'],
  ['deploy', '--config', 'dist/wrangler.toml'],
] as const

/** Runs the checks alone. Throws CannotDeploy with all complaints. */
export async function checkDeployment({ config, project, api, say }: Deployment): Promise<void> {
  const complaints = fileComplaints(config, project)
  // Looks at the platform only if the files are right: an id that is missing cannot be looked up.
  if (complaints.length === 0) complaints.push(...(await platformComplaints(config, project, api)))
  if (complaints.length > 0) {
    const list = complaints.map((one) => `  - ${one}`).join('\n')
    throw new CannotDeploy(`This deployment would fail:\n${list}`)
  }
  const pending = await pendingMigrations(api, databaseOf(project))
  if (pending.length > 0) say(`migrations to apply: ${pending.join(', ')}`)
}

/** Checks, builds and deploys; with a dry run, says what it would run after the checks. */
export async function deploy(deployment: Deployment): Promise<void> {
  const { api, say, build, wrangler } = deployment
  await checkDeployment(deployment)
  await build()
  for (const args of [APPLY_MIGRATIONS, ...UPLOADS]) {
    say(`${api.isDryRun ? 'would run' : 'runs'} npx wrangler ${args.join(' ')}`)
    if (!api.isDryRun) wrangler(args)
  }
  say(`deployed: ${deployment.config.publicUrl}/health`)
}

async function platformComplaints(config: Config, project: Project, api: Api): Promise<string[]> {
  await api.account()
  const complaints: string[] = []
  const wanted = secretsFor(config)
  for (const worker of ['gateway', 'payments'] as const) {
    if (wanted[worker].length === 0) continue
    const name = project.settingsOf(worker).name ?? ''
    const stored = (await secretNamesOf(api, name)) ?? []
    const known = new Set([...stored, ...stored.map(baseName)])
    const missing = wanted[worker].filter((secret) => !known.has(secret))
    if (missing.length > 0)
      complaints.push(
        `The Worker ${name} has no secret ${missing.join(', ')}: \`npm run setup\` makes what can ` +
          `be made, \`npx wrangler secret put NAME --name ${name}\` stores the rest.`,
      )
  }
  return complaints
}

function databaseOf(project: Project): string {
  const databases = project.settingsOf('gateway').d1_databases
  return databases.find(({ binding }) => binding === 'DB')?.database_id ?? ''
}
