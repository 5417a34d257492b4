/** Errors as pages: for browsers, with the status and headers of the JSON, and for nobody else. */
import { describe, expect, it } from 'vitest'
import feedConfig from '../../../examples/feed/gateway.config.ts'
import { PAY_ONLY } from '../../../src/http/problem.ts'
import { PROBLEM } from '../../../src/pages/words/problems.ts'
import { wordsIn } from '../../../src/pages/words.ts'
import { browserOf } from '../../support/worker/browser.ts'
import {
  clientOf,
  recordingOrigin,
  shippedGateway,
  unlimited,
} from '../../support/worker/gateway.ts'

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
const origin = recordingOrigin(() => Response.json({ error: 'teapot' }, { status: 418 }))
const client = clientOf(shippedGateway(unlimited), { ORIGIN: origin.binding })
const feed = clientOf(feedConfig, { ORIGIN_URL: 'https://origin.test' })
const limited = clientOf(shippedGateway(), { ORIGIN: origin.binding })

const ask = (path: string, accept: string, init: RequestInit = {}, of = client) =>
  of.call(path, { ...init, headers: { ...init.headers, accept } })

const CASES: [status: number, path: string, words: string, init?: RequestInit][] = [
  [404, '/nowhere', 'Nothing is here'],
  [405, '/api/v1/trends', 'That did not work', { method: 'POST' }],
  [401, '/api/v1/account', 'This needs a key or a sign-in'],
  [402, '/api/v1/x/tweets/1', '$0.00015 a call'],
  [402, '/api/v1/x/tweets/search?q=tea', '$0.00015 for each tweet, at most 100 a call'],
  [400, '/api/v1//x', 'That did not work'],
  [421, 'https://other.test/', 'That did not work'],
]

describe('a browser gets a page', () => {
  it.each(CASES)('of %i at %s', async (status, path, words, init) => {
    const page = await ask(path, BROWSER, init)
    const json = await ask(path, '*/*', init)
    expect([page.status, json.status]).toEqual([status, status])
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(page.headers.get('vary')).toContain('Accept')
    expect(page.headers.get('cache-control')).toBe('no-store')
    const html = await page.text()
    expect(html).toContain(words)
    expect(html).toContain(page.headers.get('x-request-id') ?? 'none')
    expect(html).toContain('<a href="/">')
    for (const name of ['allow', 'retry-after'])
      expect(page.headers.get(name)).toBe(json.headers.get(name))
    const scheme = (answer: Response) => answer.headers.get('www-authenticate')?.split(' ')[0]
    expect(scheme(page)).toBe(scheme(json))
    expect(json.headers.get('content-type')).toMatch(/^application\/(?:problem\+)?json$/)
    expect(await json.json()).toMatchObject({ error: expect.any(String) })
  })

  it('that never shows a key which was in the query', async () => {
    const key = `xq_${'ab'.repeat(32)}`
    const page = await ask(`/api/v1/radar?api_key=${key}`, BROWSER)
    expect(page.status).toBe(401)
    const html = await page.text()
    expect(html).toContain('<input type="hidden" name="back" value="/api/v1/radar"/>')
    expect(html).not.toContain('abab')
  })

  it('that says when to come back, for a 429', async () => {
    let page = await ask('/api/v1/guest-wallets', BROWSER, { method: 'POST' }, limited)
    for (let i = 0; i < 10 && page.status !== 429; i++)
      page = await ask('/api/v1/guest-wallets', BROWSER, { method: 'POST' }, limited)
    expect(page.status).toBe(429)
    const seconds = Number(page.headers.get('retry-after'))
    expect(seconds).toBeGreaterThan(0)
    const words = wordsIn('en').duration(seconds * 1000)
    expect(await page.text()).toContain(`Try again in ${words}.`)
  })

  it('in the language that it asks for', async () => {
    const headers = { accept: BROWSER, 'accept-language': 'tr' }
    const page = await client.call('/api/v1/x/tweets/1', { headers })
    expect(await page.text()).toContain('çağrı başına $0,00015')
  })

  it('that offers no key for a route that takes none, as its JSON does, in any language', async () => {
    const at = 'https://feed.example/articles/1'
    const json = await ask(at, '*/*', {}, feed)
    expect(await json.json()).toMatchObject({ error: 'payment_required', message: PAY_ONLY })
    const headers = { 'accept-language': 'es' }
    const html = await (await ask(at, BROWSER, { headers }, feed)).text()
    expect(html).toContain(PROBLEM.payOnly.es)
    expect(html).not.toMatch(/lang="en"[^>]*>This|clave/)
  })

  it('and nothing of the request is markup in it', async () => {
    const page = await ask('/<script>alert(1)</script>?x=<script>', BROWSER)
    expect(await page.text()).not.toContain('<script')
  })
})

describe('a program gets JSON', () => {
  it.each(['*/*', 'application/json', 'text/html, application/json', 'text/*', ''])(
    'for %j',
    async (accept) => {
      const answer = await ask('/api/v1/account', accept)
      expect(answer.headers.get('content-type')).toBe('application/json')
    },
  )

  it.each([
    '/mcp',
    '/mcp/',
    '/mcp/below',
    '/api/oauth/token',
    '/api/oauth/register',
    '/api/oauth/revoke',
    '/token',
    '/register',
    '/revoke',
    '/api/oauth/token/x',
  ])('whatever it prefers at %s', async (path) => {
    const answer = await ask(path, BROWSER, { method: 'DELETE' })
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.headers.get('content-type')).toBe('application/json')
  })
})

describe("an origin's own error", () => {
  it('stays as it is', async () => {
    const answer = await ask('/api/v1/guest-wallets', BROWSER, { method: 'POST' })
    expect(answer.status).toBe(418)
    expect(await answer.json()).toEqual({ error: 'teapot' })
  })
})

describe('the front page', () => {
  it('is made of the table: every route, who may call it, and its price', async () => {
    const html = await (await browserOf(client, '203.0.113.200').get('/')).text()
    for (const { id } of shippedGateway().routes)
      expect(html).toContain(`<code>${id.replace('* /mcp', '* https://xquik.com/mcp')}</code>`)
    expect(html).toContain('$0.00105 a call')
    expect(html).toContain('https://xquik.com/mcp')
    expect(html).toContain('curl https://xquik.com/api/v1/account')
    expect(html).toContain('<a class="button" href="/dashboard/keys">')
  })

  it('is not_found to a program', async () => {
    const answer = await ask('/', '*/*')
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ error: 'not_found' })
  })
})

describe('a table without sign-in', () => {
  const gateway = shippedGateway((route) => {
    return { ...unlimited(), auth: route.auth.filter((kind) => kind !== 'oauth') }
  })
  const nobody = { signIn: null, mail: null, oauth: null }
  const without = clientOf({ ...gateway, ...nobody }, { ORIGIN: origin.binding })

  it.each(['/', '/api/v1/account', '/api/v1/x/tweets/1', '/llms.txt'])(
    'sends nobody to sign in: %s',
    async (path) => {
      const SIGN_IN = /sign in|create a key|creates its keys|\/dashboard/i
      const text = async (of: typeof client) => {
        const answer = await ask(path, BROWSER, {}, of)
        return (await answer.text()).replace(/<title>.*<\/h1>/s, '')
      }
      expect(await text(client)).toMatch(SIGN_IN)
      expect(await text(without)).not.toMatch(SIGN_IN)
    },
  )
})
