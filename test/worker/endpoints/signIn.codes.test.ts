/** The code of a sign-in mail: typed into the browser that asked, few times, it works once. */
import { describe, expect, it } from 'vitest'
import { randomHex, sha256Hex } from '../../../src/lib/bytes.ts'
import {
  type Browser,
  browserOf,
  hiddenField,
  recordingMail,
} from '../../support/worker/browser.ts'
import { clientOf, env, shippedGateway, unlimited } from '../../support/worker/gateway.ts'
import { recordingStores } from '../../support/worker/storeBindings.ts'

const { signIn, ...config } = shippedGateway(unlimited)
/** Without the limit of requests with one browser's id, because the tests guess a lot. */
const gateway = { ...config, signIn: signIn && { ...signIn, secretLimits: [] } }
const mail = recordingMail()
const client = clientOf(gateway, { MAIL: mail.binding })

let browsers = 0
const newBrowser = (of = client): Browser => browserOf(of, `203.1.${++browsers}.1`)
const newEmail = () => `p${randomHex(6)}@example.com`

/** Asks for a mail, and returns its code. */
async function codeFor(browser: Browser, email: string, returnTo = ''): Promise<string> {
  expect((await browser.post('/sign-in', { email, return: returnTo })).status).toBe(200)
  return mail.codeTo(email)
}

const type = (browser: Browser, code: string, returnTo = '') =>
  browser.post('/sign-in/code', { code, return: returnTo })

/** Codes that are not `code`. */
function wrongCodes(code: string, count: number): string[] {
  const letters = [...'BCDFGHJKLMNPQRSTVWXZ23456789'].filter((letter) => letter !== code[0])
  return letters.slice(0, count).map((letter) => letter + code.slice(1))
}

const triesOf = async (email: string) => {
  const found = env.DB.prepare('select sum(tries) as tries from sign_in_links where email = ?')
  return (await found.bind(email).first<{ tries: number }>())?.tries
}

describe('the code', () => {
  it('signs in the browser that asked, and leads to the page that the person came for', async () => {
    const browser = newBrowser()
    const email = newEmail()
    const path = '/api/oauth/authorize?state=a|b[c]{d}^`e&redirect_uri=https://a.test/cb?x=%7C'
    const code = await codeFor(browser, email, path)
    expect(code).toMatch(/^[2-9BCDFGHJKLMNPQRSTVWXZ]{4}-[2-9BCDFGHJKLMNPQRSTVWXZ]{4}$/)
    const answer = await type(browser, code)
    expect([answer.status, answer.headers.get('location')]).toEqual([303, path])
    expect(await (await browser.get('/sign-in')).text()).toContain(email)
  })

  it.each([
    ['in lower case', (code: string) => code.toLowerCase()],
    ['without its dash', (code: string) => code.replace('-', '')],
    ['with blanks', (code: string) => ` ${[...code.replace('-', '')].join(' ')}\u00a0`],
    ['with another dash', (code: string) => code.replace('-', '\u2013')],
    ['in wide letters', (code: string) => code.replace(/[2-9A-Z]/g, wide)],
  ])('is taken %s', async (_, change) => {
    const browser = newBrowser()
    const code = await codeFor(browser, newEmail())
    expect((await type(browser, change(code))).status).toBe(303)
  })

  it('works in no other browser, and is not used up there', async () => {
    const browser = newBrowser()
    const email = newEmail()
    const code = await codeFor(browser, email)
    const other = newBrowser()
    expect((await type(other, code)).status).toBe(400)
    await codeFor(other, newEmail())
    expect((await type(other, code)).status).toBe(400)
    expect(other.cookies.has('__Host-session_token')).toBe(false)
    expect(await triesOf(email)).toBe(0)
    expect((await type(browser, code)).status).toBe(303)
  })

  it('expires with the link', async () => {
    const browser = newBrowser()
    const email = newEmail()
    const code = await codeFor(browser, email)
    await env.DB.prepare('update sign_in_links set expires_at = ? where email = ?')
      .bind(Date.now(), email)
      .run()
    const answer = await type(browser, code, '/a?b=c')
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain('href="/sign-in?return=%2Fa%3Fb%3Dc"')
    expect(browser.cookies.has('__Host-session_token')).toBe(false)
  })

  it('begins the same session as the link of its mail, and no second one', async () => {
    const browser = newBrowser()
    const email = newEmail()
    const code = await codeFor(browser, email)
    const tab = newBrowser()
    for (const [name, value] of browser.cookies) tab.cookies.set(name, value)
    const token = new URL(mail.linkTo(email)).searchParams.get('token') ?? ''
    await browser.post('/sign-in/link', { token })
    expect((await type(tab, code)).status).toBe(303)
    expect(tab.cookies.get('__Host-session_token')).toBe(
      browser.cookies.get('__Host-session_token'),
    )
  })

  it('of an earlier mail to the same mailbox still works', async () => {
    const browser = newBrowser()
    const email = newEmail()
    const first = await codeFor(browser, email)
    await codeFor(browser, email)
    expect((await type(browser, first)).status).toBe(303)
  })

  it('is stored only as a keyed hash', async () => {
    const browser = newBrowser()
    const email = newEmail()
    const code = (await codeFor(browser, email)).replace('-', '')
    const found = env.DB.prepare('select * from sign_in_links where email = ?').bind(email)
    const row = JSON.stringify(await found.first())
    expect(row).not.toContain(code)
    expect(row).not.toContain(await sha256Hex(code))
    expect(row).not.toContain('203.1.')
  })
})

describe('wrong codes', () => {
  it('five are told one by one, then the right one is refused too, and the link still works', async () => {
    const browser = newBrowser()
    const email = newEmail()
    const code = await codeFor(browser, email)
    const wrong = wrongCodes(code, 5)
    for (const one of wrong.slice(0, 4)) {
      const answer = await type(browser, one, '/a')
      expect(answer.status).toBe(400)
      const html = await answer.text()
      expect(html).toContain('Compare it and try again.')
      expect(hiddenField(html, 'return')).toBe('/a')
    }
    const last = await type(browser, wrong[4] ?? '', '/a')
    expect(last.status).toBe(400)
    expect(await last.text()).toContain('href="/sign-in?return=%2Fa"')
    expect((await type(browser, code)).status).toBe(400)
    expect(browser.cookies.has('__Host-session_token')).toBe(false)
    const token = new URL(mail.linkTo(email)).searchParams.get('token') ?? ''
    expect((await browser.post('/sign-in/link', { token })).status).toBe(303)
  })

  it('in parallel are no more than five: 27 guesses with the right one behind them', async () => {
    const browser = newBrowser()
    const email = newEmail()
    const code = await codeFor(browser, email)
    await Promise.all(wrongCodes(code, 27).map((one) => type(browser, one)))
    expect(await triesOf(email)).toBe(5)
    expect((await type(browser, code)).status).toBe(400)
  })

  it('a new mail gives five more, but none for the earlier mail', async () => {
    const browser = newBrowser()
    const email = newEmail()
    const first = await codeFor(browser, email)
    for (const one of wrongCodes(first, 5)) await type(browser, one)
    const second = await codeFor(browser, email)
    expect((await type(browser, first)).status).toBe(400)
    expect((await type(browser, second)).status).toBe(303)
  })

  it('the same one twice, as a second click sends it, is one try', async () => {
    const browser = newBrowser()
    const email = newEmail()
    const code = await codeFor(browser, email)
    const [wrong = ''] = wrongCodes(code, 1)
    for (let i = 0; i < 8; i++) await type(browser, wrong)
    expect(await triesOf(email)).toBe(1)
    expect((await type(browser, code)).status).toBe(303)
  })

  it('a mailbox has 20 a day, whichever browsers type them and whatever "+tag" they named', async () => {
    const [local, domain] = newEmail().split('@')
    for (let i = 0; i < 4; i++) {
      const browser = newBrowser()
      const code = await codeFor(browser, `${local}+${i}@${domain}`)
      for (const one of wrongCodes(code, 5)) await type(browser, one)
    }
    // The mails no longer count against the limit of mails, but their wrong codes still do.
    await env.DB.prepare(
      'update sign_in_links set created_at = created_at - 1000000 where inbox = ?',
    )
      .bind(`${local}@${domain}`)
      .run()
    const browser = newBrowser()
    const email = `${local}@${domain}`
    const code = await codeFor(browser, email)
    expect((await type(browser, code)).status).toBe(400)
    const token = new URL(mail.linkTo(email)).searchParams.get('token') ?? ''
    expect((await browser.post('/sign-in/link', { token })).status).toBe(303)
  })

  it.each(['', 'BCDF', 'BCDF-23456', 'BCDF-234O', 'x'.repeat(5000)])(
    '%j, which is no code, costs no store call and no try',
    async (code) => {
      const { bindings, calls } = recordingStores(env)
      const browser = newBrowser(clientOf(gateway, { ...bindings, MAIL: mail.binding }))
      await codeFor(browser, newEmail())
      calls.length = 0
      const answer = await type(browser, code)
      expect(answer.status).toBe(400)
      expect(await answer.text()).toContain('A code has 8 letters and digits')
      expect(calls).toEqual([])
    },
  )

  it('of a browser with a made-up id cost no store call', async () => {
    const { bindings, calls } = recordingStores(env)
    const browser = newBrowser(clientOf(gateway, { ...bindings, MAIL: mail.binding }))
    browser.cookies.set('__Host-sign_in', randomHex(32))
    expect((await type(browser, 'BCDF-2345')).status).toBe(400)
    expect(calls).toEqual([])
  })

  it('from a page of another site are refused', async () => {
    const browser = newBrowser()
    const code = await codeFor(browser, newEmail())
    const answer = await browser.post('/sign-in/code', { code }, { 'sec-fetch-site': 'cross-site' })
    expect(answer.status).toBe(403)
    expect((await type(browser, code)).status).toBe(303)
  })
})

it('page and mail say to type the code only where one asked for it', async () => {
  const browser = newBrowser()
  const email = newEmail()
  const page = await (await browser.post('/sign-in', { email })).text()
  expect(page).toContain('only if you asked for the mail yourself, here in this browser')
  expect(mail.sent.at(-1)?.text).toContain('where you asked for this mail yourself')
  const link = mail.linkTo(email)
  const elsewhere = await (await newBrowser().get(link)).text()
  expect(elsewhere).toContain('type the code of the mail')
})

it('one browser sends codes 20 times a minute, then the store is not asked', async () => {
  const { bindings, calls } = recordingStores(env)
  const one = clientOf(shippedGateway(unlimited), { ...bindings, MAIL: mail.binding })
  const browser = newBrowser(one)
  const code = await codeFor(browser, newEmail())
  const [wrong = ''] = wrongCodes(code, 1)
  for (let i = 0; i < 20; i++) expect((await type(browser, wrong)).status).toBe(400)
  calls.length = 0
  expect((await type(browser, wrong)).status).toBe(429)
  expect(calls).toEqual([])
})

const wide = (letter: string) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0)
