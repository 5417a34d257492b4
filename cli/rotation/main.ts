/** The command `npm run secrets`. */
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { CannotDeploy, createApi, readToken } from '../deployment/api.ts'
import { openProject, type SecretWorkerName } from '../deployment/project.ts'
import { tomlValue } from '../deployment/toml.ts'
import { listSecrets, type Rotation, retire, rotate } from './run.ts'

const HELP = `npm run secrets                        lists the secrets that are stored
npm run secrets -- rotate NAME         stores a new value; the old ones stay good
npm run secrets -- retire NAME_2       ends a value, after it has said what dies with it
                          --dry-run    shows the change, and makes none

NAME is KEY_TAG_SECRET, PAYMENT_SECRET, ASSERTION_KEYS, SETTLEMENT_KEY or HEALTH_SECRET, whose new
value is the variable HEALTH_SECRET. The first values are stored by npm run setup. No secret is ever printed.`

try {
  const { values, positionals } = readArguments()
  const [command, name = '', ...more] = positionals
  if (more.length > 0) throw new CannotDeploy(`"${more.join(' ')}" is too much.\n\n${HELP}`)
  if (values.help) console.log(HELP)
  else await run(command, name, values['dry-run'] ?? false, values.yes ?? false)
} catch (error) {
  if (!(error instanceof CannotDeploy)) throw error
  console.error(`\n${error.message}\n`)
  process.exitCode = 1
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        yes: { type: 'boolean' },
        'dry-run': { type: 'boolean' },
        help: { type: 'boolean' },
      },
    })
  } catch (error) {
    throw new CannotDeploy(`${error instanceof Error ? error.message : error}\n\n${HELP}`)
  }
}

async function run(
  command: string | undefined,
  name: string,
  isDryRun: boolean,
  isMeant: boolean,
): Promise<void> {
  const project = openProject(fileURLToPath(new URL('../../', import.meta.url)))
  const nameOf = (worker: SecretWorkerName) => tomlValue(project.textOf(worker), '', 'name') ?? ''
  const say = (line: string) => console.log(`  ${line}`)
  const accountId = process.env.CLOUDFLARE_ACCOUNT_ID || null
  const rotation: Rotation = {
    api: createApi({ token: readToken(), accountId, isDryRun, say }),
    workers: { gateway: nameOf('gateway'), payments: nameOf('payments') },
    database:
      tomlValue(project.textOf('gateway'), 'd1_databases', 'database_id', ['binding', 'DB']) ?? '',
    say,
    healthSecret: process.env.HEALTH_SECRET,
    now: Date.now(),
  }
  if (command === undefined) return listSecrets(rotation)
  if (command === 'rotate') return rotate(name, rotation)
  if (command === 'retire') return retire(name, isMeant, rotation)
  throw new CannotDeploy(`"${command}" is no command.\n\n${HELP}`)
}
