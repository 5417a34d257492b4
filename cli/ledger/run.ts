/** Runs the command that the command line names. */

import { decimalsOf } from '../../src/config/amounts.ts'
import type { Payments } from '../../src/config/config.ts'
import type { Options } from './args.ts'
import { runFind } from './find.ts'
import { runOwed } from './owed.ts'
import { openLocal, queryRemote } from './read/open.ts'
import { runRefunded } from './refunded.ts'
import { runReport } from './runReport.ts'

/**
 * `payments` is the config's part about payments. Returns whether everything adds up, and what was
 * asked for was found or booked. Throws CannotRun, or viem's error when a chain does not answer.
 */
export async function runLedger(
  options: Options,
  payments: Payments | null,
  print: (lines: string[]) => void,
): Promise<boolean> {
  const { command, remote, json, devFolder } = options
  const now = Date.now()
  const decimals = decimalsOf(payments, options.localCurrency)
  const ask = remote ? queryRemote : openLocal(devFolder, command.name === 'refunded')
  switch (command.name) {
    case 'report':
      return runReport(ask, options, { payments, decimals }, print)
    case 'find':
      return runFind(ask, command.text, { json, decimals }, print)
    case 'refunded':
      return runRefunded(ask, command, { options, decimals, now }, print)
    case 'owed': {
      const { payer, olderThanMs } = command
      const filter = { before: now - olderThanMs, ...(payer === undefined ? {} : { payer }) }
      await runOwed(ask, filter, { json, decimals, now }, print)
      return true
    }
  }
}
