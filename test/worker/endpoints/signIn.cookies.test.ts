/** Several cookies of the session's name, and the way back on every page of sign-in. */
import { describe, expect, it } from 'vitest'
import { randomHex } from '../../../src/lib/bytes.ts'
import {
  type Browser,
  browserOf,
  hiddenField,
  recordingMail,
} from '../../support/worker/browser.ts'
import {
  clientOf,
  env,
  recordingOrigin,
  shippedGateway,
  unlimited,
} from '../../support/worker/gateway.ts'
import { cookie, seedAccount, seedSession, unknownSession } from '../../support/worker/seed.ts'
import { recordingStores } from '../../support/worker/storeBindings.ts'

const gateway = shippedGateway(unlimited)
const mail = recordingMail()
const ORIGIN = recordingOrigin().binding
const client = clientOf(gateway, { MAIL: mail.binding, ORIGIN })
let browsers = 0
const newBrowser = (of = client): Browser => browserOf(of, `203.3.${++browsers}.1`)

const HOST = '__Host-session_token'
const PLAIN = 'session_token'
const CLEARED = [
  `${HOST}=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax`,
  `${PLAIN}=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax`,
  `${PLAIN}=; Path=/; Domain=xquik.com; Max-Age=0; HttpOnly; Secure; SameSite=Lax`,
]

/** The e-mail address that the sign-in page greets, or null. */
async function greeted(header: string, of = client): Promise<string | null> {
  const page = await of.call('/sign-in', { headers: { cookie: header, accept: 'text/html' } })
  return /Your account: <strong>([^<]+)</.exec(await page.text())?.[1] ?? null
}

describe('of several cookies, on our own pages', () => {
  it('those that are none of ours are dropped, wherever they stand, without a look-up', async () => {
    const accountId = await seedAccount()
    const token = await seedSession(accountId)
    const junk = `${PLAIN}=stale; ${PLAIN}=${'a'.repeat(64)}; ${PLAIN}=`
    const { bindings, calls } = recordingStores(env)
    const one = clientOf(gateway, bindings)
    expect(await greeted(`${junk}; ${PLAIN}=${token}`, one)).toBe(`${accountId}@example.com`)
    expect(calls.filter((call) => call === 'KV get')).toHaveLength(1)
    expect(await greeted(`${HOST}=${token}; ${junk}`)).toBe(`${accountId}@example.com`)
    calls.length = 0
    expect(await greeted(junk, one)).toBeNull()
    expect(calls).toEqual([])
  })

  it('the one that lives counts, beside two that have ended', async () => {
    const accountId = await seedAccount()
    const [alive, dead] = [await seedSession(accountId), await unknownSession()]
    const other = await unknownSession()
    expect(await greeted(`${PLAIN}=${dead}; ${PLAIN}=${other}; ${PLAIN}=${alive}`)).toBe(
      `${accountId}@example.com`,
    )
    expect(await greeted(`${HOST}=${alive}; ${PLAIN}=${alive}`)).toBe(`${accountId}@example.com`)
  })

  it('no more than three are looked up', async () => {
    const { bindings, calls } = recordingStores(env)
    const tokens = await Promise.all(Array.from({ length: 8 }, () => unknownSession()))
    const header = tokens.map((token) => `${PLAIN}=${token}`).join('; ')
    expect(await greeted(header, clientOf(gateway, bindings))).toBeNull()
    expect(calls.filter((call) => call === 'KV get')).toHaveLength(3)
  })

  it('of two that live none counts; the page clears both names, on the host and its domain', async () => {
    const one = await seedSession(await seedAccount())
    const two = await seedSession(await seedAccount())
    for (const header of [`${PLAIN}=${one}; ${PLAIN}=${two}`, `${HOST}=${one}; ${PLAIN}=${two}`]) {
      const page = await client.call('/sign-in?return=%2Fa', { headers: { cookie: header } })
      expect([page.status, page.headers.getSetCookie()]).toEqual([200, CLEARED])
      expect(hiddenField(await page.text(), 'return')).toBe('/a')
    }
  })

  it('sign-out ends each of them, and clears them', async () => {
    const tokens = [await seedSession(await seedAccount()), await seedSession(await seedAccount())]
    const header = `${PLAIN}=junk; ${PLAIN}=${tokens[0]}; ${PLAIN}=${tokens[1]}`
    const answer = await client.call('/sign-out', { method: 'POST', headers: { cookie: header } })
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([204, CLEARED])
    for (const token of tokens)
      expect((await client.call('/api/v1/radar', { headers: cookie(token) })).status).toBe(401)
  })

  it('signing in with a stale cookie of the domain leaves one cookie that works everywhere', async () => {
    const browser = newBrowser()
    browser.cookies.set(PLAIN, 'stale')
    const email = `p${randomHex(6)}@example.com`
    await browser.post('/sign-in', { email })
    await browser.post('/sign-in/code', { code: mail.codeTo(email) })
    expect([...browser.cookies.keys()].sort()).toEqual(['__Host-session_token', '__Host-signed_in'])
    expect((await browser.get('/api/v1/radar')).status).toBe(200)
    expect(await (await browser.get('/sign-in')).text()).toContain(email)
  })
})

describe('of several cookies, on the API', () => {
  it('either name is the session, and two values are 400, whatever they are', async () => {
    const token = await seedSession(await seedAccount())
    const statusOf = async (header: string) =>
      (await client.call('/api/v1/radar', { headers: { cookie: header } })).status
    expect(await statusOf(`${HOST}=${token}`)).toBe(200)
    expect(await statusOf(`${PLAIN}=${token}`)).toBe(200)
    expect(await statusOf(`${HOST}=${token}; ${PLAIN}=${token}`)).toBe(400)
    expect(await statusOf(`${HOST}=${token}; ${PLAIN}=junk`)).toBe(400)
    expect(await statusOf(`${HOST}=${token}; ${HOST}=${token}`)).toBe(400)
  })
})

describe('the way back', () => {
  const PATH = '/api/oauth/authorize?client_id=a&state=x|y[z]{w}^`v%7C'

  it('survives the page of the account, signing out there, and a wrong e-mail address', async () => {
    const browser = newBrowser()
    browser.cookies.set(HOST, await seedSession(await seedAccount()))
    const back = encodeURIComponent(PATH)
    const page = await (await browser.get(`/sign-in?return=${back}&another=1`)).text()
    expect(page).toContain('You are signed in')
    expect(unescaped(hiddenField(page, 'return'))).toBe(PATH)
    const out = await browser.post('/sign-out', { return: PATH })
    expect(out.headers.get('location')).toBe(`/sign-in?return=${back}`)
    const refused = await (await browser.post('/sign-in', { email: 'x', return: PATH })).text()
    expect(unescaped(hiddenField(refused, 'return'))).toBe(PATH)
    expect(refused).toContain('An application asks for access to your account.')
  })

  it('survives a link that has expired, for the browser that asked and no other', async () => {
    const browser = newBrowser()
    const email = `p${randomHex(6)}@example.com`
    await browser.post('/sign-in', { email, return: PATH })
    await env.DB.prepare('update sign_in_links set expires_at = 1 where email = ?')
      .bind(email)
      .run()
    const href = `href="/sign-in?return=${encodeURIComponent(PATH)}"`
    const link = mail.linkTo(email)
    const token = new URL(link).searchParams.get('token') ?? ''
    expect(await (await browser.get(link)).text()).toContain(href)
    expect(await (await browser.post('/sign-in/link', { token })).text()).toContain(href)
    expect(await (await newBrowser().get(link)).text()).not.toContain('oauth')
  })

  it.each(['//evil.test', '/\\evil.test', '/\t/evil.test', 'https://evil.test', 'javascript:x'])(
    'never leads to %j after signing out',
    async (path) => {
      const out = await newBrowser().post('/sign-out', { return: path })
      expect([out.status, out.headers.get('location')]).toEqual([303, '/sign-in'])
    },
  )

  it('that is too long is told on the form, with the bound', async () => {
    const page = await newBrowser().get(`/sign-in?return=/${'a'.repeat(9000)}`)
    expect(await page.text()).toContain('more than 8192 characters')
  })
})

describe('every problem of sign-in', () => {
  const form = 'application/x-www-form-urlencoded'
  it.each([
    ['a form of another site', '/sign-in', { 'sec-fetch-site': 'cross-site' }, form, 'email=a'],
    ['a form that is too long', '/sign-in', {}, form, `email=${'a'.repeat(20_000)}`],
    ['a field twice', '/sign-in/code', {}, form, 'code=a&code=b'],
    ['no form', '/sign-in/link', {}, 'text/plain', 'token'],
    ['a link that is not ours', '/sign-in/link', {}, form, 'token=x'],
    ['a code without a mail', '/sign-in/code', {}, form, 'code=BCDF2345'],
    ['signing out from another site', '/sign-out', { 'sec-fetch-site': 'cross-site' }, form, ''],
  ])('has a way on and the id of the request: %s', async (_, path, more, type, body) => {
    const headers = { accept: 'text/html', 'content-type': type, ...more }
    const answer = await client.call(path, { method: 'POST', body, headers })
    expect(answer.status).toBeGreaterThanOrEqual(400)
    const html = await answer.text()
    expect(html).toMatch(/<a href="\/sign-in/)
    expect(html).toMatch(/Request: req_[0-9a-f-]{36}/)
  })
})

describe('what a stranger can send', () => {
  it('one session opens the page 20 times a minute, then the stores are not asked', async () => {
    const { bindings, calls } = recordingStores(env)
    const browser = newBrowser(clientOf(gateway, bindings))
    browser.cookies.set(HOST, await seedSession(await seedAccount()))
    for (let i = 0; i < 20; i++) expect((await browser.get('/sign-in')).status).toBe(200)
    calls.length = 0
    expect((await browser.get('/sign-in')).status).toBe(429)
    expect((await browser.post('/sign-out', {})).status).toBe(429)
    expect(calls).toEqual([])
  })

  it('one link is opened 20 times a minute, then the store is not asked', async () => {
    const { bindings, calls } = recordingStores(env)
    const browser = newBrowser(clientOf(gateway, { ...bindings, MAIL: mail.binding }))
    const email = `p${randomHex(6)}@example.com`
    await browser.post('/sign-in', { email })
    for (let i = 0; i < 20; i++) expect((await browser.get(mail.linkTo(email))).status).toBe(200)
    calls.length = 0
    const refused = await browser.get(mail.linkTo(email))
    expect(refused.status).toBe(429)
    expect(await refused.text()).toMatch(/Request: req_/)
    expect(calls).toEqual([])
  })
})

const unescaped = (value: string | null) => value?.replaceAll('&amp;', '&')
