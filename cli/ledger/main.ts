/**
 * `npm run ledger`: reads the command line and the config, runs the command, and sets the exit
 * code.
 */
import { readOptions } from './args.ts'
import { runLedger } from './run.ts'
import { USAGE } from './usage.ts'

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (options.help) return console.log(USAGE)
  // A mistake in the config is thrown by the import, and is shown like every other error.
  const { default: config } = await import('../../src/gateway.config.ts')
  // With the CSV on standard output, the report goes to standard error.
  const write = options.csv === '-' ? console.error : console.log
  const isSound = await runLedger(options, config.payments, (lines) => write(lines.join('\n')))
  process.exitCode = isSound ? 0 : 1
}

/**
 * The error in one line. An error of viem gives only its short message, because the long message
 * has the endpoint, which may hold a key.
 */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'shortMessage' in error
    ? `The chain could not be asked (the local one runs with npm run dev): ${error.shortMessage}`
    : error.message
}

// The reader of standard output may close it early: then the report was not read, and 0 would be
// wrong.
process.stdout.on('error', () => process.exit(2))

try {
  await main()
} catch (error) {
  console.error(`\n${messageOf(error)}\n`)
  process.exitCode = 2
}
