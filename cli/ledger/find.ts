/** `npm run ledger -- find`: the payments that a text names, each with all its entries. */
import { challengesQuery, findQuery } from '../../src/store/ledger/entryStatements.ts'
import type { Ask } from '../../src/store/ledger/report.ts'
import { type Decimals, formatAmount } from './money.ts'
import { type Entry, parseEntry } from './read/entry.ts'
import { formatTime, printable } from './report/format.ts'
import { toJson } from './report/json.ts'

/** The most payments that are shown, the last ones. */
const MOST_PAYMENTS = 50
/** The most entries that are shown: a channel's opening names all of its calls' spending. */
const MOST_ENTRIES = 2_000

/** Prints what the text names. Returns whether it names a payment. */
export async function runFind(
  ask: Ask,
  text: string,
  { json, decimals }: { json: boolean; decimals: Decimals },
  print: (lines: string[]) => void,
): Promise<boolean> {
  const found = (await ask(findQuery(text, MOST_PAYMENTS))) as Found[]
  const all = Number(found[0]?.names ?? 0)
  const ids = found.map(({ challengeId }) => challengeId)
  const rows = ids.length === 0 ? [] : await ask(challengesQuery(ids, MOST_ENTRIES))
  const byChallenge = Map.groupBy(rows.map(parseEntry), ({ challengeId }) => challengeId)
  if (json) {
    const payments = ids.map((id) => ({ challengeId: id, entries: byChallenge.get(id) ?? [] }))
    print([toJson({ found: all, payments })])
  } else {
    print([
      ...ids.flatMap((id) => paymentLines(id, byChallenge.get(id) ?? [], decimals)),
      ...(all > ids.length ? ['', `and ${all - ids.length} earlier payments`] : []),
      ...(all === 0 ? [`The ledger has nothing under "${printable(text)}".`] : []),
      ...(rows.length === MOST_ENTRIES ? ['', `Only the first ${MOST_ENTRIES} entries.`] : []),
    ])
  }
  return all > 0
}

interface Found {
  challengeId: string
  names: number
}

/** One payment: whose it is, its events, and what is left on the accounts that must end at zero. */
function paymentLines(challengeId: string, entries: Entry[], decimals: Decimals): string[] {
  const [first] = entries
  if (first === undefined) return []
  const { currency, payer, mode, row: route, requestId, channelId } = first
  const format = (amount: bigint) => formatAmount(amount, currency.toLowerCase(), decimals)
  const balances = new Map<string, bigint>()
  for (const { account, amount } of entries)
    balances.set(account, (balances.get(account) ?? 0n) + amount)
  const events = entries.filter(({ amount, kind, account }) =>
    amount === 0n ? kind === 'open' && account === 'payer' : amount > 0n,
  )
  const left = [...balances].filter(([, amount]) => amount !== 0n)
  return [
    '',
    `Challenge ${challengeId}`,
    `  payer ${payer}, mode ${mode}, currency ${currency}`,
    ...(route === '' ? [] : [`  route ${route}`]),
    ...(requestId === '' ? [] : [`  request ${requestId}`]),
    ...(channelId === null ? [] : [`  channel ${channelId}`]),
    ...events.map(({ at, kind, amount, account, transaction }) => {
      const by = transaction === null ? '' : `, transaction ${transaction}`
      return `  ${formatTime(at)}  ${kind.padEnd(11)}  ${format(amount)} to ${account}${by}`
    }),
    `  now: ${left.map(([account, amount]) => `${account} ${format(amount)}`).join(', ') || 'nothing moved'}`,
  ].map(printable)
}
