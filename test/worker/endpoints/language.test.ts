/** The language of pages and mails: chosen in the footer, by the account, or by the browser. */
import { describe, expect, it } from 'vitest'
import { randomHex } from '../../../src/lib/bytes.ts'
import { LOCALES } from '../../../src/lib/locale.ts'
import { browserOf, recordingMail } from '../../support/worker/browser.ts'
import { clientOf, env, shippedGateway, unlimited } from '../../support/worker/gateway.ts'
import { seedAccount, seedSession } from '../../support/worker/seed.ts'

const mail = recordingMail()
const client = clientOf(shippedGateway(unlimited), { MAIL: mail.binding })
const TITLES = { en: 'Sign in', tr: 'Giriş yap', es: 'Iniciar sesión' }

let browsers = 0
const newBrowser = () => browserOf(client, `203.0.113.${++browsers}`)

const localeOf = async (accountId: string) => {
  const found = env.DB.prepare('select locale from accounts where id = ?').bind(accountId)
  return (await found.first<{ locale: string }>())?.locale
}

const shown = async (answer: Response | Promise<Response>) => {
  const html = await (await answer).text()
  const title = /<h1>([^<]*)</.exec(html)?.[1]
  return { lang: /<html lang="(\w+)"/.exec(html)?.[1], title }
}

describe('a page', () => {
  it.each(LOCALES)('is in the language that the browser asks for: %s', async (locale) => {
    const headers = { accept: 'text/html', 'accept-language': `de, ${locale}-x;q=0.9, *;q=0.1` }
    const page = client.call('/sign-in', { headers })
    expect(await shown(page)).toEqual({ lang: locale, title: TITLES[locale] })
  })

  it('is in the chosen language from then on, and the browser comes back to where it was', async () => {
    const browser = newBrowser()
    const chosen = await browser.post('/language', { locale: 'tr', back: '/sign-in?return=%2Fa' })
    expect(chosen.status).toBe(303)
    expect(chosen.headers.get('location')).toBe('/sign-in?return=%2Fa')
    expect(await shown(browser.get('/sign-in'))).toEqual({ lang: 'tr', title: TITLES.tr })
    expect(await shown(browser.get('/sign-in/link?token=x'))).toEqual({
      lang: 'tr',
      title: 'Bu bağlantı çalışmıyor',
    })
  })

  it('and the mail is too', async () => {
    const browser = newBrowser()
    await browser.post('/language', { locale: 'es' })
    const email = `l${randomHex(6)}@example.com`
    await browser.post('/sign-in', { email })
    await client.settled()
    const sent = mail.sent.findLast(({ to }) => to === email)
    expect(sent?.subject).toBe('Iniciar sesión en xquik.com')
    expect(sent?.html).toContain('<html lang="es">')
    expect(sent?.text).toContain('caducan en 15 minutos')
  })
})

describe('a person who is signed in', () => {
  it('has the language of the account, whatever the browser asks for, and changes it there', async () => {
    const accountId = await seedAccount()
    const browser = newBrowser()
    browser.cookies.set('__Host-session_token', await seedSession(accountId))
    browser.cookies.set('locale', 'tr')
    expect((await shown(browser.get('/sign-in'))).lang).toBe('en')
    await browser.post('/language', { locale: 'es' })
    expect(await localeOf(accountId)).toBe('es')
    expect((await shown(browser.get('/sign-in'))).lang).toBe('es')
  })
})

describe('the answer to a form leads to a page that is still there', () => {
  const RETURN = '/api/oauth/authorize?client_id=a&scope=b'
  const WITH_RETURN = `?return=${encodeURIComponent(RETURN)}`

  /** The page that a change of language leads to; null: the page offers no other language. */
  const backOf = async (answer: Promise<Response>) => {
    const html = await (await answer).text()
    if (!html.includes('action="/language"')) return null
    const [, back = ''] = /name="back" value="([^"]*)"/.exec(html) ?? []
    return back.replaceAll('&amp;', '&')
  }
  const email = `l${randomHex(6)}@example.com`
  const asking = newBrowser()

  it.each([
    ['an address with a mistake', newBrowser(), '/sign-in', { email: 'a@' }, '/sign-in'],
    ['a mail that was sent', asking, '/sign-in', { email }, '/sign-in/code'],
    ['a code with a mistake', asking, '/sign-in/code', { code: 'A' }, '/sign-in/code'],
    ['a code that nobody waits for', newBrowser(), '/sign-in/code', { code: 'A' }, '/sign-in'],
  ])('with what the person came for: %s', async (_what, browser, path, fields, back) => {
    const answer = browser.post(path, { ...fields, return: RETURN })
    expect(await backOf(answer)).toBe(back + WITH_RETURN)
  })

  it('the waiting page becomes that of the code, in the chosen language', async () => {
    const back = `/sign-in/code${WITH_RETURN}`
    const chosen = await asking.post('/language', { locale: 'tr', back })
    const page = await asking.get(chosen.headers.get('location') ?? '')
    const html = await page.clone().text()
    expect(await shown(page)).toEqual({ lang: 'tr', title: 'Kodu girin' })
    expect(html).toContain(`name="return" value="${RETURN.replace('&', '&amp;')}"`)
  })

  it('of the dashboard: to the page of the form, and none for a key that is shown once', async () => {
    const browser = newBrowser()
    browser.cookies.set('__Host-session_token', await seedSession(await seedAccount()))
    const create = (name: string) =>
      backOf(browser.post('/dashboard/keys/new', { token: randomHex(16), name }))
    expect(await create('a\u202e')).toBe('/dashboard/keys')
    expect(await backOf(browser.post('/dashboard/keys/revoke', { id: '1' }))).toBe(
      '/dashboard/keys',
    )
    expect(await backOf(browser.post('/dashboard/account/delete', { email: 'x' }))).toBe(
      '/dashboard/account',
    )
    expect(await create('Mine')).toBeNull()
  })
})

describe('the choice is refused', () => {
  it('from a page of another site, and nothing changes', async () => {
    const accountId = await seedAccount()
    const browser = newBrowser()
    browser.cookies.set('__Host-session_token', await seedSession(accountId))
    const refused = await browser.post(
      '/language',
      { locale: 'es' },
      { 'sec-fetch-site': 'cross-site' },
    )
    expect(refused.status).toBe(403)
    expect(refused.headers.getSetCookie()).toEqual([])
    expect(await localeOf(accountId)).toBe('en')
  })

  it.each(['de', '', 'en; Path=/x', '__proto__'])(
    'for a language that is not ours: %j',
    async (locale) => {
      const refused = await newBrowser().post('/language', { locale })
      expect(refused.status).toBe(400)
      expect(refused.headers.getSetCookie()).toEqual([])
    },
  )

  it.each(['https://evil.test/', '//evil.test', '/\\evil.test'])(
    'to lead away from here: %j',
    async (to) => {
      const answer = await newBrowser().post('/language', { locale: 'tr', back: to })
      expect(answer.headers.get('location')).toBe('/sign-in')
    },
  )
})
