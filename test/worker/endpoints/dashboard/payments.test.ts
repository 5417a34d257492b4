/** The owners' page of payments: who sees it, and that it says what the ledger says. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type LedgerEvent, writeLedger } from '../../../../payments/ledger.ts'
import { LOCALES } from '../../../../src/lib/locale.ts'
import { DASHBOARD_PATHS } from '../../../../src/pages/dashboard/paths.ts'
import { type Browser, browserOf } from '../../../support/worker/browser.ts'
import {
  clientOf,
  env,
  recordingOrigin,
  shippedGateway,
  unlimited,
} from '../../../support/worker/gateway.ts'
import { seedAccount, seedSession } from '../../../support/worker/seed.ts'

const DAY_MS = 86_400_000
const CURRENCY = '0x20c000000000000000000000b9537d11c60e8b50'
const PATHS = [DASHBOARD_PATHS.payments, DASHBOARD_PATHS.paymentSums]

let ownerId: string
let owner: Browser
let stranger: Browser
let nobody: Browser

beforeAll(async () => {
  ownerId = await seedAccount()
  const config = { ...shippedGateway(unlimited), owners: [`${ownerId}@example.com`] }
  const client = clientOf(config, { ORIGIN: recordingOrigin().binding })
  const signedIn = async (accountId: string, address: string) => {
    const browser = browserOf(client, address)
    browser.cookies.set('__Host-session_token', await seedSession(accountId))
    return browser
  }
  owner = await signedIn(ownerId, '198.20.0.1')
  stranger = await signedIn(await seedAccount(), '198.20.0.2')
  nobody = browserOf(client, '198.20.0.3')
})

beforeEach(async () => {
  const tables = ['entries', 'sums', 'open', 'channels', 'marks']
  await env.DB.batch(tables.map((name) => env.DB.prepare(`delete from ledger_${name}`)))
})

let made = 0
function event(kind: LedgerEvent['kind'], challengeId: string, more: Partial<LedgerEvent> = {}) {
  made += 1
  return {
    eventId: `page ${made}`,
    kind,
    amount: '150',
    currency: CURRENCY,
    challengeId,
    row: 'GET /trends',
    payer: '0x00000000000000000000000000000000000000aa',
    mode: 'pull',
    transaction: null,
    requestId: `req_${challengeId}`,
    at: Date.now(),
    ...more,
  } satisfies LedgerEvent
}
const write = (...events: LedgerEvent[]) => writeLedger(env.DB, events)
const paid = (id: string, more: Partial<LedgerEvent> = {}) => [
  event('claim', id, more),
  event('settlement', id, { ...more, transaction: `0x${id}` }),
]

/** The text of a page, without its markup. */
async function textOf(answer: Response): Promise<string> {
  const html = (await answer.text()).replace(/<style.*?<\/style>/s, '')
  return html.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')
}
const open = async (query = '') => textOf(await owner.get(`${DASHBOARD_PATHS.payments}${query}`))

describe('the pages of payments', () => {
  it.each(PATHS)('are there for owners only, and for nobody else: %s', async (path) => {
    expect((await owner.get(path)).status).toBe(200)
    for (const browser of [stranger, nobody]) {
      const answer = await browser.get(path)
      expect(answer.status).toBe(404)
      expect(await answer.text()).not.toContain('Revenue')
    }
  })

  it('are listed for owners only', async () => {
    const link = `href="${DASHBOARD_PATHS.payments}"`
    expect(await (await owner.get(DASHBOARD_PATHS.keys)).text()).toContain(link)
    expect(await (await stranger.get(DASHBOARD_PATHS.keys)).text()).not.toContain(link)
  })
})

describe('the page of payments', () => {
  it('shows revenue by day, route and payer, and refunds due before what is owed', async () => {
    const old = Date.now() - 2 * DAY_MS
    await write(
      ...paid('one', { amount: '1050' }),
      ...paid('aged', { at: old, payer: '0xpayer' }),
      event('undelivered', 'aged', { at: old, payer: '0xpayer' }),
      ...paid('fresh'),
      event('undelivered', 'fresh'),
      event('claim', 'waiting'),
    )
    const text = await open()
    expect(text).toContain('Revenue 0.001050')
    expect(text).toContain('Refunds due 0.000150 Answers owed 0.000150 Under way 0.000150')
    expect(text).toMatch(/Refunds due Challenge Payer Route Since Amount aged .* 0\.000150 Send/)
    expect(text).toMatch(/Answers owed Challenge .* fresh .* Under way Challenge .* waiting/)
    expect(text.indexOf('aged')).toBeLessThan(text.indexOf('fresh'))
    expect(text).toMatch(/By route Route Amount GET \/trends 0\.001050/)
    expect(text).toMatch(/By payer Payer Amount 0x0+aa 0\.001050/)
    const html = await (await owner.get(DASHBOARD_PATHS.payments)).text()
    expect(html).not.toContain('<script')
  })

  it('shows the days that were asked for, and says so if they are none', async () => {
    const at = (day: string) => Date.parse(`${day}T12:00:00Z`)
    await write(...paid('1', { at: at('2026-03-01') }), ...paid('2', { at: at('2026-03-02') }))
    expect(await open('?from=2026-03-01&to=2026-03-02')).toContain('Revenue 0.000300')
    expect(await open('?from=2026-03-02&to=2026-03-02')).toContain('Revenue 0.000150')
    for (const wrong of [
      '2026-03-02&to=2026-03-01',
      '2026-02-30&to=2026-03-01',
      'x',
      '2020-01-01&to=2026-01-01',
    ]) {
      const answer = await owner.get(`${DASHBOARD_PATHS.payments}?from=${wrong}`)
      expect(answer.status).toBe(400)
      expect(await answer.text()).toContain('Enter two days')
    }
  })

  it('shows channels with what is locked in each', async () => {
    const channel = { mode: 'channel', channelId: '0xc1', row: '' } as const
    await write(
      event('deposit', 'opened', { ...channel, amount: '1000' }),
      event('voucher', 'opened', { ...channel, amount: '600' }),
      event('spend', 'opened', { ...channel, amount: '450', row: 'GET /s' }),
      event('capture', 'opened', { ...channel, amount: '300' }),
    )
    const text = await open()
    expect(text).toMatch(/0xc1 .* 0\.001000 0\.000450 0\.000300 0\.000700/)
    expect(text).toContain('by channels 0.000300')
  })

  it.each(['aged', '0xAGED', 'req_aged', '0x00000000000000000000000000000000000000AA'])(
    'finds one payment by %s',
    async (asked) => {
      await write(...paid('aged'), event('undelivered', 'aged', { transaction: '0xaged' }))
      await write(...paid('other', { payer: '0xother' }))
      const text = await open(`?q=${encodeURIComponent(asked)}`)
      expect(text).toContain('Challenge aged')
      expect(text).toMatch(/payment accepted under way .* paid revenue .* answer owed owed/)
      expect(text).not.toContain('Challenge other')
    },
  )

  it('finds nothing under a text that is none of the ledger’s, whatever it is', async () => {
    await write(...paid('one'))
    for (const asked of ['nothing', "' or 1=1 --", '<script>alert(1)</script>', 'ü'.repeat(300)]) {
      const answer = await owner.get(`${DASHBOARD_PATHS.payments}?q=${encodeURIComponent(asked)}`)
      expect(answer.status).toBe(404)
      const html = await answer.text()
      expect(html).toContain('The ledger has nothing under this text.')
      expect(html).not.toContain('<script>')
    }
  })

  it.each(LOCALES)('is said in %s', async (locale) => {
    await env.DB.prepare('update accounts set locale = ? where id = ?').bind(locale, ownerId).run()
    const answer = await owner.get(DASHBOARD_PATHS.payments)
    expect(answer.headers.get('content-language')).toBe(locale)
    const title = { en: 'Payments', tr: 'Ödemeler', es: 'Pagos' }[locale]
    expect(await answer.text()).toContain(`<h1>${title}</h1>`)
    await env.DB.prepare("update accounts set locale = 'en' where id = ?").bind(ownerId).run()
  })

  it('asks nothing that walks through the entries, and says 503 if D1 does not answer', async () => {
    await write(...paid('one'))
    await env.DB.prepare('alter table ledger_sums rename to gone').run()
    try {
      expect((await owner.get(DASHBOARD_PATHS.payments)).status).toBe(503)
    } finally {
      await env.DB.prepare('alter table gone rename to ledger_sums').run()
    }
  })
})

describe('the CSV', () => {
  it('has the sums of each day, in the smallest unit, and no formula', async () => {
    await write(...paid('1', { at: Date.parse('2026-03-01'), row: '=1+1' }))
    const answer = await owner.get(`${DASHBOARD_PATHS.paymentSums}?from=2026-03-01&to=2026-03-31`)
    expect(answer.headers.get('content-type')).toContain('text/csv')
    expect(answer.headers.get('content-disposition')).toContain(
      'payments-2026-03-01-2026-03-31.csv',
    )
    const lines = (await answer.text()).split('\r\n')
    expect(lines[0]).toBe('day,currency,by,name,amount,count')
    expect(lines).toContain(`2026-03-01,${CURRENCY},account,revenue,150,1`)
    expect(lines).toContain(`2026-03-01,${CURRENCY},route,'=1+1,150,1`)
  })

  it('has every sum of a year, however many there are', async () => {
    const first = Date.parse('2025-03-01') / DAY_MS
    const values = Array.from({ length: 12_000 }, (_, i) => [first + (i % 365), `0x${i}`] as const)
    await env.DB.prepare(
      `insert into ledger_sums ("day", "by", "currency", "name", "billions", "units", "count")
       select value ->> 0, 'payer', ?, value ->> 1, 0, 150, 1 from json_each(?)`,
    )
      .bind(CURRENCY, JSON.stringify([...values, ...crowd(first + 7, 6_000)]))
      .run()
    const answer = await owner.get(`${DASHBOARD_PATHS.paymentSums}?from=2025-03-01&to=2026-02-28`)
    const [head, ...lines] = (await answer.text()).trimEnd().split('\r\n')
    expect(head).toBe('day,currency,by,name,amount,count')
    expect(lines).toHaveLength(18_000)
    expect(new Set(lines).size).toBe(18_000)
    expect(lines).toEqual(lines.toSorted())
  })

  it('is broken off if D1 fails in the middle, and an error if it fails before', async () => {
    const day = Date.parse('2026-03-01') / DAY_MS
    await env.DB.prepare(
      `insert into ledger_sums ("day", "by", "currency", "name", "billions", "units", "count")
       select value ->> 0, 'payer', ?, value ->> 1, 0, 150, 1 from json_each(?)`,
    )
      .bind(CURRENCY, JSON.stringify(crowd(day, 20_000)))
      .run()
    const path = `${DASHBOARD_PATHS.paymentSums}?from=2026-03-01&to=2026-03-01`
    const answer = await owner.get(path)
    await env.DB.prepare('alter table ledger_sums rename to gone').run()
    try {
      await expect(answer.text()).rejects.toThrow()
      expect((await owner.get(path)).status).toBe(503)
    } finally {
      await env.DB.prepare('alter table gone rename to ledger_sums').run()
    }
  })
})

/** Many payers of one day. */
const crowd = (day: number, count: number) =>
  Array.from({ length: count }, (_, i) => [day, `0xcrowd${i}`] as const)
