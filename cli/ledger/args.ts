/** Reads the command line. For the local ledger, .dev/dev.json says what the options leave out. */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { CannotRun } from './cannotRun.ts'

export const USAGE = `npm run ledger -- [options]

Shows the ledger of payments, and whether it adds up. Amounts have the decimals that
src/gateway.config.ts gives their currency.

  --remote             the deployed ledger, through wrangler; default: the ledger of npm run dev
  --csv FILE           also writes all entries as CSV, amounts in the smallest unit; - is standard
                       output (the report then goes to standard error):
                       npm run --silent ledger -- --csv -
  --reconcile          also compares the ledger with the chain
  --rpc URL            the chain's JSON-RPC endpoint; default: the local chain
  --recipient ADDRESS  the address that is paid; default: the local recipient
  --evm-rpc URL        the JSON-RPC endpoint of the chain of "evm", if routes are paid there too
  --evm-recipient ADDRESS
                       the address that is paid there; default: the recipient
  --lag SECONDS        how long the ledger may take to hear of a payment channel (default 60): a
                       channel that differs and has just changed is left to the next run
  --help               this text

Exit code: 0 everything adds up · 1 something does not · 2 the command could not find out.
In CSV, text that a spreadsheet would calculate, or that begins with a ', gets a ' in front.
`

const projectRoot = fileURLToPath(new URL('../..', import.meta.url))

/** A chain, and the address that is paid there. */
export interface LedgerPlace {
  rpcUrl: string
  /** In lower case, as all addresses of this command are. */
  recipient: string
}

export interface Reconciling extends LedgerPlace {
  /** How long the ledger may take to hear of a payment channel, in milliseconds. */
  lagMs: number
}

export interface Options {
  help: boolean
  remote: boolean
  /** The target of the CSV: a path, "-" for standard output, or null. */
  csv: string | null
  /** Null: do not compare with the chain. */
  reconciling: Reconciling | null
  /** The chain of "evm", which has no payment channels; null: do not ask it. */
  reconcilingEvm: LedgerPlace | null
  /**
   * The currency of the local ledger; null for a deployed ledger, whose currency is in the config.
   */
  localCurrency: string | null
  /** The folder in which `npm run dev` keeps its state. */
  devFolder: string
}

const factsSchema = z.object({
  rpcUrl: z.string().optional(),
  recipient: z.string().optional(),
  currency: z.string().optional(),
})

/** Reads the command line. Throws CannotRun with a sentence about the first mistake. */
export function readOptions(args: string[]): Options {
  const values = parseArguments(args)
  const devFolder = resolve(projectRoot, process.env.DEV_FOLDER ?? '.dev')
  const { help = false, remote = false, csv = null } = values
  if (csv === '') throw new CannotRun('--csv needs the name of a file, or - for standard output.')
  const { rpc, recipient, 'evm-rpc': evmRpc, 'evm-recipient': evmRecipient, lag } = values
  const chainOptions = [rpc, recipient, evmRpc, evmRecipient, lag]
  if (!values.reconcile && chainOptions.some((one) => one !== undefined))
    throw new CannotRun(
      '--rpc, --recipient, --evm-rpc, --evm-recipient and --lag go with --reconcile.',
    )
  if (evmRpc === undefined && evmRecipient !== undefined)
    throw new CannotRun('--evm-recipient goes with --evm-rpc.')
  // A deployed gateway's payments are not on the local chain, and not in the local currency.
  const facts = remote || help ? {} : readFacts(devFolder)
  const reconciling =
    values.reconcile && !help
      ? {
          ...readPlace({ rpcUrl: rpc ?? facts.rpcUrl, recipient: recipient ?? facts.recipient }),
          lagMs: readLag(lag),
        }
      : null
  const reconcilingEvm =
    evmRpc === undefined || reconciling === null
      ? null
      : checked({ rpcUrl: evmRpc, recipient: evmRecipient ?? reconciling.recipient }, 'evm-')
  const localCurrency = facts.currency ?? null
  return { help, remote, csv, reconciling, reconcilingEvm, localCurrency, devFolder }
}

function parseArguments(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        remote: { type: 'boolean' },
        csv: { type: 'string' },
        reconcile: { type: 'boolean' },
        rpc: { type: 'string' },
        recipient: { type: 'string' },
        'evm-rpc': { type: 'string' },
        'evm-recipient': { type: 'string' },
        lag: { type: 'string' },
        help: { type: 'boolean' },
      },
    }).values
  } catch (error) {
    throw new CannotRun(`${error instanceof Error ? error.message : error} (--help says more)`)
  }
}

function readLag(text = '60'): number {
  if (!/^\d{1,6}$/.test(text)) throw new CannotRun('--lag must be a number of seconds.')
  return Number(text) * 1000
}

function readPlace(given: Record<keyof LedgerPlace, string | undefined>): LedgerPlace {
  const { rpcUrl, recipient } = given
  const local = 'is missing: no local chain runs with this ledger, so it must be given.'
  if (rpcUrl === undefined) throw new CannotRun(`--rpc ${local}`)
  if (recipient === undefined) throw new CannotRun(`--recipient ${local}`)
  return checked({ rpcUrl, recipient }, '')
}

function checked({ rpcUrl, recipient }: LedgerPlace, prefix: '' | 'evm-'): LedgerPlace {
  if (!/^https?:$/.test(URL.parse(rpcUrl)?.protocol ?? ''))
    throw new CannotRun(`--${prefix}rpc must be an http or https URL.`)
  if (!/^0x[0-9a-f]{40}$/i.test(recipient)) {
    const form = 'must be an address: 0x and 40 hexadecimal characters.'
    throw new CannotRun(`--${prefix}recipient ${form}`)
  }
  return { rpcUrl, recipient: recipient.toLowerCase() }
}

/** The facts that the last `npm run dev` wrote about its chain; none if there is no such file. */
function readFacts(devFolder: string): z.infer<typeof factsSchema> {
  const file = join(devFolder, 'dev.json')
  if (!existsSync(file)) return {}
  try {
    return factsSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    throw new CannotRun(`${file} cannot be read; npm run dev writes it again.`)
  }
}
