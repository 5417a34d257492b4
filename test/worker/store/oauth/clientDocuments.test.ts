/**
 * Client ID metadata documents, which test/support/node/documentSite.ts serves. The number 44 is
 * that of the table in test/conformance/README.md.
 */
import { describe, expect, it, vi } from 'vitest'
import { clientOf, env } from '../../../support/worker/gateway.ts'
import {
  actorsOf,
  expectError,
  type Fields,
  paramsOf,
  type Tokens,
  unlimitedGateway,
} from '../../../support/worker/oauth.ts'
import { broken } from '../../../support/worker/storeBindings.ts'

const SITE = 'https://app.example.com'
const REDIRECT = `${SITE}/cb`

const isolate = () => actorsOf(clientOf(unlimitedGateway()))
const { person, queryFor, authorize, requestOn, decide, redeem, refresh, revoke, call } = isolate()
const { browser } = await person()

const queryBy = (path: string, changes: Fields = {}) =>
  queryFor(SITE + path, { redirect_uri: REDIRECT, ...changes })

/** How often a path was fetched. */
const hits = async (path: string) => Number(await (await fetch(`${SITE}/hits?${path}`)).text())

async function expectPage(answer: Response, sentence: string | RegExp): Promise<void> {
  expect([answer.status, answer.headers.get('location')]).toEqual([400, null])
  expect(await answer.text()).toMatch(sentence)
}

const expectUnknown = (answer: Response) =>
  expectPage(answer, 'This application is not known here: no client has its client_id')

/** Asserts the page of a document that was not read, or not accepted. */
const expectRefused = (answer: Response, why: string | RegExp = '') =>
  expectPage(
    answer,
    new RegExp(
      `metadata document of this application at [a-z.]+ could not be read, try again${why}`,
    ),
  )

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
    ['/status/404', 'is not there'],
    ['/large', 'is longer than 5120 bytes'],
    ['/broken', 'is not valid JSON'],
    ['/other', 'client_id must be the URL of the document itself'],
    ['/secret', 'must not contain a client_secret'],
  ])('%s is refused with a reason, and fetched again after 10 minutes', async (path, reason) => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    try {
      const why = ` in 10 minutes: it .*${reason}`
      for (let i = 0; i < 4; i++) await expectRefused(await authorize(queryBy(path), browser), why)
      expect(await hits(path)).toBe(1)
      vi.setSystemTime(Date.now() + 600_000)
      await expectRefused(await authorize(queryBy(path), browser), why)
      expect(await hits(path)).toBe(2)
    } finally {
      vi.useRealTimers()
    }
  })

  it.each([
    ['/redirect', 'is behind a redirect'],
    ['/status/201', 'is refused by its host with 201'],
    ['/status/203', 'is refused by its host with 203'],
    ['/status/301', 'is behind a redirect'],
    ['/status/500', 'is refused by its host with 500'],
    ['/status/403', 'is refused by its host with 403'],
    ['/html', 'does not come as application/json'],
    ['/typeless', 'does not come as application/json'],
  ])('%s is tried three times in 10 minutes, and no redirect is followed', async (path, reason) => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    try {
      const before = await hits('/good')
      for (let i = 0; i < 6; i++)
        await expectRefused(
          await authorize(queryBy(path), browser),
          `${i < 2 ? '' : ' in 10 minutes'}: it ${reason}`,
        )
      expect([await hits(path), await hits('/good')]).toEqual([3, before])
      vi.setSystemTime(Date.now() + 600_001)
      await authorize(queryBy(path), browser)
      expect(await hits(path)).toBe(4)
    } finally {
      vi.useRealTimers()
    }
  })

  it('of ChatGPT is a public client: it prefers a key, but can do without, and has 23 URIs', async () => {
    await requestOn(await authorize(queryBy('/chatgpt'), browser))
    const other = queryBy('/chatgpt', { redirect_uri: `${SITE}/cb19` })
    const request = await requestOn(await authorize(other, browser))
    const answer = await decide(browser, { request, decision: 'approve' })
    const code = paramsOf(answer).get('code') ?? ''
    const redeemed = await redeem(`${SITE}/chatgpt`, code, { redirect_uri: `${SITE}/cb19` })
    expect(redeemed.status).toBe(200)
    await expectPage(
      await authorize(queryBy('/chatgpt', { redirect_uri: 'app://x' }), browser),
      'has not registered its redirect_uri',
    )
  })

  it('that was good serves 7 days in every isolate while its host does not answer', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    try {
      const client = clientOf(unlimitedGateway())
      await requestOn(await actorsOf(client).authorize(queryBy('/wall'), browser))
      await client.settled()
      const { browser: later } = await person()
      for (let i = 0; i < 3; i++)
        await requestOn(await isolate().authorize(queryBy('/wall'), later))
      expect(await hits('/wall')).toBe(4)
      vi.setSystemTime(Date.now() + 7 * 86_400_000)
      const { browser: last } = await person()
      await expectRefused(await isolate().authorize(queryBy('/wall'), last), ': it .* with 403')
    } finally {
      vi.useRealTimers()
    }
  })

  it.each(['/withdrawn', '/changed'])(
    '%s: a document that its host answers for does not go on',
    async (path) => {
      const client = clientOf(unlimitedGateway())
      await requestOn(await actorsOf(client).authorize(queryBy(path), browser))
      await client.settled()
      await expectRefused(await isolate().authorize(queryBy(path), browser), ' in 10 minutes')
    },
  )

  it('is read for a person even if D1 cannot keep it', async () => {
    const prepare = (text: string) =>
      text.includes('oauth_documents')
        ? broken<D1Database>('fails').prepare(text)
        : env.DB.prepare(text)
    const DB = new Proxy(env.DB, {
      get: (db, name) => {
        if (name === 'prepare') return prepare
        const value: unknown = Reflect.get(db, name)
        return typeof value === 'function' ? value.bind(db) : value
      },
    })
    const client = clientOf(unlimitedGateway(), { DB })
    await requestOn(await actorsOf(client).authorize(queryBy('/good/unkept'), browser))
    await client.settled()
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
  ])('at %s is refused', async (id) => {
    await expectUnknown(await authorize(queryFor(id, { redirect_uri: REDIRECT }), browser))
    expect(await hits('/own')).toBe(0)
  })

  it('on a host that does not answer is told from an unknown one', async () => {
    const id = 'https://unreachable.example.com/good'
    await expectRefused(await authorize(queryFor(id, { redirect_uri: REDIRECT }), browser))
  })
})
