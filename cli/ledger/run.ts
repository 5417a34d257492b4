/** Runs the command: reads the ledger once, prints its report, and compares it with the chains. */
import type { Payments } from '../../src/config/config.ts'
import type { LedgerPlace, Options, Reconciling } from './args.ts'
import { CannotRun } from './cannotRun.ts'
import { decimalsOf } from './money.ts'
import { openLocal, queryRemote, readEntries } from './read/entries.ts'
import { channelLines } from './report/channels.ts'
import { openCsv } from './report/csv.ts'
import { balanceLines, reconciledLines } from './report/report.ts'
import { addsUp, createBalance } from './sums/balance.ts'
import { createChannels } from './sums/channels.ts'
import { createSettlements } from './sums/settlements.ts'

/**
 * `payments` is the config's part about payments. Returns whether everything adds up, and agrees
 * with the chains that were asked. Throws CannotRun, or viem's error when a chain does not answer.
 */
export async function runLedger(
  { remote, csv, reconciling, reconcilingEvm, localCurrency, devFolder }: Options,
  payments: Payments | null,
  print: (lines: string[]) => void,
): Promise<boolean> {
  const decimals = decimalsOf(payments, localCurrency)
  const query = remote ? queryRemote : openLocal(devFolder)
  // The chain's head is read before the ledger: a later block is left to the next run.
  const chains = reconciling && (await openChains(reconciling, reconcilingEvm, payments))
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
  print([...balanceLines(result, decimals), ...channelLines(ledgerChannels, decimals)])
  if (chains === null) return isSound
  const { reconcile } = await import('./reconcile/reconcile.ts')
  const reconciled = [await reconcile(onTempo.result(), ledgerChannels, chains.tempo, decimals)]
  if (chains.evm !== null)
    reconciled.push(await reconcile(onEvm.result(), [], chains.evm, decimals))
  for (const [i, one] of reconciled.entries())
    print(reconciledLines(one, i === 0 ? 'the chain' : 'the chain of "evm"'))
  const left = onEvm.result().all.length
  if (chains.evm === null && left > 0)
    throw new CannotRun(`${left} settlements by "evm" were not compared: --evm-rpc is missing.`)
  return isSound && reconciled.every(({ differences }) => differences.length === 0)
}

/** Imports viem, which the report without the chain does not need. */
async function openChains(
  { lagMs, ...tempo }: Reconciling,
  evm: LedgerPlace | null,
  payments: Payments | null,
) {
  const { openChain } = await import('./reconcile/chain.ts')
  const { escrowOf } = await import('./reconcile/escrow.ts')
  return {
    tempo: await openChain(tempo, { escrow: escrowOf(payments), lagMs }),
    evm: evm && (await openChain(evm, null)),
  }
}
