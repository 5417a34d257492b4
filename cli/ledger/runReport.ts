/** `npm run ledger`: the report, from the ledger's sums, and the comparison with the chains. */
import type { Reconciled } from '../../payments/reconcile/reconcile.ts'
import { type Decimals, formatAmount } from '../../src/config/amounts.ts'
import type { Payments } from '../../src/config/config.ts'
import { ALL_ROWS, addsUp, readReport } from '../../src/store/ledger/report.ts'
import type { Ask } from '../../src/store/ledger/reportStatements.ts'
import type { Options } from './args.ts'
import { CannotRun } from './cannotRun.ts'
import { openChains } from './openChains.ts'
import { readEntries } from './read/entry.ts'
import { channelLines } from './report/channels.ts'
import { openCsv } from './report/csv.ts'
import { reportJson } from './report/json.ts'
import { reconciledLines, reportLines } from './report/report.ts'
import { MOST_ROWS } from './report/table.ts'

/**
 * Prints the report. Returns whether everything adds up, and agrees with the chains that were
 * asked. Throws CannotRun, or viem's error when a chain does not answer.
 */
export async function runReport(
  ask: Ask,
  options: Options,
  { payments, decimals }: { payments: Payments | null; decimals: Decimals },
  print: (lines: string[]) => void,
): Promise<boolean> {
  const { csv, json, span } = options
  // The chain's head is read before the ledger: a later block is left to the next run.
  const chains = await openChains(options, payments)
  if (csv !== null) {
    const sink = await openCsv(csv)
    for await (const entry of readEntries(ask, span)) await sink.write(entry)
    await sink.end()
  }
  const report = await readReport(ask, span, json ? ALL_ROWS : MOST_ROWS)
  const isSound = addsUp(report)
  if (!json)
    print([
      ...reportLines(report, span, decimals),
      ...channelLines(report.currencies, span === null, decimals),
    ])
  if (chains === null) {
    if (json) print([reportJson(report, span, decimals, null)])
    return isSound
  }
  const { reconcileSpan } = await import('../../payments/reconcile/reconcile.ts')
  const format = (amount: bigint, currency: string) => formatAmount(amount, currency, decimals)
  const reconciled: Reconciled[] = [await reconcileSpan(ask, 'tempo', chains.tempo, span, format)]
  if (chains.evm !== null)
    reconciled.push(await reconcileSpan(ask, 'evm', chains.evm, span, format))
  if (json) print([reportJson(report, span, decimals, reconciled)])
  else
    for (const [i, one] of reconciled.entries())
      print(reconciledLines(one, i === 0 ? 'the chain' : 'the chain of "evm"'))
  if (chains.evm === null) await refuseEvm(ask)
  return isSound && reconciled.every(({ differences }) => differences.length === 0)
}

/** Throws if there are settlements by "evm", which were not compared. */
async function refuseEvm(ask: Ask): Promise<void> {
  const { readSettlements } = await import('../../payments/reconcile/settlements.ts')
  const { settlements } = await readSettlements(ask, 'evm', null)
  if (settlements.length > 0)
    throw new CannotRun(
      `${settlements.length} settlements by "evm" were not compared: --evm-rpc is missing.`,
    )
}
