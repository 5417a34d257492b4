/** The page of usage and its CSV: what was counted is what is shown, and only to its person. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LOCALES } from '../../../../src/lib/locale.ts'
import { DASHBOARD_PATHS } from '../../../../src/pages/dashboard/paths.ts'
import { USAGE } from '../../../../src/pages/words/usage.ts'
import { browserOf } from '../../../support/worker/browser.ts'
import { clientOf, env, recordingOrigin, shippedGateway } from '../../../support/worker/gateway.ts'
import {
  apiKey,
  bearer,
  seedAccount,
  seedKey,
  seedSession,
  seedToken,
} from '../../../support/worker/seed.ts'

const NOW = Date.UTC(2026, 10, 28, 13, 20)
const origin = recordingOrigin()
const client = clientOf(shippedGateway(), { ORIGIN: origin.binding })

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: NOW }))
afterEach(() => vi.useRealTimers())

let browsers = 0
async function person() {
  const accountId = await seedAccount()
  const browser = browserOf(client, `198.21.0.${++browsers}`)
  browser.cookies.set('__Host-session_token', await seedSession(accountId))
  const { key, id } = await seedKey(accountId)
  await env.DB.prepare('update api_keys set name = ? where id = ?').bind('Laptop', id).run()
  return { accountId, browser, key, id }
}

/** The text of a page, without its markup. */
async function textOf(answer: Response): Promise<string> {
  const html = (await answer.text()).replace(/<style.*?<\/style>|<wbr\/?>/gs, '')
  return html.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')
}

async function calls(key: string, count: number, path = '/api/v1/radar') {
  for (let n = 0; n < count; n++) await client.call(path, { headers: apiKey(key) })
  await client.settled()
}

describe('the page of usage', () => {
  it('shows calls by hour, route, key and app, with 429 as a class of its own', async () => {
    const { accountId, browser, key } = await person()
    const { token } = await seedToken(accountId)
    await calls(key, 12)
    await client.call('/mcp', { method: 'POST', headers: bearer(token), body: '{}' })
    await client.settled()
    const answer = await browser.get(DASHBOARD_PATHS.usage)
    const html = await answer.clone().text()
    const text = await textOf(answer)
    expect(text).toContain('Calls 13 Refused by limits (429) 2 Errors (4xx, 5xx) 0')
    expect(text).toContain('Time (UTC) Calls 2xx 429 Nov 28, 13:00 13 11 2')
    expect(text).toContain('Route Calls 2xx 429 GET /radar 12 10 2')
    expect(text).toMatch(/Laptop xq_\w{5}… Calls 12 Refused by limits \(429\) 2/)
    expect(html.match(/class="under"/g)).toHaveLength(24)
    expect(html).toContain('<title>Nov 28, 13:00 UTC: 13</title>')
    expect(html).not.toContain('<script')
    expect(html).not.toContain(' style=')
  })

  it.each([
    ['7d', 7],
    ['30d', 30],
    ['12m', 12],
  ])('shows the last %s', async (span, bars) => {
    const { browser, key } = await person()
    await calls(key, 2)
    vi.setSystemTime(NOW + 5 * 86_400_000)
    await calls(key, 1)
    const html = await (await browser.get(`${DASHBOARD_PATHS.usage}?span=${span}`)).text()
    expect(html.match(/class="under"/g)).toHaveLength(bars)
    expect(html).toContain('Calls</dt><dd>3<')
  })

  it('filters by key, route and status, and the CSV has the same', async () => {
    const { accountId, browser, key, id } = await person()
    const other = await seedKey(accountId)
    await calls(key, 11)
    await calls(other.key, 1, '/api/v1/trends')
    const numbers = async (query: string) => {
      const text = await textOf(await browser.get(`${DASHBOARD_PATHS.usage}?${query}`))
      const csv = await (await browser.get(`${DASHBOARD_PATHS.usageCsv}?${query}`)).text()
      const lines = csv.trimEnd().split('\r\n').slice(1)
      const sum = lines.reduce((all, line) => all + Number(line.split(',').at(-1)), 0)
      return [Number(/Calls (\d+) Refused/.exec(text)?.[1] ?? 0), sum]
    }
    expect(await numbers('')).toEqual([12, 12])
    expect(await numbers(`credential=key+${id}`)).toEqual([11, 11])
    expect(await numbers('route=GET+%2Ftrends')).toEqual([1, 1])
    expect(await numbers('status=429')).toEqual([2, 2])
    expect(await numbers(`credential=key+${other.id}&status=5xx&span=12m`)).toEqual([0, 0])
    expect(await numbers('credential=key+1&route=&status=')).toEqual([0, 0])
    const form = await (await browser.get(DASHBOARD_PATHS.usage)).text()
    const statuses = [...form.matchAll(/<option value="([1-5](?:xx|29))"/g)].map(([, one]) => one)
    expect(statuses).toEqual(['1xx', '2xx', '3xx', '4xx', '429', '5xx'])
  })

  it.each(['span=1d', 'status=200', 'credential=key+x', `route=${'x'.repeat(501)}`])(
    'refuses what its form does not send: %s',
    async (query) => {
      const { browser } = await person()
      expect((await browser.get(`${DASHBOARD_PATHS.usage}?${query}`)).status).toBe(400)
      expect((await browser.get(`${DASHBOARD_PATHS.usageCsv}?${query}`)).status).toBe(400)
    },
  )

  it('shows a route that is asked for as text, whatever it is', async () => {
    const { browser } = await person()
    const route = encodeURIComponent('"><script>alert(1)</script>')
    const html = await (await browser.get(`${DASHBOARD_PATHS.usage}?route=${route}`)).text()
    expect(html).not.toContain('<script>')
  })

  it.each(LOCALES)('is said in %s, empty too', async (locale) => {
    const { accountId, browser, key } = await person()
    await env.DB.prepare('update accounts set locale = ? where id = ?')
      .bind(locale, accountId)
      .run()
    expect(await textOf(await browser.get(DASHBOARD_PATHS.usage))).toContain(USAGE.none[locale])
    await calls(key, 1)
    const text = await textOf(await browser.get(DASHBOARD_PATHS.usage))
    expect(text).toContain(USAGE.lead[locale])
    expect(text).toContain(USAGE.byRoute[locale])
    const filtered = await textOf(await browser.get(`${DASHBOARD_PATHS.usage}?status=5xx`))
    expect(filtered).toContain(USAGE.noneHere[locale])
  })

  it('shows nothing of another account', async () => {
    const mine = await person()
    await calls(mine.key, 1)
    const other = await person()
    const query = `?credential=key+${mine.id}`
    const text = await textOf(await other.browser.get(DASHBOARD_PATHS.usage + query))
    expect(text).toContain(USAGE.noneHere.en)
    const csv = await (await other.browser.get(DASHBOARD_PATHS.usageCsv + query)).text()
    expect(csv.trimEnd().split('\r\n')).toHaveLength(1)
  })

  it('is an error while D1 does not answer, and so is the CSV', async () => {
    const { browser } = await person()
    await env.DB.prepare('alter table usage rename to gone').run()
    try {
      expect((await browser.get(DASHBOARD_PATHS.usage)).status).toBe(503)
      expect((await browser.get(DASHBOARD_PATHS.usageCsv)).status).toBe(503)
    } finally {
      await env.DB.prepare('alter table gone rename to usage').run()
    }
  })
})

describe('the CSV of usage', () => {
  it('names each key, in times of UTC', async () => {
    const { browser, key, id } = await person()
    await env.DB.prepare("update api_keys set name = '=1+1' where id = ?").bind(id).run()
    await calls(key, 3)
    const answer = await browser.get(DASHBOARD_PATHS.usageCsv)
    expect(answer.headers.get('content-disposition')).toContain('usage-2026-11-27-24h.csv')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(await answer.text()).toBe(
      'from,to,credential,name,route,status,requests\r\n' +
        `2026-11-28T13:00:00Z,2026-11-28T14:00:00Z,key ${id},'=1+1,GET /radar,2xx,3\r\n`,
    )
  })

  it('is for its person only', async () => {
    const answer = await browserOf(client, '198.21.1.1').get(DASHBOARD_PATHS.usageCsv)
    expect(answer.status).toBe(303)
  })
})

describe('the use of a key in the last hour', () => {
  it('is told where an old key is replaced, and before one is revoked', async () => {
    const { accountId, browser, key, id } = await person()
    await seedKey(accountId)
    const advice = 'No older key was used in the last hour.'
    expect(await textOf(await browser.get(DASHBOARD_PATHS.keys))).toContain(advice)
    vi.setSystemTime(NOW - 30 * 60_000)
    await calls(key, 9)
    vi.setSystemTime(NOW)
    await calls(key, 5)
    const page = await textOf(await browser.get(DASHBOARD_PATHS.keys))
    expect(page).toContain('The old key Laptop was used 14 times in the last hour.')
    expect(page).not.toContain(advice)
    const asked = () => browser.get(`${DASHBOARD_PATHS.revokeKey}?id=${id}`).then(textOf)
    expect(await asked()).toContain('It was used 14 times in the last hour.')
    vi.setSystemTime(NOW + 45 * 60_000)
    // The object goes by the clock of the isolate that asked it last.
    await calls(key, 1)
    expect(await asked()).toContain('It was used 6 times in the last hour.')
  })

  it('is not told while the object does not answer', async () => {
    const { accountId, key } = await person()
    await calls(key, 1)
    const ACCOUNTS = {
      getByName: () => {
        throw new Error('down')
      },
    }
    const down = clientOf(shippedGateway(), { ORIGIN: origin.binding, ACCOUNTS })
    const browser = browserOf(down, '198.21.2.1')
    browser.cookies.set('__Host-session_token', await seedSession(accountId))
    const page = await browser.get(DASHBOARD_PATHS.keys)
    expect(page.status).toBe(200)
    expect(await textOf(page)).not.toContain('In the last hour')
  })
})
