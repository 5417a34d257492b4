/** The account page: where a person is signed in, and the end of the account. */
import { describe, expect, it } from 'vitest'
import { randomHex, sha256Hex } from '../../../../src/lib/bytes.ts'
import { DASHBOARD_PATHS } from '../../../../src/pages/dashboard/paths.ts'
import {
  type Browser,
  browserOf,
  hiddenField,
  recordingMail,
} from '../../../support/worker/browser.ts'
import { flakyDatabase } from '../../../support/worker/flakyStores.ts'
import {
  clientOf,
  env,
  recordingOrigin,
  shippedGateway,
  unlimited,
} from '../../../support/worker/gateway.ts'
import {
  apiKey,
  bearer,
  cookie,
  seedAccount,
  seedKey,
  seedSession,
  seedToken,
} from '../../../support/worker/seed.ts'

const mail = recordingMail()
const bindings = { ORIGIN: recordingOrigin().binding, MAIL: mail.binding }
const config = shippedGateway(unlimited)
const client = clientOf(config, bindings)
const elsewhere = () => clientOf(config, bindings)

let browsers = 0
async function signedIn(accountId: string, of = client): Promise<Browser> {
  const browser = browserOf(of, `198.20.0.${++browsers}`)
  browser.cookies.set('__Host-session_token', await seedSession(accountId))
  return browser
}
const tokenOf = (browser: Browser) => browser.cookies.get('__Host-session_token') ?? ''
const idOf = async (token: string) =>
  env.DB.prepare('select id from sessions where hash = ?')
    .bind(await sha256Hex(token))
    .first<string>('id')
const column = async (sql: string, ...values: string[]) =>
  (
    await env.DB.prepare(sql)
      .bind(...values)
      .raw<[unknown]>()
  ).map(([first]) => first)
const statusOf = async (headers: Record<string, string>, path = '/api/v1/radar') =>
  (await elsewhere().call(path, { headers })).status

describe('the list of browsers', () => {
  it('shows each of them, and which one this is', async () => {
    const accountId = await seedAccount()
    const browser = await signedIn(accountId)
    await signedIn(accountId)
    await signedIn(await seedAccount())
    const html = await (await browser.get(DASHBOARD_PATHS.account)).text()
    expect(html.match(/Firefox, Linux/g)?.length).toBeGreaterThanOrEqual(2)
    expect(html.match(new RegExp(`action="${DASHBOARD_PATHS.endSession}"`, 'g'))).toHaveLength(2)
    expect(html.match(/This browser/g)).toHaveLength(1)
    expect(html).toContain('Izmir, TR')
    expect(html).toContain('within the last hour')
    for (const secret of [tokenOf(browser), await sha256Hex(tokenOf(browser))])
      expect(html).not.toContain(secret)
  })

  it('ends another browser, and never one of somebody else', async () => {
    const accountId = await seedAccount()
    const [here, there] = [await signedIn(accountId), await signedIn(accountId)]
    const stranger = await signedIn(await seedAccount())
    const id = (await idOf(tokenOf(there))) ?? ''
    const tried = await stranger.post(DASHBOARD_PATHS.endSession, { id })
    expect([tried.status, await statusOf(cookie(tokenOf(there)))]).toEqual([303, 200])
    for (let i = 0; i < 2; i++) {
      const ended = await here.post(DASHBOARD_PATHS.endSession, { id })
      expect(ended.headers.get('location')).toBe(`${DASHBOARD_PATHS.account}?done=ended`)
    }
    expect(await statusOf(cookie(tokenOf(there)))).toBe(401)
    expect(await statusOf(cookie(tokenOf(here)))).toBe(200)
    expect((await here.post(DASHBOARD_PATHS.endSession, { id: '../x' })).status).toBe(400)
  })

  it('signs this browser out when it ends itself', async () => {
    const here = await signedIn(await seedAccount())
    const token = tokenOf(here)
    const answer = await here.post(DASHBOARD_PATHS.endSession, { id: (await idOf(token)) ?? '' })
    expect([answer.headers.get('location'), tokenOf(here)]).toEqual(['/sign-in', ''])
    expect(await statusOf(cookie(token))).toBe(401)
  })

  it('signs out everywhere, and keys and applications go on', async () => {
    const accountId = await seedAccount()
    const all = [await signedIn(accountId), await signedIn(accountId), await signedIn(accountId)]
    const [{ key }, { token }] = [await seedKey(accountId), await seedToken(accountId)]
    const tokens = all.map(tokenOf)
    // This isolate has verdicts on all of them.
    for (const browser of all) expect((await browser.get('/api/v1/radar')).status).toBe(200)
    const answer = await all[0]?.post(DASHBOARD_PATHS.endSessions, {})
    expect(answer?.headers.get('location')).toBe('/sign-in')
    for (const one of tokens) {
      expect((await client.call('/api/v1/radar', { headers: cookie(one) })).status).toBe(401)
      expect(await statusOf(cookie(one))).toBe(401)
    }
    expect([await statusOf(apiKey(key)), await statusOf(bearer(token), '/mcp')]).toEqual([200, 200])
  })
})

it('the language is saved by the form of the page', async () => {
  const accountId = await seedAccount()
  const browser = await signedIn(accountId)
  const html = await (await browser.get(DASHBOARD_PATHS.account)).text()
  expect(html).toContain('<option value="tr" lang="tr">')
  const answer = await browser.post('/language', { locale: 'tr', back: DASHBOARD_PATHS.account })
  expect(answer.headers.get('location')).toBe(DASHBOARD_PATHS.account)
  expect(await column('select locale from accounts where id = ?', accountId)).toEqual(['tr'])
})

describe('a deleted account', () => {
  async function fullAccount() {
    const accountId = await seedAccount()
    const browser = await signedIn(accountId)
    const other = await signedIn(accountId)
    return {
      accountId,
      email: `${accountId}@example.com`,
      browser,
      other,
      key: (await seedKey(accountId)).key,
      token: (await seedToken(accountId)).token,
    }
  }
  const remove = (browser: Browser, email: string) =>
    browser.post(DASHBOARD_PATHS.deleteAccount, { email })

  it('is opened by nothing any more: keys, sessions, grants, here and elsewhere', async () => {
    const { email, browser, other, key, token } = await fullAccount()
    const session = tokenOf(other)
    const credentials: [Record<string, string>, string][] = [
      [apiKey(key), '/api/v1/radar'],
      [cookie(session), '/api/v1/radar'],
      [bearer(token), '/mcp'],
    ]
    for (const [headers, path] of credentials)
      expect((await client.call(path, { headers })).status, path).toBe(200)
    const answer = await remove(browser, ` ${email.toUpperCase()} `)
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain('Your account is deleted')
    expect(tokenOf(browser)).toBe('')
    for (const [headers, path] of credentials) {
      expect((await client.call(path, { headers })).status, `${path} here`).toBe(401)
      expect(await statusOf(headers, path), `${path} elsewhere`).toBe(401)
    }
  })

  it('leaves nothing of the person, and its address makes a new account with nothing in it', async () => {
    const { accountId, email, browser, key } = await fullAccount()
    const asking = browserOf(client, '198.20.1.1')
    await asking.post('/sign-in', { email })
    const old = new URL(mail.linkTo(email)).searchParams.get('token') ?? ''
    await env.DB.prepare('insert into identities values (?, ?, ?, 1)')
      .bind('https://issuer.test', accountId, accountId)
      .run()
    await remove(browser, email)
    const rows = await Promise.all(
      [
        'accounts where id = ?1',
        'api_keys where account_id = ?1',
        'oauth_grants where account_id = ?1',
        'sessions where account_id = ?1',
        'identities where account_id = ?1',
        'oauth_requests where account_id = ?1',
      ].map(
        async (table) =>
          (await env.DB.prepare(`select * from ${table}`).bind(accountId).all()).results,
      ),
    )
    const left = JSON.stringify(rows)
    for (const trace of [email, 'Firefox', 'Izmir', '"name":"Test"', 'issuer.test'])
      expect(left).not.toContain(trace)
    expect(await column('select 1 from sign_in_links where email = ?', email)).toEqual([])
    expect((await asking.post('/sign-in/link', { token: old })).status).toBe(400)
    expect(await column('select act from audit_entries where subject_id = ?', accountId)).toEqual([
      'delete',
    ])

    const again = browserOf(client, '198.20.1.2')
    await again.post('/sign-in', { email })
    const token = hiddenField(await (await again.get(mail.linkTo(email))).text(), 'token') ?? ''
    expect((await again.post('/sign-in/link', { token })).status).toBe(303)
    const [newId] = await column('select id from accounts where email = ?', email)
    expect(newId).not.toBe(accountId)
    const list = await again.get('/api/v1/api-keys')
    expect(await list.json()).toEqual({ keys: [] })
    expect(await statusOf(apiKey(key))).toBe(401)
  })

  it.each(['', 'another@example.com', 'x'.repeat(400)])(
    'needs its address to be typed: "%s" deletes nothing',
    async (typed) => {
      const { accountId, browser, key } = await fullAccount()
      const answer = await remove(browser, typed)
      expect(answer.status).toBe(400)
      expect(await answer.text()).toContain('This is not the e-mail address of the account.')
      expect(await column('select deleted_at from accounts where id = ?', accountId)).toEqual([
        null,
      ])
      expect(await statusOf(apiKey(key))).toBe(200)
    },
  )

  it('gets no key, grant or session in the same moment', async () => {
    for (let round = 0; round < 5; round++) {
      const { accountId, email, browser, other } = await fullAccount()
      const asking = browserOf(client, `198.20.2.${round + 1}`)
      await asking.post('/sign-in', { email })
      const token = new URL(mail.linkTo(email)).searchParams.get('token') ?? ''
      const creations = Array.from({ length: 6 }, () =>
        elsewhere().call('/api/v1/api-keys', { method: 'POST', headers: cookie(tokenOf(other)) }),
      )
      const [removed, , ...made] = await Promise.all([
        remove(browser, email),
        asking.post('/sign-in/link', { token }),
        ...creations,
      ])
      expect(removed?.status).toBe(200)
      for (const answer of made) {
        expect([201, 401]).toContain(answer.status)
        if (answer.status === 201) {
          const { fullKey } = await answer.json<{ fullKey: string }>()
          expect(await statusOf(apiKey(fullKey))).toBe(401)
        }
      }
      const living = 'where account_id = ? and'
      expect(
        await column(`select 1 from api_keys ${living} revoked_at is null`, accountId),
      ).toEqual([])
      expect(await column(`select 1 from sessions ${living} ended_at is null`, accountId)).toEqual(
        [],
      )
      expect(await column(`select name from api_keys ${living} name != ''`, accountId)).toEqual([])
    }
  })

  it.each(['before', 'after'] as const)(
    'is whole or gone when D1 fails %s it writes, and nothing between',
    async (moment) => {
      const { accountId, email, browser, key, token } = await fullAccount()
      const { database, failNext } = flakyDatabase(env.DB)
      const flaky = browserOf(clientOf(config, { ...bindings, DB: database }), '198.20.3.1')
      flaky.cookies.set('__Host-session_token', tokenOf(browser))
      failNext(moment)
      expect((await remove(flaky, email)).status).toBe(503)
      const isGone = moment === 'after'
      const statuses = [await statusOf(apiKey(key)), await statusOf(bearer(token), '/mcp')]
      expect(statuses).toEqual(isGone ? [401, 401] : [200, 200])
      const retried = await remove(browser, email)
      // The session went with the account, so a retry is sent to sign in.
      expect(retried.status).toBe(isGone ? 303 : 200)
      expect(await column('select email from accounts where id = ?', accountId)).toEqual([
        accountId,
      ])
      expect(
        await column('select act from audit_entries where subject_id = ?', accountId),
      ).toHaveLength(1)
    },
  )
})

it.each([DASHBOARD_PATHS.endSession, DASHBOARD_PATHS.endSessions, DASHBOARD_PATHS.deleteAccount])(
  'a page of another site cannot post to %s',
  async (path) => {
    const accountId = await seedAccount()
    const browser = await signedIn(accountId)
    const fields = { id: (await idOf(tokenOf(browser))) ?? '', email: `${accountId}@example.com` }
    for (const site of ['cross-site', 'same-site']) {
      const answer = await browser.post(path, fields, { 'sec-fetch-site': site })
      expect(answer.status).toBe(403)
    }
    expect(await statusOf(cookie(tokenOf(browser)))).toBe(200)
    expect(await column('select deleted_at from accounts where id = ?', accountId)).toEqual([null])
    expect((await browserOf(client, '198.20.4.1').post(path, fields)).status).toBe(303)
  },
)

it('an e-mail address and a browser are shown as text', async () => {
  const accountId = await seedAccount()
  const browser = await signedIn(accountId)
  const evil = `${randomHex(4)}'&x@example.com`
  await env.DB.prepare('update accounts set email = ? where id = ?').bind(evil, accountId).run()
  await env.DB.prepare(
    "update sessions set browser = '<b>x</b>', place = '<i>' where account_id = ?",
  )
    .bind(accountId)
    .run()
  const html = await (await browser.get(DASHBOARD_PATHS.account)).text()
  expect(html).toContain('&lt;b&gt;x&lt;/b&gt;')
  expect(html).not.toMatch(/<b>x|<i>|'&x@/)
})
