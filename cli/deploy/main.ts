/** The command `npm run deploy`. */
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { buildWorker } from '../build/worker.ts'
import { evaluateConfig } from '../config/evaluate.ts'
import { CannotDeploy, createApi, readToken } from '../deployment/api.ts'
import { openProject } from '../deployment/project.ts'
import { runWrangler } from '../deployment/wrangler.ts'
import { checkDeployment, type Deployment, deploy } from './run.ts'

const HELP = `npm run deploy -- [options]: checks, builds, applies migrations, and uploads all Workers.

  --check      only checks
  --dry-run    checks and builds, and shows what it would run
  --help`

try {
  const values = readArguments()
  if (values.help) console.log(HELP)
  else {
    const evaluated = await evaluateConfig()
    if ('complaint' in evaluated) throw new CannotDeploy(evaluated.complaint)
    const say = (line: string) => console.log(`  ${line}`)
    const deployment: Deployment = {
      config: evaluated.config,
      project: openProject(fileURLToPath(new URL('../../', import.meta.url))),
      api: createApi({
        token: readToken(),
        accountId: process.env.CLOUDFLARE_ACCOUNT_ID || null,
        isDryRun: values['dry-run'] ?? false,
        say,
      }),
      say,
      build: async () => {
        const { bytes } = await buildWorker(new URL('../../dist/', import.meta.url))
        say(`built the Worker in dist/: ${Math.round(bytes / 1024)} KB of modules`)
      },
      wrangler: runWrangler,
    }
    if (values.check) {
      await checkDeployment(deployment)
      say('Everything is there: npm run deploy.')
    } else await deploy(deployment)
  }
} catch (error) {
  if (!(error instanceof CannotDeploy)) throw error
  console.error(`\n${error.message}\n`)
  process.exitCode = 1
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        check: { type: 'boolean' },
        'dry-run': { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values
  } catch (error) {
    throw new CannotDeploy(`${error instanceof Error ? error.message : error}\n\n${HELP}`)
  }
}
