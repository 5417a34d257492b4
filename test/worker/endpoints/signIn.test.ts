/** Signing in by a link in a mail: it works once, in one browser, and only hashes are stored. */
import { describe, expect, it } from 'vitest'
import { randomHex, sha256Hex } from '../../../src/lib/bytes.ts'
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
import { cookie, seedAccount, seedSession } from '../../support/worker/seed.ts'

const gateway = shippedGateway(unlimited)
const origin = recordingOrigin()
const mail = recordingMail()
const client = clientOf(gateway, { ORIGIN: origin.binding, MAIL: mail.binding })

let browsers = 0
/** A browser at an address of its own. */
const newBrowser = (of = client): Browser => browserOf(of, `198.51.100.${++browsers}`)
const newEmail = () => `p${randomHex(6)}@example.com`

/** Asks for a link, and returns the link of the mail. */
async function askFor(browser: Browser, email: string, returnTo = ''): Promise<string> {
  const response = await browser.post('/sign-in', { email, return: returnTo })
  expect(response.status).toBe(200)
  await client.settled()
  return mail.linkTo(email)
}

/** Opens a link and presses its button. */
async function use(browser: Browser, link: string): Promise<Response> {
  const token = hiddenField(await (await browser.get(link)).text(), 'token')
  return browser.post('/sign-in/link', { token: token ?? '' })
}

const accountsOf = async (email: string) => {
  const found = env.DB.prepare('select id, plan, disabled_at from accounts where email = ?')
  return (await found.bind(email).all<{ id: string; plan: string }>()).results
}

const linksOf = async (email: string) => {
  const found = env.DB.prepare('select * from sign_in_links where email = ?').bind(email)
  return (await found.all<Record<string, string | number | null>>()).results
}

const disable = (accountId: string) =>
  env.DB.prepare('update accounts set disabled_at = 1 where id = ?').bind(accountId).run()

describe('a person with a mailbox', () => {
  it('signs in, and has an account from the use of the link on, not before', async () => {
    const browser = newBrowser()
    const email = newEmail()
    const link = await askFor(browser, `  ${email.toUpperCase()} `)
    expect(link).toMatch(/^https:\/\/xquik\.com\/sign-in\/link\?token=[0-9a-f]{64}$/)
    for (let i = 0; i < 3; i++) expect((await browser.get(link)).status).toBe(200)
    expect(await accountsOf(email)).toEqual([])

    const response = await use(browser, link)
    expect(response.status).toBe(303)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^__Host-session_token=[0-9a-f]{64}; Path=\/; Max-Age=2592000; HttpOnly; Secure; SameSite=Lax$/,
      ),
      '__Host-sign_in=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax',
      expect.stringMatching(
        /^__Host-signed_in=[0-9a-f]{64}; Path=\/; Max-Age=31536000; HttpOnly; Secure; SameSite=Lax$/,
      ),
    ])
    const [account] = await accountsOf(email)
    expect(account).toMatchObject({
      id: expect.stringMatching(/^acc_[0-9a-f]{24}$/),
      plan: 'inactive',
    })

    origin.seen.length = 0
    expect((await browser.get('/api/v1/radar')).status).toBe(200)
    expect(origin.seen).toHaveLength(1)
  })

  it('signs in to the same account again', async () => {
    const email = newEmail()
    for (let i = 0; i < 2; i++) {
      const browser = newBrowser()
      expect((await use(browser, await askFor(browser, email))).status).toBe(303)
    }
    expect(await accountsOf(email)).toHaveLength(1)
  })

  it('returns to the path that they came from, which is not in the mail', async () => {
    const browser = newBrowser()
    const email = newEmail()
    const path = '/api/oauth/authorize?client_id=a&state=x%2Fy&redirect_uri=https%3A%2F%2Fa.test'
    const html = await (await browser.get(`/sign-in?return=${encodeURIComponent(path)}`)).text()
    const field = hiddenField(html, 'return')?.replaceAll('&amp;', '&')
    expect(field).toBe(path)
    const link = await askFor(browser, email, field)
    expect(JSON.stringify(mail.sent.at(-1))).not.toContain('oauth')
    expect((await use(browser, link)).headers.get('location')).toBe(path)
  })

  it('leaves no secret in a store, only hashes', async () => {
    const browser = newBrowser()
    const email = newEmail()
    const link = await askFor(browser, email)
    const name = browser.cookies.get('__Host-sign_in') ?? ''
    await use(browser, link)
    const [row] = await linksOf(email)
    const token = new URL(link).searchParams.get('token') ?? ''
    expect(row).toMatchObject({
      hash: await sha256Hex(token),
      browser_hash: await sha256Hex(name),
      used_at: expect.any(Number),
    })
    for (const secret of [token, name]) expect(JSON.stringify(row)).not.toContain(secret)
    const session = browser.cookies.get('__Host-session_token') ?? ''
    expect(await env.SESSIONS.get(session)).toBeNull()
    expect(await env.SESSIONS.get(await sha256Hex(session), 'json')).toMatchObject({
      accountId: (await accountsOf(email))[0]?.id,
    })
  })

  it('can open the first of two links, and sign in with the second', async () => {
    const browser = newBrowser()
    const email = newEmail()
    const first = await askFor(browser, email)
    const second = await askFor(browser, email)
    expect(second).not.toBe(first)
    expect((await browser.get(first)).status).toBe(200)
    expect((await use(browser, second)).status).toBe(303)
  })
})

describe('a link', () => {
  it('begins one session, even if twelve tabs use it at a time', async () => {
    for (let round = 0; round < 5; round++) {
      const browser = newBrowser()
      const email = newEmail()
      const link = await askFor(browser, email)
      const token = new URL(link).searchParams.get('token') ?? ''
      const answers = await Promise.all(
        Array.from({ length: 12 }, () => {
          // Twelve tabs of one browser, each with the cookies as they are now.
          const tab = newBrowser()
          for (const [name, value] of browser.cookies) tab.cookies.set(name, value)
          return tab.post('/sign-in/link', { token })
        }),
      )
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 303))
      const sessions = answers.flatMap((answer) =>
        answer.headers.getSetCookie().filter((line) => line.startsWith('__Host-session_token=')),
      )
      expect(sessions).toHaveLength(12)
      expect(new Set(sessions).size).toBe(1)
      expect(await accountsOf(email)).toHaveLength(1)
    }
  })

  it('does not work in another browser, which does not see the e-mail address and does not use the link up', async () => {
    const browser = newBrowser()
    const email = newEmail()
    const link = await askFor(browser, email)
    const token = new URL(link).searchParams.get('token') ?? ''
    const nameless = newBrowser()
    const named = newBrowser()
    await askFor(named, newEmail())
    for (const other of [nameless, named]) {
      const looked = await other.get(link)
      expect(looked.status).toBe(403)
      const html = await looked.text()
      expect(html).toContain('in the browser that asked for it')
      expect(html).not.toContain(email)
      const pressed = await other.post('/sign-in/link', { token })
      expect(pressed.status).toBe(403)
      expect(pressed.headers.get('set-cookie')).toBeNull()
    }
    expect(await accountsOf(email)).toEqual([])
    expect((await use(browser, link)).status).toBe(303)
  })

  it('expires after 15 minutes, and then signs nobody in', async () => {
    const browser = newBrowser()
    const email = newEmail()
    const link = await askFor(browser, email)
    const token = new URL(link).searchParams.get('token') ?? ''
    const [row] = await linksOf(email)
    expect(Number(row?.expires_at) - Number(row?.created_at)).toBe(15 * 60_000)
    await env.DB.prepare('update sign_in_links set expires_at = ? where email = ?')
      .bind(Date.now(), email)
      .run()
    expect((await browser.get(link)).status).toBe(400)
    const pressed = await browser.post('/sign-in/link', { token })
    expect(pressed.status).toBe(400)
    expect(pressed.headers.get('set-cookie')).toBeNull()
    expect(await accountsOf(email)).toEqual([])
    expect((await linksOf(email))[0]?.used_at).toBeNull()
  })

  it.each(['', 'x', 'a'.repeat(64), '0'.repeat(65), '%00', '../', "' or 1=1 --"])(
    'that was made up ("%s") is refused without a look-up',
    async (token) => {
      const asked = () => {
        throw new Error('asked')
      }
      const DB = { prepare: asked, batch: asked, withSession: asked }
      const browser = newBrowser(clientOf(gateway, { DB, MAIL: mail.binding }))
      const get = await browser.get(`/sign-in/link?token=${encodeURIComponent(token)}`)
      const post = await browser.post('/sign-in/link', { token })
      expect([get.status, post.status]).toEqual([400, 400])
    },
  )

  it('is no session token, and a session token is no link', async () => {
    const session = await seedSession(await seedAccount())
    expect((await newBrowser().get(`/sign-in/link?token=${session}`)).status).toBe(400)
    const browser = newBrowser()
    const link = await askFor(browser, newEmail())
    const token = new URL(link).searchParams.get('token') ?? ''
    expect((await client.call('/api/v1/radar', { headers: cookie(token) })).status).toBe(401)
  })
})

describe('a disabled account', () => {
  it('gets the same mail, but its link signs nobody in', async () => {
    const accountId = await seedAccount()
    await disable(accountId)
    const email = `${accountId}@example.com`
    const browser = newBrowser()
    const response = await use(browser, await askFor(browser, email))
    expect(response.status).toBe(403)
    expect(response.headers.get('set-cookie')).toBeNull()
    expect(browser.cookies.has('__Host-session_token')).toBe(false)
    expect(await accountsOf(email)).toHaveLength(1)
  })
})

describe('the session', () => {
  it('is always a new one, and ends the session that the browser had', async () => {
    const planted = await seedSession(await seedAccount())
    const browser = newBrowser()
    browser.cookies.set('session_token', planted)
    await use(browser, await askFor(browser, newEmail()))
    expect(browser.cookies.get('__Host-session_token')).not.toBe(planted)
    expect((await browser.get('/api/v1/radar')).status).toBe(200)
    expect((await client.call('/api/v1/radar', { headers: cookie(planted) })).status).toBe(401)
  })

  it('is ended by the button on the page, which leads back to the form', async () => {
    const browser = newBrowser()
    const email = newEmail()
    await use(browser, await askFor(browser, email))
    const page = await (await browser.get('/sign-in')).text()
    expect(page).toContain(email)
    expect(page).toContain('<form method="post" action="/sign-out">')
    const token = browser.cookies.get('__Host-session_token') ?? ''
    const response = await browser.post('/sign-out', {})
    expect([response.status, response.headers.get('location')]).toEqual([303, '/sign-in'])
    expect(browser.cookies.has('__Host-session_token')).toBe(false)
    expect((await client.call('/api/v1/radar', { headers: cookie(token) })).status).toBe(401)
    expect(await (await browser.get('/sign-in')).text()).toContain('Send the link')
  })

  it('takes a signed-in browser from the form to its return path', async () => {
    const browser = newBrowser()
    browser.cookies.set('session_token', await seedSession(await seedAccount()))
    const response = await browser.get('/sign-in?return=%2Fapi%2Fv1%2Fradar%3Fa%3D1')
    expect([response.status, response.headers.get('location')]).toEqual([303, '/api/v1/radar?a=1'])
  })

  it('is looked up anew for the form, whatever this isolate has leased', async () => {
    const accountId = await seedAccount()
    const browser = newBrowser()
    browser.cookies.set('session_token', await seedSession(accountId))
    expect((await browser.get('/api/v1/radar')).status).toBe(200)
    await disable(accountId)
    expect((await browser.get('/sign-in?return=%2Fa')).status).toBe(200)
  })

  it('does not count if there are two, or if it is too old', async () => {
    const accountId = await seedAccount()
    const token = await seedSession(accountId)
    const other = await seedSession(accountId)
    const twice = { cookie: `session_token=${token}; session_token=${other}` }
    expect((await client.call('/sign-in?return=%2Fa', { headers: twice })).status).toBe(200)
    const old = await seedSession(accountId, { seenAt: Date.now() - 8 * 86_400_000 })
    expect((await client.call('/sign-in?return=%2Fa', { headers: cookie(old) })).status).toBe(200)
  })
})
