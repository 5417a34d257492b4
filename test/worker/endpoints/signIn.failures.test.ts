/** Failures of stores while a person signs in or out: nothing is used up, and a retry works. */
import { describe, expect, it } from 'vitest'
import { randomHex, sha256Hex } from '../../../src/lib/bytes.ts'
import { type Browser, browserOf, recordingMail } from '../../support/worker/browser.ts'
import { delayedDatabase } from '../../support/worker/delayedDatabase.ts'
import { flakyDatabase, flakyKv } from '../../support/worker/flakyStores.ts'
import {
  clientOf,
  env,
  recordingOrigin,
  shippedGateway,
  unlimited,
} from '../../support/worker/gateway.ts'
import { cookie, seedAccount, seedSession } from '../../support/worker/seed.ts'
import { broken } from '../../support/worker/storeBindings.ts'

const gateway = shippedGateway(unlimited)
const mail = recordingMail()
const ORIGIN = recordingOrigin().binding
const client = clientOf(gateway, { MAIL: mail.binding, ORIGIN })

let browsers = 0
const newBrowser = (of = client): Browser => browserOf(of, `203.2.${++browsers}.1`)
const newEmail = () => `p${randomHex(6)}@example.com`

/** The same browser, at a gateway with other stores. */
function sameBrowser(browser: Browser, of: Parameters<typeof browserOf>[0]): Browser {
  const same = newBrowser(of)
  for (const [name, value] of browser.cookies) same.cookies.set(name, value)
  return same
}

const sessionOf = (browser: Browser) => browser.cookies.get('__Host-session_token') ?? ''

/** The sessions of an account in KV. */
async function storedSessions(email: string): Promise<string[]> {
  const account = await env.DB.prepare('select id from accounts where email = ?')
    .bind(email)
    .first<{ id: string }>()
  const { keys } = await env.SESSIONS.list()
  const records = await Promise.all(keys.map(({ name }) => env.SESSIONS.get<Owned>(name, 'json')))
  return keys.map(({ name }) => name).filter((_, i) => records[i]?.accountId === account?.id)
}
interface Owned {
  accountId: string
}

describe.each(['link', 'code'] as const)('a person who signs in with a %s', (way) => {
  async function askedBrowser() {
    const browser = newBrowser()
    const email = newEmail()
    await browser.post('/sign-in', { email, return: '/a' })
    const token = new URL(mail.linkTo(email)).searchParams.get('token') ?? ''
    const fields: Record<string, string> = way === 'link' ? { token } : { code: mail.codeTo(email) }
    return { browser, email, fields, path: `/sign-in/${way}` }
  }

  it.each(['before', 'after'] as const)(
    'gets a 503 with a way on if D1 fails %s it writes; the retry begins the one session',
    async (moment) => {
      const { browser, email, fields, path } = await askedBrowser()
      for (let batch = 1; batch <= (way === 'link' ? 1 : 2); batch++) {
        const { database, failNext } = flakyDatabase(env.DB)
        const flaky = sameBrowser(browser, clientOf(gateway, { DB: database, MAIL: mail.binding }))
        failNext(moment)
        const failed = await flaky.post(path, fields)
        expect(failed.status).toBe(503)
        expect(sessionOf(flaky)).toBe('')
        expect(await failed.text()).toMatch(/<a href="\/sign-in\/(?:link\?token|code)/)
        expect(await storedSessions(email)).toEqual([])
      }
      const retried = await browser.post(path, fields)
      expect([retried.status, retried.headers.get('location')]).toEqual([303, '/a'])
      expect(await storedSessions(email)).toEqual([await sha256Hex(sessionOf(browser))])
    },
  )

  it('gets in at the retry if D1 took longer than it may', { timeout: 20_000 }, async () => {
    const { browser, email, fields, path } = await askedBrowser()
    const slow = clientOf(gateway, { DB: delayedDatabase(env.DB, 3_300), MAIL: mail.binding })
    expect((await sameBrowser(browser, slow).post(path, fields)).status).toBe(503)
    await scheduler.wait(600)
    expect((await browser.post(path, fields)).status).toBe(303)
    expect(await storedSessions(email)).toEqual([await sha256Hex(sessionOf(browser))])
  })

  it('keeps the link and the session before, while KV cannot be written', async () => {
    const { browser, email, fields, path } = await askedBrowser()
    const before = await seedSession(await seedAccount())
    browser.cookies.set('__Host-session_token', before)
    const { kv, state } = flakyKv(env.SESSIONS)
    const flaky = clientOf(gateway, { SESSIONS: kv, MAIL: mail.binding, ORIGIN })
    const person = sameBrowser(browser, flaky)
    state.isDown = true
    for (let i = 0; i < 3; i++) expect((await person.post(path, fields)).status).toBe(503)
    expect(sessionOf(person)).toBe(before)
    expect((await person.get('/api/v1/radar')).status).toBe(200)
    state.isDown = false
    expect((await person.post(path, fields)).status).toBe(303)
    expect(await storedSessions(email)).toEqual([await sha256Hex(sessionOf(person))])
    expect((await client.call('/api/v1/radar', { headers: cookie(before) })).status).toBe(401)
    expect((await person.get('/api/v1/radar')).status).toBe(200)
  })

  it('gets no session again that was signed out, however often the old request comes', async () => {
    const { browser, fields, path } = await askedBrowser()
    const copy = sameBrowser(browser, client)
    expect((await browser.post(path, fields)).status).toBe(303)
    const session = sessionOf(browser)
    expect((await browser.post('/sign-out', {})).status).toBe(303)
    const again = await copy.post(path, fields)
    expect([again.status, sessionOf(copy)]).toEqual([400, ''])
    expect((await client.call('/api/v1/radar', { headers: cookie(session) })).status).toBe(401)
  })
})

describe('a person who signs out', () => {
  it.each(['before', 'after'] as const)(
    'gets a 503 and keeps the cookie if D1 fails %s it writes; the retry ends the session',
    async (moment) => {
      const token = await seedSession(await seedAccount())
      const { database, failNext } = flakyDatabase(env.DB)
      const one = clientOf(gateway, { DB: database, ORIGIN })
      const browser = newBrowser(one)
      browser.cookies.set('__Host-session_token', token)
      expect((await browser.get('/api/v1/radar')).status).toBe(200)
      failNext(moment)
      const failed = await browser.post('/sign-out', { return: '/a' })
      expect(failed.status).toBe(503)
      expect(failed.headers.getSetCookie()).toEqual([])
      // One verdict everywhere: this isolate does not trust its lease any more.
      const here = (await browser.get('/api/v1/radar')).status
      const elsewhere = await clientOf(gateway, { ORIGIN }).call('/api/v1/radar', {
        headers: cookie(token),
      })
      expect([here, elsewhere.status]).toEqual(moment === 'before' ? [200, 200] : [401, 401])
      const retried = await browser.post('/sign-out', { return: '/a' })
      expect([retried.status, retried.headers.get('location')]).toEqual([
        303,
        '/sign-in?return=%2Fa',
      ])
      expect((await client.call('/api/v1/radar', { headers: cookie(token) })).status).toBe(401)
    },
  )
})

it('a person who asks for a mail while D1 fails is not counted', async () => {
  const email = newEmail()
  const down = newBrowser(clientOf(gateway, { DB: broken('fails'), MAIL: mail.binding }))
  for (let i = 0; i < 31; i++) expect((await down.post('/sign-in', { email })).status).toBe(503)
})
