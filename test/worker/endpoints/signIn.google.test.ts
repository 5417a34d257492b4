/** Signing in with Google: the whole way, with an issuer of the test. */
import { afterAll, describe, expect, it, vi } from 'vitest'
import { randomHex, sha256Hex } from '../../../src/lib/bytes.ts'
import { CLIENT } from '../../support/openIdIssuer.ts'
import { type Browser, hiddenField } from '../../support/worker/browser.ts'
import { env } from '../../support/worker/gateway.ts'
import { googleGateway, ISSUER, pathOf } from '../../support/worker/googleGateway.ts'
import { cookie, seedAccount, seedSession } from '../../support/worker/seed.ts'

const at = await googleGateway()
const { issuer, healthy, newBrowser, leave } = at
afterAll(() => vi.unstubAllGlobals())

const newEmail = () => `p${randomHex(6)}@example.com`
const newPerson = () => ({ sub: randomHex(8), email: newEmail(), email_verified: true })
const sessionOf = (browser: Browser) => browser.cookies.get('__Host-session_token') ?? ''

/** Goes the whole way, as `person` of the issuer. */
async function signIn(browser: Browser, person: typeof issuer.state.person, returnTo = '') {
  const back = issuer.authorize(await leave(browser, returnTo), person)
  return browser.get(pathOf(back))
}

const accountsOf = async (email: string) =>
  (
    await env.DB.prepare('select id, email from accounts where email = ?')
      .bind(email)
      .all<{ id: string; email: string }>()
  ).results

const countOf = async (table: string) =>
  (await env.DB.prepare(`select count(*) as n from ${table}`).first<{ n: number }>())?.n ?? 0

describe('a person whom Google knows', () => {
  it('signs in, goes on to where they wanted, and has an account; only hashes are stored', async () => {
    const browser = newBrowser()
    const path = '/api/oauth/authorize?client_id=a&state=x%2Fy&redirect_uri=https%3A%2F%2Fa.test'
    const form = await (await browser.get(`/sign-in?return=${encodeURIComponent(path)}`)).text()
    expect(form).toContain('action="/sign-in/google"')
    const field = hiddenField(form, 'return')?.replaceAll('&amp;', '&') ?? ''
    const location = new URL(await leave(browser, field))
    const query = Object.fromEntries(location.searchParams)
    expect(location.origin + location.pathname).toBe(`${ISSUER}/authorize`)
    expect(query).toEqual({
      response_type: 'code',
      client_id: CLIENT.clientId,
      redirect_uri: 'https://xquik.com/sign-in/google/callback',
      scope: 'openid email',
      state: expect.stringMatching(/^[0-9a-f]{64}$/),
      nonce: expect.stringMatching(/^[0-9a-f]{64}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    })
    const row = await env.DB.prepare('select * from open_id_sign_ins where hash = ?')
      .bind(await sha256Hex(query.state ?? ''))
      .first<Record<string, unknown>>()
    expect(row).toMatchObject({ return_path: path, used_by: null })
    for (const secret of [query.state, query.nonce, browser.cookies.get('__Host-sign_in')])
      expect(JSON.stringify(row)).not.toContain(secret)

    const person = newPerson()
    const answer = await browser.get(pathOf(issuer.authorize(location.href, person)))
    expect([answer.status, answer.headers.get('location')]).toEqual([303, path])
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^__Host-session_token=[0-9a-f]{64}; .*HttpOnly; Secure; SameSite=Lax$/,
      ),
      expect.stringMatching(/^__Host-sign_in=; /),
      expect.stringMatching(/^__Host-signed_in=[0-9a-f]{64}; /),
      expect.stringMatching(/^__Host-sign_in_google=; /),
    ])
    expect((await browser.get('/api/v1/radar')).status).toBe(200)
    expect(await accountsOf(person.email)).toHaveLength(1)
  })

  it('is known by `sub`: another e-mail address there leads to the same account', async () => {
    const person = newPerson()
    expect((await signIn(newBrowser(), person)).status).toBe(303)
    const [account] = await accountsOf(person.email)
    const changed = newEmail()
    const unverified = { email: changed, email_verified: false }
    for (const change of [{ email: changed }, unverified, { email: undefined }]) {
      const browser = newBrowser()
      expect((await signIn(browser, { ...person, ...change })).status).toBe(303)
      expect(await (await browser.get('/sign-in')).text()).toContain(person.email)
    }
    expect(await accountsOf(changed)).toEqual([])
    expect(await accountsOf(person.email)).toEqual([account])
  })

  it('has the account that they made by mail, if the address is verified', async () => {
    const accountId = await seedAccount()
    const person = { ...newPerson(), email: `${accountId.toUpperCase()}@Example.com` }
    expect((await signIn(newBrowser(), person)).status).toBe(303)
    const linked = env.DB.prepare('select account_id from identities where subject = ?')
    expect(await linked.bind(person.sub).first('account_id')).toBe(accountId)
  })

  it.each([
    ['is not verified', { email_verified: false }],
    ['is verified by a word and not by a yes', { email_verified: 'true' }],
    ['is not said to be verified', { email_verified: undefined }],
    ['is missing', { email: undefined }],
    ['is none', { email: 'nobody' }],
    ['is two', { email: ['a@example.com', 'b@example.com'] }],
  ])('whose e-mail address %s is sent to sign in by mail', async (_, change) => {
    const accountId = await seedAccount()
    const person = { ...newPerson(), email: `${accountId}@example.com`, ...change }
    const [before, browser] = [await countOf('accounts'), newBrowser()]
    const answer = await signIn(browser, person, '/a')
    expect(answer.status).toBe(403)
    expect(await answer.text()).toContain('<a href="/sign-in?return=%2Fa">')
    expect([await countOf('accounts'), sessionOf(browser)]).toEqual([before, ''])
    const linked = env.DB.prepare('select 1 from identities where subject = ?').bind(person.sub)
    expect(await linked.first()).toBeNull()
  })

  it('whose account is disabled meanwhile does not get in, and whose is enabled again does', async () => {
    const person = newPerson()
    await signIn(newBrowser(), person)
    const setTo = (at: number | null) =>
      env.DB.prepare('update accounts set disabled_at = ? where email = ?')
        .bind(at, person.email)
        .run()
    const browser = newBrowser()
    const back = pathOf(issuer.authorize(await leave(browser), person))
    await setTo(1)
    const refused = await browser.get(back)
    expect([refused.status, sessionOf(browser)]).toEqual([403, ''])
    await setTo(null)
    expect((await signIn(newBrowser(), person)).status).toBe(303)
  })
})

describe('the way back from Google', () => {
  it('works in the browser that left, and in no other: nobody is signed in as somebody else', async () => {
    const [mallory, victim, waiting] = [newBrowser(), newBrowser(), newBrowser()]
    await leave(waiting)
    const back = pathOf(issuer.authorize(await leave(mallory), newPerson()))
    for (const other of [victim, waiting]) {
      const before = issuer.asked.length
      const answer = await other.get(back)
      expect([answer.status, sessionOf(other)]).toEqual([400, ''])
      expect(issuer.asked).toHaveLength(before)
    }
    expect((await mallory.get(back)).status).toBe(303)
  })

  it('begins one session, however often it is gone, and asks Google once', async () => {
    const browser = newBrowser()
    const back = pathOf(issuer.authorize(await leave(browser), newPerson()))
    const copies = [newBrowser(), newBrowser()]
    for (const copy of copies)
      for (const [name, value] of browser.cookies) copy.cookies.set(name, value)
    expect((await browser.get(back)).status).toBe(303)
    const asked = issuer.asked.length
    for (const copy of copies) {
      expect((await copy.get(back)).status).toBe(303)
      expect(sessionOf(copy)).toBe(sessionOf(browser))
    }
    expect(issuer.asked).toHaveLength(asked)
  })

  it('gives no session again that was signed out', async () => {
    const browser = newBrowser()
    const back = pathOf(issuer.authorize(await leave(browser), newPerson()))
    const copy = newBrowser()
    for (const [name, value] of browser.cookies) copy.cookies.set(name, value)
    await browser.get(back)
    await browser.post('/sign-out', {})
    expect([(await copy.get(back)).status, sessionOf(copy)]).toEqual([400, ''])
  })

  it('ends the session that the browser had, and never takes one that was planted', async () => {
    const planted = await seedSession(await seedAccount())
    const browser = newBrowser()
    browser.cookies.set('session_token', planted)
    await signIn(browser, newPerson())
    expect(sessionOf(browser)).not.toBe(planted)
    expect((await browser.get('/api/v1/radar')).status).toBe(200)
    expect((await healthy.call('/api/v1/radar', { headers: cookie(planted) })).status).toBe(401)
  })

  it.each([
    ['for another client', { aud: 'another' }],
    ['of another issuer', { iss: 'https://evil.test' }],
    ['with another nonce', { nonce: 'x' }],
    ['without a nonce', { nonce: undefined }],
    ['that has expired', { exp: 1 }],
    ['without a name for the person', { sub: undefined }],
    ['with an endless name for the person', { sub: 'x'.repeat(256) }],
  ])('with an ID token %s signs nobody in, and leads back', async (_, change) => {
    const [browser, before] = [newBrowser(), await countOf('accounts')]
    issuer.state.trouble = { claims: (claims) => ({ ...claims, ...change }) }
    const answer = await signIn(browser, newPerson(), '/a')
    issuer.state.trouble = {}
    expect([answer.status, sessionOf(browser)]).toEqual([400, ''])
    expect(await answer.text()).toContain('<a href="/sign-in?return=%2Fa">')
    expect(await countOf('accounts')).toBe(before)
  })

  it.each([
    ['with a refusal', (back: URL) => back.searchParams.set('error', 'access_denied')],
    ['without a code', (back: URL) => back.searchParams.delete('code')],
    ['with a made-up code', (back: URL) => back.searchParams.set('code', 'x')],
    ['with two codes', (back: URL) => back.searchParams.append('code', 'x')],
  ])('%s signs nobody in, and leads back', async (_, change) => {
    const browser = newBrowser()
    const back = new URL(issuer.authorize(await leave(browser, '/a'), newPerson()))
    change(back)
    const answer = await browser.get(pathOf(back.href))
    expect([answer.status, sessionOf(browser)]).toEqual([400, ''])
    expect(await answer.text()).toContain('<a href="/sign-in?return=%2Fa">')
  })

  it.each(['', 'x', 'a'.repeat(64), 'a'.repeat(10_000)])(
    'with a state that was made up is refused without a look-up',
    async (state) => {
      const asked = () => {
        throw new Error('asked')
      }
      const browser = newBrowser(at.client({ DB: { prepare: asked, withSession: asked } }))
      const answer = await browser.get(`/sign-in/google/callback?code=x&state=${state}`)
      expect(answer.status).toBe(400)
    },
  )

  it('leads to a path of ours only, whatever was asked for', async () => {
    for (const path of [
      'https://evil.test',
      '//evil.test',
      '/\\evil.test',
      '/%2f%2fevil.test',
      '/a/../..//evil.test',
      'javascript:alert(1)',
    ]) {
      const answer = await signIn(newBrowser(), newPerson(), path)
      expect([answer.status, answer.headers.get('location')], path).toEqual([303, '/dashboard'])
    }
  })

  it('uses nothing up while Google does not answer', async () => {
    for (const status of [500, 503]) {
      const browser = newBrowser()
      const back = pathOf(issuer.authorize(await leave(browser, '/a'), newPerson()))
      issuer.state.trouble = { status }
      expect((await browser.get(back)).status).toBe(503)
      issuer.state.trouble = {}
      const answer = await browser.get(back)
      expect([answer.status, answer.headers.get('location')]).toEqual([303, '/a'])
    }
  })
})

describe('the button', () => {
  it('is refused to other sites, and to a link', async () => {
    const [browser, before] = [newBrowser(), await countOf('open_id_sign_ins')]
    const crossed = await browser.post('/sign-in/google', {}, { 'sec-fetch-site': 'cross-site' })
    expect([crossed.status, (await browser.get('/sign-in/google')).status]).toEqual([403, 405])
    expect(await countOf('open_id_sign_ins')).toBe(before)
  })

  it('is counted by address before Google or a store is asked', async () => {
    const browser = newBrowser()
    for (let i = 0; i < 30; i++) await leave(browser)
    const [asked, rows] = [issuer.asked.length, await countOf('open_id_sign_ins')]
    const answer = await browser.post('/sign-in/google', {})
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, expect.any(String)])
    expect([issuer.asked.length, await countOf('open_id_sign_ins')]).toEqual([asked, rows])
  })

  it.each([undefined, ''])('is missing, and so is its path, without the secret', async (secret) => {
    const browser = newBrowser(at.client({ GOOGLE_CLIENT_SECRET: secret }))
    expect(await (await browser.get('/sign-in')).text()).not.toContain('Google')
    const answers = [
      await browser.post('/sign-in/google', {}),
      await browser.get('/sign-in/google/callback'),
    ]
    expect(answers.map(({ status }) => status)).toEqual([404, 404])
  })
})
