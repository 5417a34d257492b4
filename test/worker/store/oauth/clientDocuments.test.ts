/**
 * Client ID metadata documents, which test/support/node/documentSite.ts serves. The number 44 is
 * that of the table in test/conformance/README.md.
 */
import { describe, expect, it, vi } from 'vitest'
import { clientOf } from '../../../support/worker/gateway.ts'
import {
  actorsOf,
  expectError,
  type Fields,
  paramsOf,
  type Tokens,
  unlimitedGateway,
} from '../../../support/worker/oauth.ts'

const SITE = 'https://app.example.com'
const REDIRECT = `${SITE}/cb`

const isolate = () => actorsOf(clientOf(unlimitedGateway()))
const { person, queryFor, authorize, requestOn, decide, redeem, refresh, revoke, call } = isolate()
const { browser } = await person()

const queryBy = (path: string, changes: Fields = {}) =>
  queryFor(SITE + path, { redirect_uri: REDIRECT, ...changes })

/** How often a path was fetched. */
const hits = async (path: string) => Number(await (await fetch(`${SITE}/hits?${path}`)).text())

async function expectRefused(answer: Response): Promise<void> {
  expect([answer.status, answer.headers.get('location')]).toEqual([400, null])
  expect(await answer.text()).toContain(
    'This application is not known here: no client has its client_id',
  )
}

describe('44 (client-id-metadata-document): a client with a document', () => {
  it('is supported, as the metadata of the server announces', async () => {
    const metadata = await (await call('/.well-known/oauth-authorization-server')).json()
    expect(metadata).toMatchObject({ client_id_metadata_document_supported: true })
  })

  it('completes the flow: its name and host are shown, its code and tokens are bound to its URL', async () => {
    const id = `${SITE}/good`
    const page = await authorize(queryBy('/good'), browser)
    const html = await page.clone().text()
    expect(html).toContain('Documented app')
    expect(html).toContain('app.example.com')
    const answer = await decide(browser, { request: await requestOn(page), decision: 'approve' })
    expect(answer.headers.get('location')).toMatch(/^https:\/\/app\.example\.com\/cb\?code=/)
    const code = paramsOf(answer).get('code') ?? ''
    const own = { redirect_uri: REDIRECT }
    await expectError(await redeem(`${SITE}/good/2`, code, own), 400, 'invalid_grant')
    const tokens = await (await redeem(id, code, own)).json<Tokens>()
    expect(tokens.access_token).toMatch(/^[0-9a-f]{64}$/)
    await expectError(await refresh(`${SITE}/other`, tokens.refresh_token), 400, 'invalid_grant')
    const next = await refresh(id, tokens.refresh_token)
    expect(next.status).toBe(200)
    const { refresh_token } = await next.json<Tokens>()
    expect((await revoke(id, refresh_token)).status).toBe(200)
    await expectError(await refresh(id, refresh_token), 400, 'invalid_grant')
    const grants = await (await call('/api/v1/oauth/grants', { headers: browser })).json()
    expect(grants).toEqual({ grants: [] })
  })

  it('redirects only to a URI of its document', async () => {
    const elsewhere = queryBy('/good', { redirect_uri: 'https://app.example.com/cb2' })
    const answer = await authorize(elsewhere, browser)
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null])
    const local = queryBy('/good', { redirect_uri: 'http://localhost:4321/cb' })
    await requestOn(await authorize(local, browser))
  })

  it('is not fetched before the person has signed in', async () => {
    const answer = await authorize(queryBy('/nobody'))
    expect(answer.headers.get('location')).toMatch(/^\/sign-in\?return=/)
    expect(await hits('/nobody')).toBe(0)
  })

  it('is not fetched once the account has reached its limit of consent pages', async () => {
    const { oauth, ...rest } = unlimitedGateway()
    const consents = [{ name: 'consent', count: 2, windowMs: 60_000 }]
    const limits = {
      registrationsByAddress: [],
      lookUpsByAddress: [],
      registrations: [],
      consents,
      tokens: [],
    }
    const { authorize } = actorsOf(clientOf({ ...rest, oauth: oauth && { ...oauth, limits } }))
    for (let i = 0; i < 5; i++) await authorize(queryBy(`/limited/${i}`), browser)
    expect([await hits('/limited/1'), await hits('/limited/2')]).toEqual([1, 0])
  })

  it('is fetched by an isolate once in five minutes', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    try {
      const one = isolate()
      for (let i = 0; i < 3; i++) await requestOn(await one.authorize(queryBy('/kept'), browser))
      expect(await hits('/kept')).toBe(1)
      vi.setSystemTime(Date.now() + 300_000)
      await requestOn(await one.authorize(queryBy('/kept'), browser))
      expect(await hits('/kept')).toBe(2)
    } finally {
      vi.useRealTimers()
    }
  })

  it.each([
    '/redirect',
    '/status/201',
    '/status/203',
    '/status/301',
    '/status/404',
    '/status/500',
    '/html',
    '/typeless',
    '/large',
    '/broken',
    '/other',
    '/secret',
  ])('%s is refused, no redirect is followed, and no refusal is cached', async (path) => {
    const before = await hits('/good')
    await expectRefused(await authorize(queryBy(path), browser))
    await expectRefused(await authorize(queryBy(path), browser))
    expect(await hits(path)).toBe(2)
    expect(await hits('/good')).toBe(before)
  })

  it('that failed once is accepted when its document is good', async () => {
    await expectRefused(await authorize(queryBy('/flaky'), browser))
    await requestOn(await authorize(queryBy('/flaky'), browser))
  })

  it.each(['/slow', '/endless'])('%s is given up', { timeout: 20_000 }, async (path) => {
    await expectRefused(await authorize(queryBy(path), browser))
  })

  it.each([
    'https://xquik.com/own',
    'https://127.0.0.1/client.json',
    'https://localhost/client.json',
    'https://169.254.169.254/latest/meta-data',
    'http://app.example.com/good',
    'https://app.example.com/x/../good',
    'https://app.example.com/',
    'https://unreachable.example.com/good',
  ])('at %s is refused', async (id) => {
    await expectRefused(await authorize(queryFor(id, { redirect_uri: REDIRECT }), browser))
    expect(await hits('/own')).toBe(0)
  })
})
