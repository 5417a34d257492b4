/** The flags of `npm run setup`, and the questions for those that are left out. */
import { createInterface } from 'node:readline/promises'
import { parseArgs } from 'node:util'
import type { Config } from '../../src/config/config.ts'
import { parseEmail } from '../../src/lib/email.ts'
import { CannotDeploy } from '../deployment/api.ts'
import { isPayable, publicUrlOf } from '../deployment/checks.ts'
import { originsIn } from '../deployment/project.ts'
import { isPlaceholder, tomlValue } from '../deployment/toml.ts'

export const HELP = `npm run setup -- [options]: makes what a deployment needs and is not there yet.

  --host HOST          the host of the gateway, like api.example.org, a domain of the account
  --origin URL         the URL of your service (ORIGIN_URL)
  --mcp-origin URL     the URL of your MCP server (MCP_ORIGIN_URL)
  --recipient 0x…      the address that is paid
  --mail ADDRESS       the address that sign-in mails come from
  --owner ADDRESS      the e-mail address of whoever runs the gateway
  --dry-run            shows every change, and makes none
  --help

Without a flag the value stays as it is; in a terminal, what is missing is asked for.
If the variable HEALTH_SECRET is set, it is stored, and lets you see each part at /health.
CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID, or \`npx wrangler login\`, say who you are.`

/** The answers of a person about a deployment. A value that is left out stays as it is. */
export interface SetupOptions {
  host?: string
  origin?: string
  mcpOrigin?: string
  recipient?: string
  mail?: string
  owner?: string
  isDryRun: boolean
  help: boolean
}

type Value = Exclude<keyof SetupOptions, 'isDryRun' | 'help'>

/** Each value: the question for it, its one spelling (null: it is wrong), what would be right. */
const VALUES: Record<
  Value,
  { question: string; read: (typed: string) => string | null; right: string }
> = {
  host: {
    question: 'The host of the gateway',
    read: readHost,
    right: 'a host name without scheme, like api.example.org',
  },
  origin: {
    question: 'The URL of your service',
    read: publicUrlOf,
    right: 'an https URL without query that the edge can reach',
  },
  mcpOrigin: {
    question: 'The URL of your MCP server',
    read: publicUrlOf,
    right: 'an https URL without query that the edge can reach',
  },
  recipient: {
    question: 'The address that is paid',
    read: (typed) => (isPayable(typed) ? typed : null),
    right: '"0x" and 40 hexadecimal digits, not all 0, whose capitals (if any) fit as a checksum',
  },
  mail: {
    question: 'The address that sign-in mails come from',
    read: parseEmail,
    right: 'an e-mail address, like sign-in@example.org',
  },
  owner: {
    question: 'Your e-mail address, as the owner',
    read: parseEmail,
    right: 'an e-mail address, like you@example.org',
  },
}

/** A host in its one spelling, by the rule for domains of e-mail addresses: no IP address. */
function readHost(typed: string): string | null {
  return parseEmail(`a@${typed}`)?.slice('a@'.length) ?? null
}

/** Reads the flags. Throws CannotDeploy with a sentence about the first mistake. */
export function readSetupOptions(args: string[]): SetupOptions {
  const values = parse(args)
  const options: SetupOptions = {
    isDryRun: values['dry-run'] ?? false,
    help: values.help ?? false,
  }
  for (const name of Object.keys(VALUES) as Value[]) {
    const value = values[flagOf(name)]
    if (typeof value === 'string') options[name] = checked(name, value)
  }
  return options
}

/** The values that this config needs, and that neither the files nor the flags give. */
export function missingValues(
  config: Config,
  wranglerToml: string,
  options: Partial<SetupOptions>,
): Value[] {
  const isOpen = (name: string) => isPlaceholder(tomlValue(wranglerToml, 'vars', name) ?? '')
  const needsUrl = (name: string) =>
    isOpen(name) &&
    originsIn(config).some(({ location }) => 'urlFrom' in location && location.urlFrom === name)
  const hasPeople = config.signIn !== null
  const isNeeded: Record<Value, boolean> = {
    host: !/^routes = /m.test(wranglerToml),
    origin: needsUrl('ORIGIN_URL'),
    mcpOrigin: needsUrl('MCP_ORIGIN_URL'),
    recipient: config.payments !== null && isOpen(config.payments.recipientFrom),
    mail: hasPeople && !/^\[\[send_email\]\]/m.test(wranglerToml),
    owner: hasPeople && config.owners.length === 0,
  }
  const names = Object.keys(VALUES) as Value[]
  return names.filter((name) => isNeeded[name] && options[name] === undefined)
}

/** Asks for values that are missing. An empty answer leaves the value out. */
export async function askFor(names: readonly Value[], options: SetupOptions): Promise<void> {
  const lines = createInterface({ input: process.stdin, output: process.stdout })
  try {
    for (const name of names) {
      const { question, read, right } = VALUES[name]
      for (;;) {
        const typed = (await lines.question(`${question} (empty: later): `)).trim()
        if (typed === '') break
        const answer = read(typed)
        if (answer !== null) {
          options[name] = answer
          break
        }
        console.log(`  It must be ${right}.`)
      }
    }
  } finally {
    lines.close()
  }
}

const flagOf = (name: Value) => (name === 'mcpOrigin' ? 'mcp-origin' : name)

function checked(name: Value, value: string): string {
  const { read, right } = VALUES[name]
  const answer = read(value.trim())
  if (answer !== null) return answer
  throw new CannotDeploy(`--${flagOf(name)} is "${value}": it must be ${right}.`)
}

function parse(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        host: { type: 'string' },
        origin: { type: 'string' },
        'mcp-origin': { type: 'string' },
        recipient: { type: 'string' },
        mail: { type: 'string' },
        owner: { type: 'string' },
        'dry-run': { type: 'boolean' },
        help: { type: 'boolean' },
      },
    })
    return values
  } catch (error) {
    const mistake = error instanceof Error ? error.message : String(error)
    throw new CannotDeploy(`${mistake}\nFlags come behind "--": npm run setup -- --host HOST`)
  }
}
