/** `npm run ledger`: what the ledger says, whether it adds up, and whether the chain agrees. */
import { type Options, readOptions, USAGE } from './args.ts'
import { CannotRun } from './cannotRun.ts'
import { openLocal, queryRemote, readEntries } from './read/entries.ts'
import { channelLines } from './report/channels.ts'
import { openCsv } from './report/csv.ts'
import { balanceLines, reconciledLines } from './report/report.ts'
import { addsUp, createBalance } from './sums/balance.ts'
import { createChannels } from './sums/channels.ts'
import { createSettlements } from './sums/settlements.ts'

/** Runs the command. Returns whether everything adds up. */
async function run(options: Options): Promise<boolean> {
  const { remote, csv, reconciling, reconcilingEvm, devFolder } = options
  // With the entries on standard output, the report must not be among them.
  const print = (lines: string[]) => (csv === '-' ? console.error : console.log)(lines.join('\n'))
  const query = remote ? queryRemote : openLocal(devFolder)
  // The chain's head first: what is mined while the ledger is read is left to the next time.
  const chain =
    reconciling &&
    (await (await import('./reconcile/chain.ts')).openChain(reconciling, reconciling.lagMs))
  const evmChain =
    reconcilingEvm && (await (await import('./reconcile/chain.ts')).openChain(reconcilingEvm))
  const sink = csv === null ? null : await openCsv(csv)
  const balance = createBalance()
  const onTempo = createSettlements('tempo')
  const onEvm = createSettlements('evm')
  const channels = createChannels()
  for await (const entry of readEntries(query)) {
    balance.add(entry)
    onTempo.add(entry)
    onEvm.add(entry)
    channels.add(entry)
    await sink?.write(entry)
  }
  await sink?.end()
  const result = balance.result()
  const ledgerChannels = channels.result()
  const isSound = addsUp(result, ledgerChannels)
  print([...balanceLines(result), ...channelLines(ledgerChannels)])
  if (chain === null) return isSound
  const { reconcile } = await import('./reconcile/reconcile.ts')
  const reconciled = [await reconcile(onTempo.result(), ledgerChannels, chain)]
  if (evmChain !== null) reconciled.push(await reconcile(onEvm.result(), null, evmChain))
  for (const [i, one] of reconciled.entries())
    print(reconciledLines(one, i === 0 ? 'the chain' : 'the chain of "evm"'))
  const left = onEvm.result().all.length
  if (evmChain === null && left > 0)
    throw new CannotRun(`${left} settlements by "evm" were not compared: --evm-rpc is missing.`)
  return isSound && reconciled.every(({ differences }) => differences.length === 0)
}

/** One line for the person: viem's long messages repeat the endpoint, which may hold a key. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'shortMessage' in error
    ? `The chain could not be asked (the local one runs with npm run dev): ${error.shortMessage}`
    : error.message
}

// Whoever reads may stop reading: then nobody has been told that all is well.
process.stdout.on('error', () => process.exit(2))

try {
  const options = readOptions(process.argv.slice(2))
  if (options.help) console.log(USAGE)
  else process.exitCode = (await run(options)) ? 0 : 1
} catch (error) {
  console.error(`\n${messageOf(error)}\n`)
  process.exitCode = 2
}
