/** Every page of the dashboard: a session, a form of ours, no cache, no frame. */
import { describe, expect, it } from 'vitest'
import { DASHBOARD_PATHS } from '../../../../src/pages/dashboard/paths.ts'
import { browserOf } from '../../../support/worker/browser.ts'
import {
  clientOf,
  env,
  recordingOrigin,
  shippedGateway,
  unlimited,
} from '../../../support/worker/gateway.ts'
import {
  bearer,
  seedAccount,
  seedKey,
  seedSession,
  seedToken,
} from '../../../support/worker/seed.ts'

const origin = recordingOrigin()
const config = shippedGateway(unlimited)
const client = clientOf(config, { ORIGIN: origin.binding })
const FORMS = [DASHBOARD_PATHS.createKey, DASHBOARD_PATHS.revokeKey, DASHBOARD_PATHS.endApp]
const PAGES = [DASHBOARD_PATHS.keys, DASHBOARD_PATHS.usage, DASHBOARD_PATHS.apps]

let browsers = 0
async function signedIn(accountId: string) {
  const browser = browserOf(client, `198.19.0.${++browsers}`)
  browser.cookies.set('__Host-session_token', await seedSession(accountId))
  return browser
}

describe('a browser without a session', () => {
  it.each([...PAGES, '/dashboard', '/dashboard/keys/revoke?id=42'])(
    'is sent to sign in, and would come back: %s',
    async (path) => {
      const answer = await browserOf(client, '198.19.1.1').get(path)
      expect(answer.status).toBe(303)
      const back = `/sign-in?return=${encodeURIComponent(path)}`
      expect(answer.headers.get('location')).toBe(back)
    },
  )

  it.each(FORMS)('does nothing by a form, is told so, and comes back: %s', async (path) => {
    const browser = browserOf(client, '198.19.1.2')
    const answer = await browser.post(path, { id: '1' })
    expect(answer.status).toBe(303)
    const location = answer.headers.get('location') ?? ''
    expect(location).toMatch(/^\/sign-in\?return=%2Fdashboard%2F\w+&interrupted=1$/)
    expect(await (await browser.get(location)).text()).toContain('so nothing was changed')
  })

  it('has no page by a key or a token either', async () => {
    const accountId = await seedAccount()
    const { key } = await seedKey(accountId)
    const { token } = await seedToken(accountId)
    for (const headers of [{ 'x-api-key': key }, bearer(key), bearer(token)])
      expect((await client.call(DASHBOARD_PATHS.keys, { headers })).status).toBe(303)
  })
})

describe('a page', () => {
  it.each(PAGES)('is for its person only: no cache, no frame, its tab: %s', async (path) => {
    const accountId = await seedAccount()
    const page = await (await signedIn(accountId)).get(path)
    expect(page.status).toBe(200)
    expect(page.headers.get('cache-control')).toBe('no-store')
    expect(page.headers.get('x-frame-options')).toBe('DENY')
    const html = await page.text()
    expect(html).toContain(`<a href="${path}" aria-current="page">`)
    expect(html).toContain(`${accountId}@example.com`)
  })

  it('that is not there is a page too', async () => {
    const page = await (await signedIn(await seedAccount())).get('/dashboard/nowhere')
    expect(page.status).toBe(404)
    expect(page.headers.get('content-type')).toContain('text/html')
  })

  it('is refused to a session that asks more often than a person can', async () => {
    const browser = await signedIn(await seedAccount())
    const statuses = new Set<number>()
    for (let i = 0; i < 121; i++) statuses.add((await browser.get('/dashboard')).status)
    expect([...statuses]).toEqual([303, 429])
  })

  it('is not shown to a disabled account', async () => {
    const accountId = await seedAccount()
    const browser = await signedIn(accountId)
    await env.DB.prepare('update accounts set disabled_at = 1 where id = ?').bind(accountId).run()
    expect((await browser.get(DASHBOARD_PATHS.keys)).status).toBe(303)
  })
})

describe('a form of another site', () => {
  it.each(FORMS)('is refused and does nothing: %s', async (path) => {
    const accountId = await seedAccount()
    const { id, key } = await seedKey(accountId)
    const { grantId, token } = await seedToken(accountId)
    const browser = await signedIn(accountId)
    const fields = {
      id: path === DASHBOARD_PATHS.endApp ? grantId : id,
      token: 'a'.repeat(32),
      name: 'x',
    }
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'cross-site', origin: 'https://xquik.com' },
    ]) {
      const answer = await browser.post(path, fields, headers)
      expect(answer.status).toBe(403)
    }
    const count = env.DB.prepare('select count(*) as n from api_keys where account_id = ?')
    expect(await count.bind(accountId).first()).toEqual({ n: 1 })
    const asKey = await client.call('/api/v1/account', { headers: { 'x-api-key': key } })
    expect(asKey.status).toBe(200)
    const mcp = await client.call('/mcp', { method: 'POST', headers: bearer(token), body: '{}' })
    expect(mcp.status).toBe(200)
  })
})

describe('connected apps', () => {
  it('are listed with what they may do, hostile names as text, and ended one by one', async () => {
    const accountId = await seedAccount()
    const browser = await signedIn(accountId)
    const { grantId, token } = await seedToken(accountId)
    const other = await seedToken(accountId)
    const name = '</bdi><script>alert(1)</script>\u202e'
    await env.DB.prepare('update oauth_grants set client_name = ? where id = ?')
      .bind(name, grantId)
      .run()
    const html = await (await browser.get(DASHBOARD_PATHS.apps)).text()
    expect(html).toContain('&lt;/bdi&gt;&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(html).not.toContain('<script')
    expect(html).toContain('Use the tools of this account')
    await browser.post('/language', { locale: 'tr' })
    const turkish = await (await browser.get(DASHBOARD_PATHS.apps)).text()
    expect(turkish).toContain('Bu hesabın araçlarını kullanmak')
    const ended = await browser.post(DASHBOARD_PATHS.endApp, { id: grantId })
    expect(ended.headers.get('location')).toBe('/dashboard/apps?done=ended')
    const statusOf = async (one: string) =>
      (await client.call('/mcp', { method: 'POST', headers: bearer(one), body: '{}' })).status
    expect(await statusOf(token)).toBe(401)
    expect(await statusOf(other.token)).toBe(200)
  })

  it('of another account stay as they are', async () => {
    const { grantId, token } = await seedToken(await seedAccount())
    const browser = await signedIn(await seedAccount())
    expect((await browser.post(DASHBOARD_PATHS.endApp, { id: grantId })).status).toBe(303)
    expect((await browser.post(DASHBOARD_PATHS.endApp, { id: 'grt_' })).status).toBe(400)
    const mcp = await client.call('/mcp', { method: 'POST', headers: bearer(token), body: '{}' })
    expect(mcp.status).toBe(200)
  })
})
