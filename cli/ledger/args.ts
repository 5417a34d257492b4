/** Reads the command line. For the local ledger, .dev/dev.json says what the options leave out. */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import type { LedgerPlace } from '../../payments/reconcile/chain.ts'
import { parseDurationMs } from '../../src/lib/time.ts'
import type { Span } from '../../src/store/ledger/reportStatements.ts'
import { CannotRun } from './cannotRun.ts'
import { readSpan } from './span.ts'

const projectRoot = fileURLToPath(new URL('../..', import.meta.url))

/** The command, with what it needs. */
export type Command =
  | { name: 'report' }
  | { name: 'find'; text: string }
  | { name: 'owed'; olderThanMs: number; payer: string | undefined }
  | { name: 'refunded'; challengeId: string; transaction: string }

export interface Reconciling extends LedgerPlace {
  /** How long the ledger may take to hear of a payment channel, in milliseconds. */
  lagMs: number
}

export interface Options {
  command: Command
  help: boolean
  remote: boolean
  /** The target of the CSV: a path, "-" for standard output, or null. */
  csv: string | null
  json: boolean
  /** The time that the report is about; null: all. */
  span: Span | null
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
export function readOptions(args: string[], now = Date.now()): Options {
  const { values, positionals } = parseArguments(args)
  const devFolder = resolve(projectRoot, process.env.DEV_FOLDER || '.dev')
  const { help = false, remote = false, csv = null, json = false } = values
  const command = readCommand(positionals, values)
  if (command.name !== 'report' && [values.csv, values.since, values.until].some(isGiven))
    throw new CannotRun('--csv, --since and --until go with the report only.')
  if (json && csv === '-') throw new CannotRun('--json and --csv - both write to standard output.')
  if (csv === '') throw new CannotRun('--csv needs the name of a file, or - for standard output.')
  const { rpc, recipient, 'evm-rpc': evmRpc, 'evm-recipient': evmRecipient, lag } = values
  const chainOptions = [rpc, recipient, evmRpc, evmRecipient, lag]
  const asksChain = values.reconcile === true || command.name === 'refunded'
  if (values.reconcile && command.name !== 'report')
    throw new CannotRun('--reconcile goes with the report only.')
  if (!asksChain && chainOptions.some(isGiven))
    throw new CannotRun(
      '--rpc, --recipient, --evm-rpc, --evm-recipient and --lag go with --reconcile.',
    )
  if (evmRpc === undefined && evmRecipient !== undefined)
    throw new CannotRun('--evm-recipient goes with --evm-rpc.')
  // A deployed gateway's payments are not on the local chain, and not in the local currency.
  const facts = remote || help ? {} : readFacts(devFolder)
  const reconciling =
    asksChain && !help
      ? {
          ...readPlace({
            rpcUrl: rpc ?? facts.rpcUrl,
            // A refund goes to a payer, so that our own address is not needed.
            recipient: recipient ?? facts.recipient ?? (values.reconcile ? undefined : NOBODY),
          }),
          lagMs: readLag(lag),
        }
      : null
  const reconcilingEvm =
    evmRpc === undefined || reconciling === null
      ? null
      : checked({ rpcUrl: evmRpc, recipient: evmRecipient ?? reconciling.recipient }, 'evm-')
  const localCurrency = facts.currency ?? null
  return {
    command,
    help,
    remote,
    csv,
    json,
    span: readSpan(values.since, values.until, now),
    reconciling,
    reconcilingEvm,
    localCurrency,
    devFolder,
  }
}

const isGiven = (value: unknown) => value !== undefined

/** Reads the command and its own options. */
function readCommand(
  [name = 'report', ...rest]: string[],
  values: { 'older-than'?: string; payer?: string },
): Command {
  const { 'older-than': olderThan, payer } = values
  if (name !== 'owed' && (olderThan !== undefined || payer !== undefined))
    throw new CannotRun('--older-than and --payer go with owed.')
  const [first, second] = rest
  if (name === 'report' && rest.length === 0) return { name }
  if (name === 'find' && first !== undefined && rest.length === 1) {
    if (first.length > MOST_TEXT || !/^[\x20-\x7e]+$/.test(first))
      throw new CannotRun(`find takes at most ${MOST_TEXT} printable characters.`)
    return { name, text: first }
  }
  if (name === 'owed' && rest.length === 0) {
    const olderThanMs = olderThan === undefined ? 0 : parseDurationMs(olderThan)
    if (olderThanMs === null) throw new CannotRun('--older-than must be a duration, as 1d or 36h.')
    if (payer !== undefined && !ADDRESS.test(payer)) throw new CannotRun(`--payer ${FORM}`)
    return { name, olderThanMs, payer: payer?.toLowerCase() }
  }
  if (name === 'refunded' && first !== undefined && second !== undefined && rest.length === 2) {
    if (first.length > MOST_TEXT || !/^[\x21-\x7e]+$/.test(first))
      throw new CannotRun('refunded needs the id of a challenge.')
    if (!/^0x[0-9a-f]{64}$/i.test(second))
      throw new CannotRun('A transaction is 0x and 64 hexadecimal characters.')
    return { name, challengeId: first, transaction: second.toLowerCase() }
  }
  throw new CannotRun('The commands are find TEXT, owed, and refunded ID TX (--help says more).')
}

/** The most characters of a text that is looked for. */
const MOST_TEXT = 200
const NOBODY = `0x${'0'.repeat(40)}`
const ADDRESS = /^0x[0-9a-f]{40}$/i
const FORM = 'must be an address: 0x and 40 hexadecimal characters.'

/** A challenge's id that begins with a dash, as one of 64 does: no option is so long. */
const DASHED_ID = /^-[\w-]{42}$/
/** The space that keeps such an id from being read as an option. */
const NO_OPTION = ' '

function parseArguments(args: string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: args.map((arg) => (DASHED_ID.test(arg) ? NO_OPTION + arg : arg)),
      allowPositionals: true,
      options: {
        remote: { type: 'boolean' },
        csv: { type: 'string' },
        json: { type: 'boolean' },
        since: { type: 'string' },
        until: { type: 'string' },
        'older-than': { type: 'string' },
        payer: { type: 'string' },
        reconcile: { type: 'boolean' },
        rpc: { type: 'string' },
        recipient: { type: 'string' },
        'evm-rpc': { type: 'string' },
        'evm-recipient': { type: 'string' },
        lag: { type: 'string' },
        help: { type: 'boolean' },
      },
    })
    return { values, positionals: positionals.map((one) => one.trim()) }
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
  if (!ADDRESS.test(recipient)) throw new CannotRun(`--${prefix}recipient ${FORM}`)
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
