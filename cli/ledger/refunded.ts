/**
 * `npm run ledger -- refunded`: books a refund after looking at its transaction on the chain.
 * See docs/decisions/0047.
 */

import { type Decimals, formatAmount } from '../../src/config/amounts.ts'
import { namingQuery } from '../../src/store/ledger/entryStatements.ts'
import { insertRefund, repaymentQuery } from '../../src/store/ledger/refundStatements.ts'
import { type OpenBalance, openBalanceOf } from '../../src/store/ledger/report.ts'
import type { Ask } from '../../src/store/ledger/reportStatements.ts'
import { openQuery } from '../../src/store/ledger/reportStatements.ts'
import type { Options } from './args.ts'
import { CannotRun } from './cannotRun.ts'
import { formatTime, printable } from './report/format.ts'
import { toJson } from './report/json.ts'

/** How far the chain's clock and ours may be apart, in milliseconds. */
const CLOCK_SKEW_MS = 60_000

interface Context {
  options: Options
  decimals: Decimals
  now: number
}

/**
 * Books the refund of a challenge's debt, and says so. Returns whether the refund is booked, by
 * this run or an earlier one. Throws CannotRun, or viem's error when the chain does not answer.
 */
export async function runRefunded(
  ask: Ask,
  { challengeId, transaction }: { challengeId: string; transaction: string },
  { options, decimals, now }: Context,
  print: (lines: string[]) => void,
): Promise<boolean> {
  const say = (isBooked: boolean, sentence: string) => {
    print([options.json ? toJson({ booked: isBooked, sentence }) : printable(sentence)])
    return isBooked
  }
  const earlier = await earlierRefund(ask, challengeId)
  if (earlier !== null) {
    const { transaction: by, at } = earlier
    const when = `on ${formatTime(at)}, by transaction ${by}`
    return say(by === transaction, `The refund of ${challengeId} was booked already ${when}.`)
  }
  const debts = (await ask(openQuery(1, { challengeId }))).map(openBalanceOf)
  const debt = debts.find(({ what }) => what === 'owed' || what === 'due')
  if (debt === undefined) return say(false, `Nothing is owed for the challenge ${challengeId}.`)
  const [naming] = (await ask(namingQuery([transaction]))) as { challengeId: string }[]
  if (naming !== undefined) {
    const other = naming.challengeId
    return say(false, `The transaction is in the ledger already, for the challenge ${other}.`)
  }
  const objection = await objectionTo(debt, transaction, options, decimals)
  if (objection !== null) return say(false, `Nothing was booked: ${objection}`)
  const { amount, currency, payer } = debt
  const booked = await ask(insertRefund({ challengeId, transaction, amount, at: now }))
  if (booked.length === 0)
    return say(false, 'Nothing was booked: the ledger has changed meanwhile. Run it again.')
  const what = `${formatAmount(amount, currency, decimals)} of ${currency} to ${payer}`
  return say(true, `Booked the refund of ${challengeId}: ${what}.`)
}

async function earlierRefund(ask: Ask, challengeId: string) {
  const rows = await ask(repaymentQuery(challengeId))
  const [first] = rows as { transaction: string; at: number }[]
  return first ?? null
}

/** The reason why a transaction is not the refund of a debt, or null if it is. */
async function objectionTo(
  { amount, currency, payer, mode, at }: OpenBalance,
  transaction: string,
  { reconciling, reconcilingEvm }: Options,
  decimals: Decimals,
): Promise<string | null> {
  const isEvm = mode === 'authorization'
  const place = isEvm ? reconcilingEvm : reconciling
  if (place === null) throw new CannotRun(`${isEvm ? '--evm-rpc' : '--rpc'} is missing.`)
  const { openChain } = await import('../../payments/reconcile/chain.ts')
  const recipient = payer.toLowerCase()
  const chain = await openChain({ rpcUrl: place.rpcUrl, recipient }, null)
  const mined = await chain.mined(transaction)
  if (mined === null) return 'the chain does not know the transaction (yet).'
  if (!mined.succeeded) return 'the transaction failed.'
  const paid = mined.transfers.filter(
    (transfer) => transfer.currency === currency && transfer.from !== recipient,
  )
  const sum = paid.reduce((total, transfer) => total + transfer.amount, 0n)
  if (sum !== amount) {
    const written = (one: bigint) => formatAmount(one, currency, decimals)
    return `it paid ${payer} ${written(sum)} of ${currency}, and ${written(amount)} are owed.`
  }
  const [first] = paid
  const time = first === undefined ? 0 : await chain.timeOf(first.block)
  if (time < at - CLOCK_SKEW_MS)
    return `the transaction is of ${formatTime(time)}, and the debt of ${formatTime(at)}.`
  return null
}
