/** The sign-in form: what its answer hides, its mail, its limits, its refusals, its failures. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { randomHex } from '../../../src/lib/bytes.ts'
import {
  type Browser,
  browserOf,
  hiddenField,
  recordingMail,
  type SentMail,
} from '../../support/worker/browser.ts'
import { clientOf, env, shippedGateway } from '../../support/worker/gateway.ts'
import { seedAccount } from '../../support/worker/seed.ts'
import { broken, recordingStores } from '../../support/worker/storeBindings.ts'

const gateway = shippedGateway()
const mail = recordingMail()
const client = clientOf(gateway, { MAIL: mail.binding })

let browsers = 0
/** A browser in a network of its own. */
const newBrowser = (of = client): Browser => browserOf(of, `203.0.${++browsers}.1`)
const newEmail = () => `p${randomHex(6)}@example.com`
const mailsTo = (email: string) => mail.sent.filter(({ to }) => to === email)

afterEach(() => vi.restoreAllMocks())

describe('the answer', () => {
  it('is the same, after the same store calls, whether or not there is an account', async () => {
    const known = `${await seedAccount()}@example.com`
    const disabledId = await seedAccount()
    await env.DB.prepare('update accounts set disabled_at = 1 where id = ?').bind(disabledId).run()
    const seen = []
    for (const email of [known, `${disabledId}@example.com`, newEmail()]) {
      const { bindings, calls } = recordingStores(env)
      const counted = clientOf(gateway, { ...bindings, MAIL: mail.binding })
      const response = await newBrowser(counted).post('/sign-in', { email })
      const html = (await response.text()).replaceAll(email, 'EMAIL')
      const headers = [...response.headers].map(([name, value]) => {
        return `${name}: ${value.replace(/[0-9a-f-]{32,}/g, 'RANDOM')}`
      })
      await counted.settled()
      expect(mailsTo(email)).toHaveLength(1)
      seen.push({
        status: response.status,
        html: html.replace(/nonce="[0-9a-f]+"/, 'nonce="RANDOM"'),
        headers,
        calls: [...calls],
      })
    }
    expect(seen[0]?.status).toBe(200)
    expect(seen[0]?.calls.length).toBeGreaterThan(0)
    expect(seen[1]).toEqual(seen[0])
    expect(seen[2]).toEqual(seen[0])
  })

  it('tells that a mail could not be sent, and counts it against no limit', async () => {
    const lines: string[] = []
    vi.spyOn(console, 'error').mockImplementation((line: string) => void lines.push(line))
    let isDown = true
    const MAIL = {
      send: (message: SentMail) =>
        isDown ? Promise.reject(new Error('no such mailbox')) : mail.binding.send(message),
    }
    const failing = clientOf(gateway, { MAIL })
    const email = newEmail()
    const browser = newBrowser(failing)
    for (let i = 0; i < 31; i++) {
      const response = await browser.post('/sign-in', { email, return: '/a?b=c' })
      expect(response.status).toBe(503)
      expect(response.headers.get('retry-after')).toBe('60')
      const html = await response.text()
      expect(html).toContain('The mail could not be sent.')
      expect(html).toContain('href="/sign-in?return=%2Fa%3Fb%3Dc"')
      expect(html).toMatch(/Request: req_[0-9a-f-]{36}/)
      await failing.settled()
    }
    expect(lines.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ event: 'mail_not_sent', cause: 'Error: no such mailbox' }),
    )
    isDown = false
    for (let i = 0; i < 3; i++) expect((await browser.post('/sign-in', { email })).status).toBe(200)
    expect(mailsTo(email)).toHaveLength(3)
  })
})

describe('a mail', () => {
  it('says what it is for and who sent it, and has no text of the request', async () => {
    const email = newEmail()
    await newBrowser().post('/sign-in', { email, return: '/a?b=c' })
    await client.settled()
    const [sent] = mailsTo(email)
    expect(sent).toMatchObject({
      to: email,
      from: 'sign-in@xquik.com',
      subject: 'Sign in to xquik.com',
      text: expect.stringContaining('15 minutes'),
    })
    const link = mail.linkTo(email)
    expect(sent?.html).toContain(`<a href="${link}">`)
    expect(sent?.text.match(/https?:/g)).toHaveLength(1)
  })

  it('has a link to the public URL, whatever host was called', async () => {
    const email = newEmail()
    await newBrowser().post('https://localhost/sign-in', { email })
    await client.settled()
    expect(mail.linkTo(email)).toMatch(/^https:\/\/xquik\.com\//)
  })

  it('leaves no token and no e-mail address in the log', async () => {
    const lines: string[] = []
    for (const level of ['info', 'warn', 'error', 'log'] as const)
      vi.spyOn(console, level).mockImplementation((line: string) => void lines.push(line))
    const browser = newBrowser()
    const email = newEmail()
    await browser.post('/sign-in', { email })
    await client.settled()
    const link = mail.linkTo(email)
    const token = hiddenField(await (await browser.get(link)).text(), 'token') ?? ''
    await browser.post('/sign-in/link', { token })
    await browser.get(link)
    expect(lines).toHaveLength(4)
    expect(token).toMatch(/^[0-9a-f]{64}$/)
    for (const secret of [token, browser.cookies.get('__Host-session_token') ?? 'none', email])
      expect(lines.join('\n')).not.toContain(secret)
  })
})

describe('the limits', () => {
  it('an e-mail address gets 5 links in 15 minutes, whichever browsers and isolates ask', async () => {
    const email = newEmail()
    const isolates = [client, clientOf(gateway, { MAIL: mail.binding })]
    for (let i = 0; i < 5; i++) {
      const browser = newBrowser(isolates[i % 2])
      expect((await browser.post('/sign-in', { email })).status).toBe(200)
    }
    for (const isolate of isolates) {
      const refused = await newBrowser(isolate).post('/sign-in', { email })
      expect(refused.status).toBe(429)
      const retryAfter = Number(refused.headers.get('retry-after'))
      expect(retryAfter).toBeGreaterThan(890)
      expect(retryAfter).toBeLessThanOrEqual(900)
      expect(await refused.text()).toContain('Try again in 15 minutes.')
      await isolate.settled()
    }
    expect(mailsTo(email)).toHaveLength(5)
    // The oldest link no longer counts.
    await env.DB.prepare(
      `update sign_in_links set created_at = created_at - 900000 where hash =
       (select hash from sign_in_links where email = ? order by created_at limit 1)`,
    )
      .bind(email)
      .run()
    expect((await newBrowser().post('/sign-in', { email })).status).toBe(200)
    expect((await newBrowser().post('/sign-in', { email })).status).toBe(429)
  })

  it('an e-mail address gets no more than 5 links for 12 requests at a time', async () => {
    const email = newEmail()
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => newBrowser().post('/sign-in', { email })),
    )
    await client.settled()
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5)
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(7)
    expect(mailsTo(email)).toHaveLength(5)
  })

  it('every spelling of an e-mail address counts as the same address', async () => {
    const email = newEmail()
    const spellings = [email, email.toUpperCase(), ` ${email}`, email.replace('@', '\uff20'), email]
    for (const spelling of spellings)
      expect((await newBrowser().post('/sign-in', { email: spelling })).status).toBe(200)
    expect((await newBrowser().post('/sign-in', { email })).status).toBe(429)
    await client.settled()
    expect(mailsTo(email)).toHaveLength(5)
  })

  it.each([
    ['IPv4', '198.18.7.', '198.18.8.1'],
    ['IPv6', '2001:db8:5:', '2001:db8:6::1'],
  ])(
    'one network (%s) may use 3 of the 5 links, the others still get theirs',
    async (_, net, far) => {
      const email = newEmail()
      const near = (host: number) =>
        browserOf(client, net.includes(':') ? `${net}${host}::1` : `${net}${host}`)
      for (let i = 1; i <= 3; i++)
        expect((await near(i).post('/sign-in', { email })).status).toBe(200)
      expect((await near(4).post('/sign-in', { email })).status).toBe(429)
      const other = browserOf(client, far)
      for (const status of [200, 200, 429])
        expect((await other.post('/sign-in', { email })).status).toBe(status)
      expect(mailsTo(email)).toHaveLength(5)
    },
  )

  it('a "+tag" is left out: 20 spellings of one mailbox share its 5 links', async () => {
    const [local, domain] = newEmail().split('@')
    const statuses: number[] = []
    for (let i = 0; i < 20; i++) {
      const email = `${local}+${i}@${domain}`
      statuses.push((await newBrowser().post('/sign-in', { email })).status)
    }
    expect(statuses.filter((status) => status === 200)).toHaveLength(5)
  })

  it('a browser that was signed in as this e-mail before has its own 5, whatever others ask', async () => {
    const email = newEmail()
    const known = newBrowser()
    await known.post('/sign-in', { email })
    const token = new URL(mail.linkTo(email)).searchParams.get('token') ?? ''
    expect((await known.post('/sign-in/link', { token })).status).toBe(303)
    for (let i = 0; i < 6; i++) await newBrowser().post('/sign-in', { email })
    expect((await newBrowser().post('/sign-in', { email })).status).toBe(429)
    for (let i = 0; i < 5; i++) expect((await known.post('/sign-in', { email })).status).toBe(200)
    expect((await known.post('/sign-in', { email })).status).toBe(429)
    // For another mailbox the browser is a stranger's.
    const full = newEmail()
    for (let i = 0; i < 5; i++) await newBrowser().post('/sign-in', { email: full })
    expect((await known.post('/sign-in', { email: full })).status).toBe(429)
  })

  it('a link that was sent before the limit was reached still signs in', async () => {
    const email = newEmail()
    const browser = newBrowser()
    await browser.post('/sign-in', { email })
    const token = new URL(mail.linkTo(email)).searchParams.get('token') ?? ''
    for (let i = 0; i < 9; i++) await newBrowser().post('/sign-in', { email })
    expect((await browser.post('/sign-in/link', { token })).status).toBe(303)
  })

  it('a client address may ask 30 times in 15 minutes; refused input does not count', async () => {
    const browser = newBrowser()
    for (let i = 0; i < 10; i++)
      expect((await browser.post('/sign-in', { email: 'no address' })).status).toBe(400)
    for (let i = 0; i < 30; i++)
      expect((await browser.post('/sign-in', { email: newEmail() })).status).toBe(200)
    const email = newEmail()
    const refused = await browser.post('/sign-in', { email, return: '/a' })
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toMatch(/^(?:900|89\d)$/)
    expect(await refused.text()).toContain('href="/sign-in?return=%2Fa"')
    expect(mailsTo(email)).toHaveLength(0)
    expect((await browser.get('/sign-in')).status).toBe(200)
  })

  it('no network takes more than a tenth of the ceiling for all, and the ceiling holds', async () => {
    const { signIn } = gateway
    const limit = { name: 'sign-in', count: 20, windowMs: 900_000 }
    const small = { ...gateway, signIn: signIn && { ...signIn, totalLimits: [limit] } }
    const { bindings, calls } = recordingStores(env)
    const one = clientOf(small, { ...bindings, MAIL: mail.binding })
    const ask = async (address: string) =>
      (await browserOf(one, address).post('/sign-in', { email: newEmail() })).status
    expect([await ask('198.19.1.1'), await ask('198.19.1.2')]).toEqual([200, 200])
    calls.length = 0
    expect(await ask('198.19.1.3')).toBe(429)
    for (let i = 2; i <= 19; i++) expect(await ask(`198.19.${i}.1`)).toBe(200)
    calls.length = 0
    expect(await ask('198.19.99.1')).toBe(429)
    expect(calls).toEqual([])
  })

  it('links that no longer count are deleted', async () => {
    const [old, email] = [newEmail(), newEmail()]
    await newBrowser().post('/sign-in', { email: old })
    await env.DB.prepare('update sign_in_links set created_at = ? where email = ?')
      .bind(Date.now() - 901_000, old)
      .run()
    await newBrowser().post('/sign-in', { email })
    const { results } = await env.DB.prepare(
      'select email from sign_in_links where email in (?, ?)',
    )
      .bind(old, email)
      .all()
    expect(results).toEqual([{ email }])
  })
})

describe('the form refuses', () => {
  it.each([
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }],
    ['a sibling subdomain', { 'sec-fetch-site': 'same-site', origin: 'https://a.xquik.com' }],
  ])('a request from %s, and does not count it', async (_, headers) => {
    const browser = newBrowser()
    const email = newEmail()
    for (let i = 0; i < 6; i++) {
      const asked = await browser.post('/sign-in', { email }, headers)
      expect([asked.status, asked.headers.get('set-cookie')]).toEqual([403, null])
    }
    expect((await browser.post('/sign-in', { email })).status).toBe(200)
    await client.settled()
    expect(mailsTo(email)).toHaveLength(1)
    const token = new URL(mail.linkTo(email)).searchParams.get('token') ?? ''
    const used = await browser.post('/sign-in/link', { token }, headers)
    expect([used.status, used.headers.get('set-cookie')]).toEqual([403, null])
    expect((await browser.post('/sign-in/link', { token })).status).toBe(303)
  })

  it.each(['', 'ann', 'ann@', 'a@b', 'a@b@c.de', 'a@b.de\r\nbcc: c@d.ef', '"><script>@b.de'])(
    '%j, which is no e-mail address',
    async (email) => {
      const sent = mail.sent.length
      const response = await newBrowser().post('/sign-in', { email, return: '/a' })
      expect(response.status).toBe(400)
      const html = await response.text()
      expect(html).toContain('Enter a valid e-mail address.')
      expect(html).not.toContain('<script>')
      expect(hiddenField(html, 'return')).toBe('/a')
      await client.settled()
      expect(mail.sent).toHaveLength(sent)
    },
  )

  it.each([
    ['JSON', 'application/json', '{"email":"a@example.com"}', 400],
    ['a field twice', 'application/x-www-form-urlencoded', 'email=a@b.de&email=c@d.ef', 400],
    ['too long', 'application/x-www-form-urlencoded', `email=${'a'.repeat(20_000)}`, 413],
    ['not UTF-8', 'application/x-www-form-urlencoded', new Uint8Array([0xff, 0xfe]), 400],
  ])('a body that is %s', async (_, type, body, status) => {
    const response = await client.call('/sign-in', {
      method: 'POST',
      body,
      headers: { 'content-type': type, 'cf-connecting-ip': `192.0.2.${++browsers}` },
    })
    expect(response.status).toBe(status)
  })

  it.each([
    '//evil.test',
    '/\\evil.test',
    '/\t/evil.test',
    '/\n/evil.test',
    '/..//evil.test',
    '/.//evil.test',
    '/%2f/evil.test',
    '/%5cevil.test',
    'https://evil.test',
    'https:evil.test',
    'javascript:alert(1)',
    ' /a',
    'evil.test',
    '/a#b',
    '/a?b=\r\nset-cookie: a=b',
    '/@evil.test',
    `/${'a'.repeat(9000)}`,
  ])('the return path %j, which is not ours', async (returnTo) => {
    const browser = newBrowser()
    const email = newEmail()
    const form = await browser.get(
      `/sign-in?return=${encodeURIComponent(returnTo).slice(0, 12_000)}`,
    )
    expect(form.status).toBe(200)
    expect(hiddenField(await form.text(), 'return')).toBeNull()
    await browser.post('/sign-in', { email, return: returnTo })
    await client.settled()
    const token = new URL(mail.linkTo(email)).searchParams.get('token') ?? ''
    const used = await browser.post('/sign-in/link', { token })
    expect([used.status, used.headers.get('location')]).toEqual([303, '/dashboard'])
  })
})

describe('failures', () => {
  it.each([
    ['no binding for mail', { MAIL: undefined }],
    ['a binding that is something else', { MAIL: 'MAIL' }],
    ['a database that fails', { DB: broken('fails') }],
  ])('%s: 503, and no mail is promised', async (_, bindings) => {
    const failing = clientOf(gateway, { MAIL: mail.binding, ...bindings })
    const browser = newBrowser(failing)
    const sent = mail.sent.length
    const response = await browser.post('/sign-in', { email: newEmail() })
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/)
    expect(browser.cookies.size).toBe(0)
    const html = await response.text()
    expect(html).toContain('<h1>Not available right now</h1>')
    expect(html).not.toMatch(/D1|10\.0\.0\.7|binding/)
    await failing.settled()
    expect(mail.sent).toHaveLength(sent)
  })

  it('a session store that fails signs nobody in', async () => {
    const browser = newBrowser()
    const email = newEmail()
    await browser.post('/sign-in', { email })
    await client.settled()
    const token = new URL(mail.linkTo(email)).searchParams.get('token') ?? ''
    const failing = newBrowser(clientOf(gateway, { SESSIONS: broken('fails') }))
    for (const [name, value] of browser.cookies) failing.cookies.set(name, value)
    const response = await failing.post('/sign-in/link', { token })
    expect(response.status).toBe(503)
    expect(failing.cookies.has('__Host-session_token')).toBe(false)
  })

  it('a client that asks for JSON gets the problem of its link as JSON', async () => {
    const response = await client.call('/sign-in/link?token=x', {
      headers: { accept: 'application/json' },
    })
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({
      error: 'sign_in_link_invalid',
      message: expect.any(String),
    })
  })

  it('a client that asks for JSON gets the problem of its e-mail address as JSON', async () => {
    const response = await client.call('/sign-in', {
      method: 'POST',
      body: new URLSearchParams({ email: 'ann' }),
      headers: { accept: 'application/json', 'cf-connecting-ip': `192.0.2.${++browsers}` },
    })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: 'invalid_input' })
  })

  it('a gateway without sign-in has no such paths', async () => {
    const without = clientOf({ ...gateway, signIn: null }, { MAIL: mail.binding })
    expect((await without.call('/sign-in')).status).toBe(404)
    expect((await without.call('/sign-in/link?token=x')).status).toBe(404)
    expect((await without.call('/sign-in', { method: 'POST', body: 'email=a' })).status).toBe(404)
  })
})
