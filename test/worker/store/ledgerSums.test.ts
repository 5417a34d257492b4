/** The sums beside the ledger: always what its entries add up to. */
import { beforeEach, describe, expect, it } from 'vitest'
import { type LedgerEvent, writeLedger } from '../../../payments/ledger.ts'
import {
  challengesQuery,
  findQuery,
  namingQuery,
} from '../../../src/store/ledger/entryStatements.ts'
import { insertRefund, repaymentQuery } from '../../../src/store/ledger/refundStatements.ts'
import { ALL_ROWS, addsUp, readReport } from '../../../src/store/ledger/report.ts'
import type { Ask } from '../../../src/store/ledger/reportStatements.ts'
import {
  behindQuery,
  channelsQuery,
  openQuery,
  payersQuery,
  type Query,
  type Span,
  sumsQuery,
} from '../../../src/store/ledger/reportStatements.ts'
import { addUp } from '../../../src/store/ledger/sumStatements.ts'
import { env } from '../../support/worker/gateway.ts'

const DAY_MS = 86_400_000
const FIRST_DAY = Date.parse('2026-11-01T00:00:00Z')
const CURRENCY = `0x20C0${'0'.repeat(35)}1`
const TABLES = ['entries', 'sums', 'open', 'channels', 'marks'].map((name) => `ledger_${name}`)

const ask: Ask = async ({ sql, params }) => {
  const { results } = await env.DB.prepare(sql)
    .bind(...params)
    .all()
  return results
}

beforeEach(async () => {
  await env.DB.batch(TABLES.map((name) => env.DB.prepare(`delete from ${name}`)))
})

let made = 0
function event(kind: LedgerEvent['kind'], more: Partial<LedgerEvent> = {}): LedgerEvent {
  made += 1
  return {
    eventId: `event ${made}`,
    kind,
    amount: '150',
    currency: CURRENCY,
    challengeId: 'one',
    row: 'GET /a',
    payer: '0xAA',
    mode: 'pull',
    transaction: null,
    requestId: `req_${made}`,
    at: FIRST_DAY,
    ...more,
  }
}

/** A channel's event, whose channel is named in two spellings. */
const inChannel = (kind: LedgerEvent['kind'], amount: string, more: Partial<LedgerEvent> = {}) =>
  event(kind, { amount, mode: 'channel', channelId: '0xC1', challengeId: 'opened', ...more })

/** Events of several days, payers, routes and currencies, with debts and open payments. */
function someEvents(): LedgerEvent[] {
  const days = [0, 1, 1, 2, 4]
  return [
    ...days.flatMap((day, i) => {
      const about = {
        challengeId: `paid ${i}`,
        at: FIRST_DAY + day * DAY_MS + i * 3_600_000,
        payer: i % 2 === 0 ? '0xAA' : '0xbb',
        row: `GET /${i % 3}`,
        mode: i === 2 ? ('push' as const) : ('pull' as const),
        currency: i === 4 ? '0xother' : CURRENCY,
      }
      return [event('claim', about), event('settlement', { ...about, transaction: `0xT${i}` })]
    }),
    event('undelivered', { challengeId: 'paid 1', payer: '0xbb', at: FIRST_DAY + 2 * DAY_MS }),
    event('undelivered', { challengeId: 'paid 2', at: FIRST_DAY + 2 * DAY_MS }),
    event('retry', { challengeId: 'paid 2', at: FIRST_DAY + 3 * DAY_MS }),
    event('claim', { challengeId: 'under way' }),
    inChannel('open', '0'),
    inChannel('deposit', '1000'),
    inChannel('voucher', '600', { channelId: '0xc1' }),
    inChannel('spend', '450', { row: 'GET /s' }),
    inChannel('capture', '300', { at: FIRST_DAY + 2 * DAY_MS, row: '' }),
  ]
}

/** Inserts entries as a gateway of an earlier version did, which kept no sums. */
async function insertOld(events: LedgerEvent[]): Promise<void> {
  await writeLedger(env.DB, events)
  const sums = TABLES.filter((name) => name !== 'ledger_entries')
  await env.DB.batch(sums.map((name) => env.DB.prepare(`delete from ${name}`)))
}

/** The report on all time, and on some days and hours. */
async function reports() {
  const hours: Span = { since: FIRST_DAY + 3_600_000, until: FIRST_DAY + 2.5 * DAY_MS }
  const days: Span = { since: FIRST_DAY + DAY_MS, until: FIRST_DAY + 3 * DAY_MS }
  const minutes: Span = { since: FIRST_DAY + DAY_MS - 1, until: FIRST_DAY + DAY_MS + 5 * 3_600_000 }
  const spans = [null, hours, days, minutes]
  return Promise.all(spans.map((span) => readReport(ask, span, ALL_ROWS)))
}

/** The sums of the entries themselves, in a span. */
async function addedUp(span: Span | null) {
  const rows = await env.DB.prepare('select * from ledger_entries').all<Record<string, unknown>>()
  const sums = new Map<string, bigint>()
  for (const row of rows.results) {
    const at = Number(row.at)
    if (span !== null && (at < span.since || at >= span.until)) continue
    const name = `${String(row.currency).toLowerCase()} ${row.account}`
    sums.set(name, (sums.get(name) ?? 0n) + BigInt(String(row.amount)))
  }
  return sums
}

const byAccount = ({ currencies }: Awaited<ReturnType<typeof readReport>>) =>
  new Map(
    currencies.flatMap(({ currency, byAccount }) =>
      [...byAccount].map(([name, amount]): [string, bigint] => [`${currency} ${name}`, amount]),
    ),
  )

const behind = async () => {
  const [row] = (await ask(behindQuery)) as { count: number }[]
  return row?.count
}

describe('the sums', () => {
  it('are what the entries add up to, in all time and in any span', async () => {
    await writeLedger(env.DB, someEvents())
    expect(await behind()).toBe(0)
    const [all, hours, days] = await reports()
    if (all === undefined || hours === undefined || days === undefined) throw new Error('none')
    expect(byAccount(all)).toEqual(await addedUp(null))
    const since = FIRST_DAY + 3_600_000
    expect(byAccount(hours)).toEqual(await addedUp({ since, until: FIRST_DAY + 2.5 * DAY_MS }))
    const [first, last] = [FIRST_DAY + DAY_MS, FIRST_DAY + 3 * DAY_MS]
    expect(byAccount(days)).toEqual(await addedUp({ since: first, until: last }))
    expect(addsUp(all)).toBe(true)
    const [ours] = all.currencies
    expect(ours).toMatchObject({
      currency: CURRENCY.toLowerCase(),
      revenueByMode: new Map([
        ['channel', 300n],
        ['pull', 300n],
        ['push', 150n],
      ]),
      revenueByPayer: {
        all: 2,
        shown: [
          ['0xaa', 600n],
          ['0xbb', 150n],
        ],
      },
      spentByRoute: new Map([['GET /s', 450n]]),
      held: { all: 1, shown: [{ id: 'under way', amount: 150n }] },
      owed: { all: 1, shown: [{ id: 'paid 1', at: FIRST_DAY + 2 * DAY_MS }] },
      channels: {
        all: 1,
        shown: [{ channelId: '0xc1', moved: { deposit: 1000n, voucher: 600n, capture: 300n } }],
      },
    })
    expect(ours?.revenueByRoute.get('by channels')).toBe(300n)
    expect(Object.fromEntries(all.events)).toMatchObject({ claim: 6, settlement: 5, open: 1 })
  })

  it('do not change when an event is written again, alone or beside a new one', async () => {
    const events = someEvents()
    await writeLedger(env.DB, events)
    const before = await reports()
    await writeLedger(env.DB, events)
    await Promise.all([writeLedger(env.DB, events), writeLedger(env.DB, events)])
    expect(await reports()).toEqual(before)
    await writeLedger(env.DB, [...events, event('claim', { challengeId: 'new' })])
    const [all] = await reports()
    expect(all?.entries).toBe((before[0]?.entries ?? 0) + 2)
    expect(byAccount(all ?? ({ currencies: [] } as never))).toEqual(await addedUp(null))
  })

  it('are the same from before and after entries of an earlier version are added up', async () => {
    await insertOld(someEvents())
    expect(await behind()).toBeGreaterThan(0)
    const before = await reports()
    expect(before[0]?.entries).toBeGreaterThan(0)
    // In steps that end within what an event, a challenge or a channel has.
    while ((await behind()) !== 0) {
      await env.DB.batch(addUp(2).map((sql) => env.DB.prepare(sql)))
      expect(await reports()).toEqual(before)
    }
    const tables = await env.DB.prepare('select count(*) as n from ledger_open').first('n')
    expect(tables).toBe(2)
  })

  it('take up what is behind when the next event is written', async () => {
    await insertOld(someEvents())
    await writeLedger(env.DB, [event('claim', { challengeId: 'next' })])
    expect(await behind()).toBe(0)
    const [all] = await reports()
    expect(byAccount(all ?? ({ currencies: [] } as never))).toEqual(await addedUp(null))
  })

  it('hold more than an SQLite integer, to the last unit', async () => {
    const amount = String(Number.MAX_SAFE_INTEGER)
    const paid = Array.from({ length: 1_100 }, (_, i) =>
      event('deposit', { amount, challengeId: `c${i}` }),
    )
    for (let from = 0; from < paid.length; from += 50)
      await writeLedger(env.DB, paid.slice(from, from + 50))
    const [all] = await reports()
    const sum = BigInt(amount) * 1_100n
    expect(sum).toBeGreaterThan(2n ** 63n)
    expect(all?.currencies[0]?.byAccount.get('deposited')).toBe(sum)
    expect(all?.currencies[0]?.byAccount.get('payer')).toBe(-sum)
    expect(all?.currencies[0]?.moved.get('deposit')).toBe(sum)
  })

  it('name an event that does not sum to zero, after it is added up too', async () => {
    await writeLedger(env.DB, [event('claim', { challengeId: 'good' })])
    const half = `insert into ledger_entries (event_id, kind, account, amount, currency,
      challenge_id, row, payer, mode, request_id, at)
      values ('half', 'settlement', 'revenue', 150, ?, 'bad', '', '', 'pull', '', 1)`
    await env.DB.prepare(half).bind(CURRENCY).run()
    await writeLedger(env.DB, [event('claim', { challengeId: 'later' })])
    expect(await behind()).toBe(0)
    const [all] = await reports()
    if (all === undefined) throw new Error('none')
    expect(addsUp(all)).toBe(false)
    expect(all.unbalanced.shown).toMatchObject([{ id: 'half', amount: 150n, challengeId: 'bad' }])
  })
})

describe('a refund', () => {
  const refund = { challengeId: 'paid 1', transaction: '0xf1', amount: 150n, at: FIRST_DAY + 9 }

  it('ends the debt, is booked once, and its transaction refunds nothing else', async () => {
    await writeLedger(env.DB, [
      ...someEvents(),
      event('claim', { challengeId: 'paid 9' }),
      event('settlement', { challengeId: 'paid 9' }),
      event('undelivered', { challengeId: 'paid 9' }),
    ])
    expect(await ask(insertRefund({ ...refund, amount: 149n }))).toEqual([])
    expect(await ask(insertRefund(refund))).toHaveLength(4)
    expect(await ask(insertRefund(refund))).toEqual([])
    expect(await ask(insertRefund({ ...refund, transaction: '0xf2' }))).toEqual([])
    expect(await ask(insertRefund({ ...refund, challengeId: 'paid 9' }))).toEqual([])
    expect(await ask(repaymentQuery('paid 1'))).toEqual([{ transaction: '0xf1', at: refund.at }])
    const [all] = await reports()
    if (all === undefined) throw new Error('none')
    expect(addsUp(all)).toBe(true)
    const ours = all.currencies.find(({ currency }) => currency === CURRENCY.toLowerCase())
    expect(ours?.owed.shown.map(({ id }) => id)).toEqual(['paid 9'])
    expect(ours?.due.all).toBe(0)
    expect(ours?.moved.get('repayment')).toBe(150n)
  })

  it('pays a debt whose end was booked before', async () => {
    const ended = event('expiry', { challengeId: 'paid 1', eventId: 'expiry paid 1' })
    await writeLedger(env.DB, [...someEvents(), ended])
    const [before] = await reports()
    expect(before?.currencies.flatMap(({ due }) => due.shown)).toMatchObject([{ id: 'paid 1' }])
    expect(await ask(insertRefund(refund))).toHaveLength(2)
    // The claim's object books the end of the debt as well, after the refund.
    await writeLedger(env.DB, [ended])
    const [all] = await reports()
    if (all === undefined) throw new Error('none')
    expect(addsUp(all)).toBe(true)
    expect(all.currencies.flatMap(({ due, owed }) => [...due.shown, ...owed.shown])).toEqual([])
  })
})

describe('a report never walks through the entries', () => {
  const span = { since: FIRST_DAY + 1, until: FIRST_DAY + 3 * DAY_MS + 1 }
  it.each<[what: string, query: Query]>([
    ['all sums', sumsQuery(null)],
    ['the sums of a span', sumsQuery(span)],
    ['the payers', payersQuery(null, 50)],
    ['the payers of a span', payersQuery(span, 50)],
    ['open balances', openQuery(50)],
    ['channels', channelsQuery(50)],
    ['one payment by what names it', findQuery('x', 50)],
    ['the entries of a payment', challengesQuery(['a', 'b'], 50)],
    ['the events of a transaction', namingQuery(['0x1', '0x2'])],
    ['a refund', insertRefund({ challengeId: 'a', transaction: '0x1', amount: 1n, at: 1 })],
    ['an earlier refund', repaymentQuery('a')],
    ['how much is behind', behindQuery],
    ...addUp(1_000).map((sql, i): [string, Query] => [
      `step ${i} of adding up`,
      { sql, params: [] },
    ]),
  ])('%s', async (_, { sql, params }) => {
    const { results } = await env.DB.prepare(`explain query plan ${sql}`)
      .bind(...params)
      .all<{ detail: string }>()
    const steps = results.map(({ detail }) => detail)
    expect(steps.length).toBeGreaterThan(0)
    expect(steps.filter((step) => /^SCAN ledger_entries/.test(step))).toEqual([])
  })
})
