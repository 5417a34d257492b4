/** The command line, and what it leaves to .dev/dev.json. */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { CannotRun } from './cannotRun.ts'

export const USAGE = `npm run ledger -- [options]

Shows what the ledger of payments says, and whether it adds up.

  --remote             the deployed ledger, through wrangler; without it, that of npm run dev
  --csv FILE           also writes all entries as CSV; - is standard output (the report goes to
                       standard error then): npm run --silent ledger -- --csv -
  --reconcile          also compares the ledger with the chain
  --rpc URL            the chain's JSON-RPC endpoint; without it, the local chain
  --recipient ADDRESS  who is paid; without it, the local recipient
  --evm-rpc URL        the JSON-RPC endpoint of the chain of "evm", if rows are paid there too
  --evm-recipient ADDRESS
                       who is paid there; without it, the recipient
  --lag SECONDS        how long the ledger may take to hear of a payment channel (60): one that
                       differs and has changed since is left to the next time
  --help               this

Exit code: 0 all is well · 1 something does not add up · 2 it could not be found out.
In CSV, text that a spreadsheet would calculate gets a ' in front, and so does text that begins with one.
`

const projectRoot = fileURLToPath(new URL('../..', import.meta.url))

/** A chain, and who is paid there. */
export interface LedgerPlace {
  rpcUrl: string
  /** In lower case, as all addresses here. */
  recipient: string
}

export interface Reconciling extends LedgerPlace {
  /** How long the ledger may take to hear of a payment channel. */
  lagMs: number
}

export interface Options {
  help: boolean
  remote: boolean
  /** Where to write CSV: a path, "-" for standard output, or null. */
  csv: string | null
  reconciling: Reconciling | null
  /** The chain of "evm", which has no payment channels; null where it is not to be asked. */
  reconcilingEvm: LedgerPlace | null
  /** Where `npm run dev` keeps what it leaves behind. */
  devFolder: string
}

const factsSchema = z.object({ rpcUrl: z.string().optional(), recipient: z.string().optional() })

/** Reads the command line. Throws CannotRun with what is wrong with it. */
export function readOptions(args: string[]): Options {
  const values = parseArguments(args)
  const devFolder = resolve(projectRoot, process.env.DEV_FOLDER ?? '.dev')
  const { help = false, remote = false, csv = null } = values
  if (csv === '') throw new CannotRun('--csv needs the name of a file, or - for standard output.')
  const { rpc, recipient, 'evm-rpc': evmRpc, 'evm-recipient': evmRecipient, lag } = values
  const ofReconciling = [rpc, recipient, evmRpc, evmRecipient, lag]
  if (!values.reconcile && ofReconciling.some((one) => one !== undefined))
    throw new CannotRun(
      '--rpc, --recipient, --evm-rpc, --evm-recipient and --lag go with --reconcile.',
    )
  if (evmRpc === undefined && evmRecipient !== undefined)
    throw new CannotRun('--evm-recipient goes with --evm-rpc.')
  // The local chain knows nothing of a deployed gateway's payments.
  const facts = values.reconcile && !remote && !help ? readFacts(devFolder) : {}
  const reconciling =
    values.reconcile && !help
      ? {
          ...readReconciling({ ...facts, ...withoutUndefined(values) }),
          lagMs: readLag(lag),
        }
      : null
  const reconcilingEvm =
    evmRpc === undefined || reconciling === null
      ? null
      : checked({ rpcUrl: evmRpc, recipient: evmRecipient ?? reconciling.recipient }, 'evm-')
  return { help, remote, csv, reconciling, reconcilingEvm, devFolder }
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

function withoutUndefined({ rpc, recipient }: { rpc?: string; recipient?: string }) {
  return {
    ...(rpc === undefined ? {} : { rpcUrl: rpc }),
    ...(recipient === undefined ? {} : { recipient }),
  }
}

function readLag(text = '60'): number {
  if (!/^\d{1,6}$/.test(text)) throw new CannotRun('--lag must be a number of seconds.')
  return Number(text) * 1000
}

function readReconciling({ rpcUrl, recipient }: z.infer<typeof factsSchema>): LedgerPlace {
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

/** What the last `npm run dev` wrote about its chain. */
function readFacts(devFolder: string): z.infer<typeof factsSchema> {
  const file = join(devFolder, 'dev.json')
  if (!existsSync(file)) return {}
  try {
    return factsSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    throw new CannotRun(`${file} cannot be read; npm run dev writes it anew.`)
  }
}
