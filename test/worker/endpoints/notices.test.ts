/** Mails about new keys and new browsers: each once, after the answer, and never in its way. */
import { describe, expect, it, vi } from 'vitest'
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
import { cookie, seedAccount, seedSession } from '../../support/worker/seed.ts'

const config = shippedGateway(unlimited)
const mail = recordingMail()
const ORIGIN = recordingOrigin().binding
const client = clientOf(config, { ORIGIN, MAIL: mail.binding })

let browsers = 0
const newBrowser = (): Browser => browserOf(client, `198.22.0.${++browsers}`)
const newsTo = (email: string) => mail.notices.filter(({ to }) => to === email)

async function signIn(browser: Browser, email: string): Promise<void> {
  await browser.post('/sign-in', { email })
  const token = hiddenField(await (await browser.get(mail.linkTo(email))).text(), 'token') ?? ''
  expect((await browser.post('/sign-in/link', { token })).status).toBe(303)
  await client.settled()
}

describe('a new browser', () => {
  it('is told of once, and the same browser is not told of again', async () => {
    const [email, browser] = [`p${randomHex(6)}@example.com`, newBrowser()]
    await signIn(browser, email)
    const [told, ...more] = newsTo(email)
    expect(more).toEqual([])
    expect(told?.subject).toBe(`A new sign-in on ${config.site.name}`)
    for (const text of [told?.text, told?.html]) {
      expect(text).toContain(`has signed in to your account ${email}`)
      expect(text).toMatch(
        /Asked for by: unknown[\s\S]*Where: 198\.22\.0\.0\/24[\s\S]*When: .* UTC/,
      )
      expect(text).toContain('https://xquik.com/dashboard/account')
    }
    await browser.post('/sign-out', {})
    await signIn(browser, email)
    expect(newsTo(email)).toHaveLength(1)
    await signIn(newBrowser(), email)
    expect(newsTo(email)).toHaveLength(2)
  })

  it('is told of once when its link is used again and again', async () => {
    const [email, browser] = [`p${randomHex(6)}@example.com`, newBrowser()]
    await browser.post('/sign-in', { email })
    const token = new URL(mail.linkTo(email)).searchParams.get('token') ?? ''
    const tabs = [1, 2, 3].map(() => {
      const tab = newBrowser()
      for (const [name, value] of browser.cookies) tab.cookies.set(name, value)
      return tab.post('/sign-in/link', { token })
    })
    expect((await Promise.all(tabs)).map(({ status }) => status)).toEqual([303, 303, 303])
    await client.settled()
    expect(newsTo(email)).toHaveLength(1)
  })
})

describe('the mail of sign-in', () => {
  it.each([
    ['en', /Asked for by: Firefox, Windows\s+Where: Izmir, TR\s+When: .*UTC/],
    ['tr', /İsteyen: Firefox, Windows\s+Yer: Izmir, TR\s+Zaman: .*UTC/],
    ['es', /Solicitado por: Firefox, Windows\s+Dónde: Izmir, TR\s+Cuándo: .*UTC/],
  ])('says who asked, where and when, in %s', async (language, facts) => {
    const email = `p${randomHex(6)}@example.com`
    await client.call('/sign-in', {
      method: 'POST',
      headers: {
        'sec-fetch-site': 'same-origin',
        'cf-connecting-ip': `198.22.9.${++browsers}`,
        'accept-language': language,
        'user-agent': 'Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0',
      },
      body: new URLSearchParams({ email }),
      cf: { city: 'Izmir\u202e', country: 'TR' } as RequestInitCfProperties,
    })
    const asked = mail.sent.find(({ to }) => to === email)
    expect(asked?.text).toMatch(facts)
    expect(asked?.html.replace(/<br\/>/g, ' ')).toMatch(facts)
  })
})

describe('a new key', () => {
  const create = (session: string, headers: Record<string, string> = {}, of = client) =>
    of.call('/api/v1/api-keys', {
      method: 'POST',
      headers: {
        ...cookie(session),
        'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
        ...headers,
      },
      body: JSON.stringify({ name: 'Build & <test>' }),
      cf: { city: 'Izmir', country: 'TR' } as RequestInitCfProperties,
    })

  it('is told of in the language of the account, without the key', async () => {
    const accountId = await seedAccount()
    await env.DB.prepare("update accounts set locale = 'tr' where id = ?").bind(accountId).run()
    const answer = await create(await seedSession(accountId))
    expect(answer.status).toBe(201)
    const { fullKey, prefix } = await answer.json<{ fullKey: string; prefix: string }>()
    await client.settled()
    const [told] = newsTo(`${accountId}@example.com`)
    expect(told?.subject).toBe(`${config.site.name}: yeni bir API anahtarı`)
    expect(told?.text).toContain(`“Build & <test>” adlı API anahtarı (${prefix}…)`)
    expect(told?.text).toMatch(/İsteyen: Firefox, Linux[\s\S]*Yer: Izmir, TR/)
    expect(told?.html).toContain('Build &amp; &lt;test&gt;')
    expect(JSON.stringify(told)).not.toContain(fullKey)
  })

  it('is told of once when its creation is repeated', async () => {
    const accountId = await seedAccount()
    const session = await seedSession(accountId)
    const headers = { 'idempotency-key': randomHex(8) }
    for (let i = 0; i < 3; i++) expect((await create(session, headers)).status).toBe(201)
    await client.settled()
    expect(newsTo(`${accountId}@example.com`)).toHaveLength(1)
  })

  it.each([
    ['fails', () => Promise.reject(new Error('no mail today'))],
    ['is missing', undefined],
  ])('is made and shown when mail %s, which is logged without a secret', async (_, send) => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const one = clientOf(config, { ORIGIN, MAIL: send && { send } })
    const answer = await create(await seedSession(await seedAccount()), {}, one)
    expect(answer.status).toBe(201)
    const { fullKey } = await answer.json<{ fullKey: string }>()
    await one.settled()
    const lines = logged.mock.calls.flat().join('\n')
    logged.mockRestore()
    expect(lines).toContain('notice_not_sent')
    expect(lines).not.toContain(fullKey)
  })

  it('does not wait for the mail', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const one = clientOf(config, { ORIGIN, MAIL: { send: () => promise } })
    expect((await create(await seedSession(await seedAccount()), {}, one)).status).toBe(201)
    resolve()
    await one.settled()
  })

  it('is not told of more than 20 times an hour', async () => {
    const accountId = await seedAccount()
    const session = await seedSession(accountId)
    const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    for (let i = 0; i < 23; i++) expect((await create(session)).status).toBe(201)
    await client.settled()
    logged.mockRestore()
    expect(newsTo(`${accountId}@example.com`)).toHaveLength(20)
  })
})
