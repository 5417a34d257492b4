/** The command `npm run setup`. */
import { fileURLToPath } from 'node:url'
import { CONFIG_FILE, evaluateConfig } from '../config/evaluate.ts'
import { CannotDeploy, createApi, readToken } from '../deployment/api.ts'
import { openProject } from '../deployment/project.ts'
import { APPLY_MIGRATIONS, runWrangler } from '../deployment/wrangler.ts'
import { askFor, HELP, missingValues, readSetupOptions } from './options.ts'
import { runSetup } from './run.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

try {
  const options = readSetupOptions(process.argv.slice(2))
  if (options.help) console.log(HELP)
  else {
    const project = openProject(root)
    if (process.stdin.isTTY && !options.isDryRun) {
      const evaluated = await evaluateConfig()
      if ('complaint' in evaluated) throw new CannotDeploy(evaluated.complaint)
      const missing = missingValues(evaluated.config, project.textOf('gateway'), options)
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
