/** Runs wrangler for the changes that only it makes: uploads and migrations. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { CannotDeploy } from './api.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const PROGRAM = fileURLToPath(
  new URL('../../node_modules/wrangler/bin/wrangler.js', import.meta.url),
)

/** Runs wrangler in a folder with its output shown. Throws CannotDeploy if it fails. */
export function runWrangler(args: readonly string[], folder = root): void {
  const env = { ...process.env, CI: '1', WRANGLER_HIDE_BANNER: 'true' }
  const { status } = spawnSync(process.execPath, [PROGRAM, ...args], {
    cwd: folder,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (status === 0) return
  throw new CannotDeploy(`\`npx wrangler ${args.join(' ')}\` failed; its reason is above.`)
}

/** The command that applies the migrations of a folder's `wrangler.toml`. */
export const APPLY_MIGRATIONS = ['d1', 'migrations', 'apply', 'DB', '--remote'] as const
