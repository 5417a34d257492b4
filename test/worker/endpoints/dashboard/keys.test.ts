/** The page of API keys: a key is shown once, to its session, and ends when its person says so. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Browser, browserOf, hiddenField } from '../../../support/worker/browser.ts'
import {
  clientOf,
  env,
  recordingOrigin,
  shippedGateway,
  unlimited,
} from '../../../support/worker/gateway.ts'
import { apiKey, seedAccount, seedKey, seedSession } from '../../../support/worker/seed.ts'

const origin = recordingOrigin()
const client = clientOf(shippedGateway(unlimited), { ORIGIN: origin.binding })
const KEY = /xq_[0-9a-f]{64}/
const ALL_KEYS = /xq_[0-9a-f]{64}/g

let browsers = 0

/** A browser that is signed in to an account. */
async function signedIn(accountId: string, of = client): Promise<Browser> {
  const browser = browserOf(of, `198.18.0.${++browsers}`)
  browser.cookies.set('__Host-session_token', await seedSession(accountId))
  return browser
}

/** Opens the page and returns its form's token. */
async function formToken(browser: Browser): Promise<string> {
  const page = await browser.get('/dashboard/keys')
  expect(page.status).toBe(200)
  return hiddenField(await page.text(), 'token') ?? ''
}

async function create(browser: Browser, name: string, token?: string): Promise<Response> {
  return browser.post('/dashboard/keys/new', { token: token ?? (await formToken(browser)), name })
}

const keyOn = async (page: Response) => KEY.exec(await page.text())?.[0]

const keysOf = async (accountId: string) => {
  const found = env.DB.prepare('select * from api_keys where account_id = ?').bind(accountId)
  return (await found.all<{ id: number; name: string; revoked_at: number | null }>()).results
}

const statusOf = async (key: string) =>
  (await client.call('/api/v1/account', { headers: apiKey(key) })).status

afterEach(() => void vi.useRealTimers())

describe('a new key', () => {
  it('is shown whole, with lines that call a route that it may call, and works', async () => {
    const accountId = await seedAccount()
    const page = await create(await signedIn(accountId), '  Production ')
    expect(page.status).toBe(200)
    expect(page.headers.get('cache-control')).toBe('no-store')
    const html = await page.text()
    const key = KEY.exec(html)?.[0] ?? ''
    expect(new Set(html.match(ALL_KEYS))).toEqual(new Set([key]))
    expect(html.match(ALL_KEYS)).toHaveLength(4)
    expect(html).toContain('https://xquik.com/api/v1/account')
    expect(await statusOf(key)).toBe(200)
    expect(await keysOf(accountId)).toMatchObject([{ name: 'Production', revoked_at: null }])
  })

  it('is shown again by a reload within 10 minutes, also once it has been used', async () => {
    const accountId = await seedAccount()
    const browser = await signedIn(accountId)
    const token = await formToken(browser)
    const first = await keyOn(await create(browser, 'CI', token))
    expect(first).toMatch(KEY)
    expect(await keyOn(await create(browser, 'CI', token))).toBe(first)
    expect(await statusOf(first ?? '')).toBe(200)
    await client.settled()
    expect(await keyOn(await create(browser, 'CI', token))).toBe(first)
    expect(await keysOf(accountId)).toHaveLength(1)
  })

  it.each([
    ['after 10 minutes', () => vi.setSystemTime(Date.now() + 600_001)],
    [
      'once it is revoked',
      (accountId: string) =>
        env.DB.prepare('update api_keys set revoked_at = 1 where account_id = ?')
          .bind(accountId)
          .run(),
    ],
  ])('is never shown again %s, and no second one is made', async (_, pass) => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const accountId = await seedAccount()
    const browser = await signedIn(accountId)
    const token = await formToken(browser)
    await create(browser, 'CI', token)
    await pass(accountId)
    const late = await create(browser, 'CI', token)
    expect(late.status).toBe(409)
    const html = await late.text()
    expect(html).not.toMatch(KEY)
    expect(html).toContain('a key is shown only once')
    expect(html).toContain('<a href="/dashboard/keys">')
    expect(await keysOf(accountId)).toHaveLength(1)
  })

  it('is not shown to another session with the same form, which gets its own', async () => {
    const accountId = await seedAccount()
    const [browser, other] = [await signedIn(accountId), await signedIn(accountId)]
    const token = await formToken(browser)
    const key = await keyOn(await create(browser, 'CI', token))
    expect(await keyOn(await create(other, 'CI', token))).not.toBe(key)
  })

  it('is not made by a form without a token of the page', async () => {
    const accountId = await seedAccount()
    const browser = await signedIn(accountId)
    for (const token of ['', 'x', 'A'.repeat(32), 'a'.repeat(31), `${'a'.repeat(32)}\n`])
      expect((await create(browser, 'CI', token)).status).toBe(400)
    expect(await keysOf(accountId)).toEqual([])
  })

  it('is on no other page', async () => {
    const browser = await signedIn(await seedAccount())
    expect(await keyOn(await create(browser, 'CI'))).toMatch(KEY)
    for (const path of ['/dashboard/keys', '/dashboard/usage', '/dashboard/apps', '/sign-in'])
      expect(await (await browser.get(path)).text()).not.toMatch(KEY)
  })
})

describe('a name', () => {
  it.each([
    ['', 'Enter a name'],
    ['   ', 'Enter a name'],
    ['a'.repeat(101), 'at most 100 characters'],
    ['a\u202eb', 'invisible'],
  ])('%j is refused at the field, and makes no key', async (name, complaint) => {
    const accountId = await seedAccount()
    const page = await create(await signedIn(accountId), name)
    expect(page.status).toBe(400)
    const html = await page.text()
    expect(html).toContain(complaint)
    expect(html).toContain('aria-invalid="true"')
    expect(await keysOf(accountId)).toEqual([])
  })

  it('is shown as text, wherever keys are shown', async () => {
    const accountId = await seedAccount()
    const browser = await signedIn(accountId)
    const name = `"><img src=x onerror=alert(1)><script>alert(1)</script>'`
    const pages = [await (await create(browser, name)).text()]
    const [key] = await keysOf(accountId)
    for (const path of ['keys', 'usage', `keys/revoke?id=${key?.id}`])
      pages.push(await (await browser.get(`/dashboard/${path}`)).text())
    for (const html of pages) {
      expect(html).toContain('&lt;script&gt;alert(1)')
      expect(html).not.toMatch(/<script>|<img src=x/)
    }
  })
})

describe('the limit of keys', () => {
  it('is explained in the place of the form, and holds for a form that was open before', async () => {
    const accountId = await seedAccount()
    const browser = await signedIn(accountId)
    const token = await formToken(browser)
    const insert = env.DB.prepare(
      `insert into api_keys (account_id, name, prefix, hash, created_at) values (?, ?, 'xq_0', ?, 1)`,
    )
    await env.DB.batch(
      Array.from({ length: 100 }, (_, i) => insert.bind(accountId, `k${i}`, `${accountId} ${i}`)),
    )
    const page = await (await browser.get('/dashboard/keys')).text()
    expect(page).toContain('You have 100 active keys, which is the limit.')
    expect(hiddenField(page, 'token')).toBeNull()
    const refused = await create(browser, 'One more', token)
    expect(refused.status).toBe(403)
    expect(await refused.text()).toContain('<a href="/dashboard/keys">')
    expect(await keysOf(accountId)).toHaveLength(100)
  })
})

describe('revoking', () => {
  it('asks first and says when the key was used, then ends it for good', async () => {
    const accountId = await seedAccount()
    const browser = await signedIn(accountId)
    const { id, key } = await seedKey(accountId)
    expect(await statusOf(key)).toBe(200)
    await client.settled()
    const question = await (await browser.get(`/dashboard/keys/revoke?id=${id}`)).text()
    expect(question).toMatch(/This key was used (?:now|\d+ seconds? ago)/)
    expect(await statusOf(key)).toBe(200)
    const revoked = await browser.post('/dashboard/keys/revoke', { id })
    expect(revoked.status).toBe(303)
    expect(revoked.headers.get('location')).toBe('/dashboard/keys?done=revoked')
    expect(await statusOf(key)).toBe(401)
    const list = await (await browser.get('/dashboard/keys?done=revoked')).text()
    expect(list).toContain('The key is revoked')
    expect(list).toContain('You have no active keys')
  })

  it("of another account's key, an unknown one, or no id is 404, and ends nothing", async () => {
    const other = await seedKey(await seedAccount())
    const browser = await signedIn(await seedAccount())
    for (const id of [other.id, '999999999', '0', '', '1; drop', '9'.repeat(30)]) {
      const question = await browser.get(`/dashboard/keys/revoke?id=${encodeURIComponent(id)}`)
      expect(question.status).toBe(404)
      expect((await browser.post('/dashboard/keys/revoke', { id })).status).toBe(404)
    }
    expect(await statusOf(other.key)).toBe(200)
  })
})

describe('the forms are counted like the requests of the API', () => {
  it('so that a session cannot create keys faster through the page', async () => {
    const limited = clientOf(shippedGateway(), { ORIGIN: origin.binding })
    const browser = await signedIn(await seedAccount(), limited)
    const token = await formToken(browser)
    for (let i = 0; i < 30; i++) expect((await create(browser, 'CI', token)).status).toBe(200)
    const refused = await create(browser, 'CI', token)
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await refused.text()).not.toMatch(KEY)
  })
})
