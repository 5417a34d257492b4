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
// change what it was to show.
const FLAGS = {
  deploy: ['dry-run', 'check'],
  setup: ['dry-run', 'origin', 'mcp-origin', 'recipient', 'mail', 'owner'],
  secrets: ['dry-run'],
  ledger: ['remote', 'reconcile', 'json', 'csv', 'since', 'until', 'older-than', 'payer'],
  explain: ['session', 'header'],
}
const { npm_lifecycle_event: script = '' } = process.env
for (const flag of FLAGS[script] ?? []) {
  if (process.env[`npm_config_${flag.replaceAll('-', '_')}`])
    stop(
      `npm took --${flag} for itself, so nothing was done. Write: npm run ${script} -- --${flag}`,
    )
}
