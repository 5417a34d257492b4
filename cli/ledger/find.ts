/** `npm run ledger -- find`: the payments that a text names, each with all its events. */
import { type Decimals, formatAmount } from '../../src/config/amounts.ts'
import {
  balancesOf,
  type FoundPayment,
  findPayments,
  listedEvents,
} from '../../src/store/ledger/findPayments.ts'
import type { Ask } from '../../src/store/ledger/reportStatements.ts'
import { formatTime, printable } from './report/format.ts'
import { toJson } from './report/json.ts'

/** The most payments that are shown, the last ones. */
const MOST_PAYMENTS = 50

/** Prints what the text names. Returns whether it names a payment. */
export async function runFind(
  ask: Ask,
  text: string,
  { json, decimals }: { json: boolean; decimals: Decimals },
  print: (lines: string[]) => void,
): Promise<boolean> {
  const { all, payments, isCut } = await findPayments(ask, text, MOST_PAYMENTS)
  if (json) print([toJson({ found: all, payments })])
  else
    print([
      ...payments.flatMap((payment) => paymentLines(payment, decimals)),
      ...(all > payments.length ? ['', `and ${all - payments.length} earlier payments`] : []),
      ...(all === 0 ? [`The ledger has nothing under "${printable(text)}".`] : []),
      ...(isCut ? ['', 'There are too many entries: later ones are left out.'] : []),
    ])
  return all > 0
}

/** One payment: whose it is, its events, and what is on its accounts now. */
function paymentLines(payment: FoundPayment, decimals: Decimals): string[] {
  const { challengeId, currency, payer, mode, channelId, entries } = payment
  const format = (amount: bigint) => formatAmount(amount, currency.toLowerCase(), decimals)
  const [{ row: route = '', requestId = '' } = {}] = entries
  const left = [...balancesOf(payment)].map(([account, amount]) => `${account} ${format(amount)}`)
  return [
    '',
    `Challenge ${challengeId}`,
    `  payer ${payer}, mode ${mode}, currency ${currency}`,
    ...(route === '' ? [] : [`  route ${route}`]),
    ...(requestId === '' ? [] : [`  request ${requestId}`]),
    ...(channelId === null ? [] : [`  channel ${channelId}`]),
    ...listedEvents(payment).map(({ at, kind, amount, account, transaction }) => {
      const by = transaction === null ? '' : `, transaction ${transaction}`
      return `  ${formatTime(at)}  ${kind.padEnd(11)}  ${format(amount)} to ${account}${by}`
    }),
    `  now: ${left.join(', ') || 'nothing moved'}`,
  ].map(printable)
}
