/** The command `npm run setup`. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CONFIG_FILE } from '../config/evaluate.ts'
import { CannotDeploy, createApi, readToken } from '../deployment/api.ts'
import { openProject } from '../deployment/project.ts'
import { isPlaceholder, tomlValue } from '../deployment/toml.ts'
import { APPLY_MIGRATIONS, runWrangler } from '../deployment/wrangler.ts'
import { askFor, HELP, readSetupOptions } from './options.ts'
import { runSetup } from './run.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

try {
  const options = readSetupOptions(process.argv.slice(2))
  if (options.help) console.log(HELP)
  else {
    const project = openProject(root)
    if (process.stdin.isTTY && !options.isDryRun) {
      const text = project.textOf('gateway')
      const hasOwner = /\bowners:/.test(readFileSync(CONFIG_FILE, 'utf8'))
      const isOpen = (name: string) => isPlaceholder(tomlValue(text, 'vars', name) ?? '')
      const missing = [
        ...(options.host === undefined && !/^routes = /m.test(text) ? (['host'] as const) : []),
        ...(options.origin === undefined && isOpen('ORIGIN_URL') ? (['origin'] as const) : []),
        ...(options.mcpOrigin === undefined && isOpen('MCP_ORIGIN_URL')
          ? (['mcpOrigin'] as const)
          : []),
        ...(options.recipient === undefined && isOpen('PAYMENT_RECIPIENT')
          ? (['recipient'] as const)
          : []),
        ...(options.mail === undefined && !/^\[\[send_email\]\]/m.test(text)
          ? (['mail'] as const)
          : []),
        ...(options.owner === undefined && !hasOwner ? (['owner'] as const) : []),
      ]
      await askFor(missing, options)
    }
    let changes = 0
    const say = (line: string) => {
      changes++
      console.log(`  ${line}`)
    }
    const { isDryRun } = options
    const token = readToken()
    const accountId = process.env.CLOUDFLARE_ACCOUNT_ID || null
    const api = createApi({ token, accountId, isDryRun, say })
    await runSetup({
      options,
      project,
      api,
      configFile: CONFIG_FILE,
      configPath: fileURLToPath(CONFIG_FILE),
      say,
      healthSecret: process.env.HEALTH_SECRET,
      hint: (line) => console.log(`  ${line}`),
      applyMigrations: () => runWrangler(APPLY_MIGRATIONS, root),
    })
    console.log(changes === 0 ? '  Everything is there already.' : '')
    console.log('  Next: npm run deploy, which says what is still missing, if anything is.')
  }
} catch (error) {
  if (!(error instanceof CannotDeploy)) throw error
  console.error(`\n${error.message}\n`)
  process.exitCode = 1
}
