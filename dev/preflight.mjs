// Stops with a sentence if the dependencies or Node 24 are missing, or if npm has taken a flag for
// itself. It is plain JavaScript without types, because it must run on any version of Node.
import { existsSync } from 'node:fs'

const [major = 0] = process.versions.node.split('.').map(Number)
const root = new URL('..', import.meta.url)

function stop(message) {
  console.error(`\n${message}\n`)
  process.exit(1)
}

if (!existsSync(new URL('node_modules/wrangler', root))) {
  stop('The dependencies are missing. Run `npm ci` first.')
}
if (major < 24) {
  stop(
    `This needs Node 24, which the project installs; this is Node ${process.versions.node}.\n` +
      'Start it through npm (`npm run …`). If you did, `npm ci` ran without install scripts:\n' +
      'run it again without --ignore-scripts.',
  )
}

// npm keeps flags that stand before "--", and only says so to the environment: a dry run would
// change what it was to show. test/node/preflight.test.ts compares the list with the commands.
const FLAGS = {
  deploy: ['dry-run', 'check'],
  setup: ['dry-run', 'host', 'origin', 'mcp-origin', 'recipient', 'mail', 'owner'],
  secrets: ['dry-run', 'yes'],
  ledger: [
    'remote',
    'reconcile',
    'json',
    'csv',
    'since',
    'until',
    'older-than',
    'payer',
    'lag',
    'rpc',
    'recipient',
    'evm-rpc',
    'evm-recipient',
  ],
  explain: ['key', 'session', 'token', 'pay', 'header'],
  'owner-link': ['local'],
}
const { npm_lifecycle_event: script = '' } = process.env
// Flags that npm takes for its own: --pay is -p -a -y, --token is short for --token-description.
// No variable tells of --key and --local.
const TAKEN_AS = { pay: ['parseable', 'all', 'yes'], token: ['token-description'] }
const isSet = (option) => Boolean(process.env[`npm_config_${option.replaceAll('-', '_')}`])
const taken = (FLAGS[script] ?? [])
  .filter((flag) => isSet(flag) || (TAKEN_AS[flag]?.every(isSet) ?? false))
  .map((flag) => `--${flag}`)
  .join(' ')
if (taken !== '')
  stop(`npm took ${taken} for itself, so nothing was done. Write: npm run ${script} -- ${taken}`)
