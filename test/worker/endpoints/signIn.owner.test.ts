/** The one-time link of an owner, which a command makes without the gateway's secrets. */
import { describe, expect, it } from 'vitest'
import { ownerLink } from '../../../src/config/ownerLink.ts'
import { randomHex } from '../../../src/lib/bytes.ts'
import { type Browser, browserOf, hiddenField } from '../../support/worker/browser.ts'
import {
  clientOf,
  env,
  recordingOrigin,
  shippedGateway,
  unlimited,
} from '../../support/worker/gateway.ts'

// Without a binding for mail, as on the first day.
const client = clientOf(shippedGateway(unlimited), { ORIGIN: recordingOrigin().binding })
let browsers = 0
const newBrowser = (of = client): Browser => browserOf(of, `203.6.${++browsers}.1`)
const newEmail = () => `o'neil${randomHex(4)}+x@example.com`

async function newLink(email: string, now = Date.now()): Promise<string> {
  const { url, sql } = await ownerLink('https://xquik.com', email, now)
  expect(sql).not.toContain(new URL(url).searchParams.get('token'))
  for (const statement of sql.split('; ')) await env.DB.prepare(statement).run()
  return url.slice('https://xquik.com'.length)
}

async function use(browser: Browser, link: string): Promise<Response> {
  const page = await browser.get(link)
  if (page.status !== 200) return page
  return browser.post('/sign-in/link', { token: hiddenField(await page.text(), 'token') ?? '' })
}

describe("an owner's link", () => {
  it('signs the owner in where no mail can be sent, and makes the account', async () => {
    const [browser, email] = [newBrowser(), newEmail()]
    expect((await browser.post('/sign-in', { email })).status).toBe(503)
    const link = await newLink(email)
    expect(await (await browser.get(link)).text()).toContain(email.replace("'", '&#39;'))
    const answer = await use(browser, link)
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/dashboard'])
    expect((await browser.get('/api/v1/radar')).status).toBe(200)
    const account = env.DB.prepare('select email from accounts where email = ?').bind(email)
    expect(await account.first('email')).toBe(email)
  })

  it('works once: the browser that uses it first is the one, also with a second click', async () => {
    const link = await newLink(newEmail())
    const [first, second] = [newBrowser(), newBrowser()]
    await second.get(link)
    const token = hiddenField(await (await first.get(link)).text(), 'token') ?? ''
    const answers = await Promise.all([1, 2, 3].map(() => first.post('/sign-in/link', { token })))
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303])
    const late = await second.post('/sign-in/link', { token })
    expect([late.status, second.cookies.has('__Host-session_token')]).toEqual([400, false])
    expect((await newBrowser().get(link)).status).toBe(400)
  })

  it('expires after 15 minutes, and ends when another one is made', async () => {
    const email = newEmail()
    expect((await use(newBrowser(), await newLink(email, Date.now() - 900_001))).status).toBe(400)
    const old = await newLink(email)
    const link = await newLink(email)
    expect((await use(newBrowser(), old)).status).toBe(400)
    expect((await use(newBrowser(), link)).status).toBe(303)
  })

  it('is looked up at most 30 times in 15 minutes for an address, before the store is asked', async () => {
    const browser = newBrowser(clientOf(shippedGateway(unlimited)))
    const guess = () => browser.get(`/sign-in/link?token=own_${randomHex(32)}`)
    for (let i = 0; i < 30; i++) expect((await guess()).status).toBe(400)
    const asked = () => {
      throw new Error('asked')
    }
    const DB = { prepare: asked, withSession: asked }
    const limited = shippedGateway(unlimited)
    const deaf = newBrowser(clientOf(limited, { DB }))
    expect((await guess()).status).toBe(429)
    for (const token of [
      'own_',
      `own_${'a'.repeat(63)}`,
      `own_${'A'.repeat(64)}`,
      `OWN_${'a'.repeat(64)}`,
    ])
      expect((await deaf.get(`/sign-in/link?token=${token}`)).status).toBe(400)
  })

  it('is no link that a mail has: a browser without the cookie of such a one stays out', async () => {
    // The hash of a browser is never empty, so no mailed link is for any browser.
    const rows = await env.DB.prepare(
      "select count(*) as n from sign_in_links where browser_hash = '' and code_hash != ''",
    ).first<{ n: number }>()
    expect(rows?.n).toBe(0)
  })
})
