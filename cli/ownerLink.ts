/**
 * `npm run owner-link [EMAIL]`: makes a one-time link with which an owner of the config signs
 * in, for a gateway that cannot send mail yet. Wrangler puts the link's hash into the deployed D1,
 * or with `local` into the one of `wrangler dev`; the link itself is printed and kept nowhere.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { ownerLink } from '../src/config/ownerLink.ts'
import { parseEmail } from '../src/lib/email.ts'
import { readConfig } from './config/evaluate.ts'

const USAGE = `Usage: npm run --silent owner-link [EMAIL] [local]

Prints a link that signs the owner EMAIL in, once, within 15 minutes. EMAIL is one of "owners" in
the config, and may be left out if there is only one. Run it as the account that wrangler is signed
in to; with local, or -- --local, for the database of wrangler dev.`

/** The owner to sign in. Throws with a sentence that says what to do. */
export function ownerOf(owners: readonly string[], asked: string | undefined): string {
  if (owners.length === 0)
    throw new Error(`The config has no owners: add owners: ['you@example.com'], and deploy.`)
  const only = owners.length === 1 ? owners[0] : undefined
  const email = asked === undefined ? only : parseEmail(asked)
  if (email && owners.includes(email)) return email
  throw new Error(`Say which owner: ${owners.join(', ')}.`)
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { local: { type: 'boolean' }, help: { type: 'boolean' } },
    allowPositionals: true,
  })
  // A word, because npm takes --local for itself without a trace.
  const isLocal = values.local === true || positionals.includes('local')
  const [asked, ...more] = positionals.filter((word) => word !== 'local')
  if (values.help || more.length > 0) return console.error(USAGE)
  const { owners, signIn, publicUrl } = await readConfig()
  if (signIn === null) throw new Error('The config has no signIn, so nobody can sign in.')
  const email = ownerOf(owners, asked)
  const link = await ownerLink(publicUrl, email, Date.now())
  await execute(link.sql, isLocal ? '--local' : '--remote')
  console.log(link.url)
}

/** Runs a statement on the database of wrangler.toml. Throws what wrangler says. */
async function execute(sql: string, where: '--local' | '--remote'): Promise<void> {
  const wrangler = fileURLToPath(
    new URL('../node_modules/wrangler/bin/wrangler.js', import.meta.url),
  )
  const args = [wrangler, 'd1', 'execute', 'DB', where, '--yes', '--command', sql]
  await promisify(execFile)(process.execPath, args).catch((error: { stderr?: string }) => {
    throw new Error(`wrangler could not write to the database:\n${error.stderr ?? ''}`)
  })
}

if (import.meta.main) {
  try {
    await main()
  } catch (error) {
    console.error(`\n${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}
