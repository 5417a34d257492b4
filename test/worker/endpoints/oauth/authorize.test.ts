/**
 * The authorization endpoint: sign-in, consent, and the redirect back to the client. A number at
 * the start of a title is that of the table in test/conformance/README.md.
 */
import { describe, expect, it, vi } from 'vitest'
import { sha256Hex } from '../../../../src/lib/bytes.ts'
import { faultyStores } from '../../../support/worker/faultyStores.ts'
import { clientOf, env, shippedGateway, unlimited } from '../../../support/worker/gateway.ts'
import {
  actorsOf,
  CHALLENGE,
  encoded,
  type Fields,
  paramsOf,
  REDIRECT,
  RESOURCE,
  SELF,
  unlimitedGateway,
} from '../../../support/worker/oauth.ts'
import { cookie, seedSession } from '../../../support/worker/seed.ts'
import { recordingStores } from '../../../support/worker/storeBindings.ts'

const client = clientOf(unlimitedGateway())
const { call, post, newClient, person, queryFor, authorize, requestOn, decide } = actorsOf(client)

const { browser, accountId } = await person()
const { id } = await newClient()

/** Asserts that an answer is a page of ours, which redirects nowhere. */
async function expectPage(answer: Response, status = 400): Promise<void> {
  expect(answer.headers.get('location')).toBeNull()
  expect(answer.status).toBe(status)
  expect(answer.headers.get('content-type')).toContain('text/html')
  expectSealed(answer)
}

/** Asserts that an answer can be neither framed nor stored, and sends no referrer. */
function expectSealed({ headers }: Response): void {
  expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  expect(headers.get('content-security-policy')).not.toContain('form-action')
  expect(headers.get('x-frame-options')).toBe('DENY')
  expect(headers.get('cache-control')).toBe('no-store')
  expect(headers.get('referrer-policy')).toBe('no-referrer')
}

/** Asserts a redirect to the client with an error, and without a code. */
function expectRefused(answer: Response, error: string, state: string | null = 'st'): void {
  expect(answer.status).toBe(303)
  expect(answer.headers.get('location')).toMatch(
    /^https:\/\/client\.example\/callback\?kept=1&error=/,
  )
  const params = paramsOf(answer)
  expect([params.get('error'), params.get('state'), params.get('iss')]).toEqual([
    error,
    state,
    SELF,
  ])
  expect(params.has('code')).toBe(false)
  expect(params.get('error_description')).toMatch(/^[ !#-[\]-~]+$/)
  expectSealed(answer)
}

const requests = async () => {
  const row = await env.DB.prepare('select count(*) as n from oauth_requests').first<{
    n: number
  }>()
  return row?.n
}

describe('the client and its redirect URI', () => {
  it.each<[what: string, changes: Fields]>([
    ['an unknown client', { client_id: crypto.randomUUID() }],
    ['a client id of no form', { client_id: 'nobody' }],
    ['no client', { client_id: undefined }],
    ['an empty client', { client_id: '' }],
    ['no redirect URI', { redirect_uri: undefined }],
    ['an empty redirect URI', { redirect_uri: '' }],
  ])(
    '12 (RFC 6749 §4.1.2.1): %s is a page, signed in or not, never a redirect',
    async (_what, changes) => {
      await expectPage(await authorize(queryFor(id, changes), browser))
      await expectPage(await authorize(queryFor(id, changes)))
    },
  )

  it.each([
    'https://evil.example/callback?kept=1',
    'https://client.example/callback',
    'https://client.example/callback?kept=1&more=1',
    'https://client.example/callback?kept=2',
    'https://client.example/callback/?kept=1',
    'https://client.example/CALLBACK?kept=1',
    'https://CLIENT.example/callback?kept=1',
    'https://client.example:443/callback?kept=1',
    'https://client.example:8443/callback?kept=1',
    'https://client.example/x/../callback?kept=1',
    'https://client.example/./callback?kept=1',
    'https://client.example/%63allback?kept=1',
    'https://client.example/callback%3Fkept=1',
    'https://client.example@evil.example/callback?kept=1',
    'https://user@client.example/callback?kept=1',
    'https://client.example.evil.example/callback?kept=1',
    'http://client.example/callback?kept=1',
    'https://client.example/callback?kept=1#f',
    ' https://client.example/callback?kept=1',
    'https://client.example\\callback?kept=1',
    'javascript:alert(1)',
    '//client.example/callback?kept=1',
  ])('12 (OAuth 2.1 §2.3.1): redirect URI %j is not the registered one', async (redirect_uri) => {
    await expectPage(await authorize(queryFor(id, { redirect_uri }), browser))
    await expectPage(await authorize(queryFor(id, { redirect_uri })))
  })

  it('12 (RFC 6749 §4.1.2.1): a program that asks for JSON gets the problem as JSON', async () => {
    const query = encoded(queryFor(id, { redirect_uri: 'https://evil.example' }))
    const answer = await call(`/api/oauth/authorize?${query}`, {
      headers: { accept: 'application/json' },
    })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ error: 'invalid_request' })
  })

  it.each([
    ['http://127.0.0.1/cb', 'http://127.0.0.1:51234/cb', true],
    ['http://127.0.0.1:3000/cb', 'http://127.0.0.1/cb', true],
    ['http://localhost:3000/cb', 'http://localhost:51234/cb', true],
    ['http://[::1]/cb?a=1', 'http://[::1]:1/cb?a=1', true],
    ['http://127.0.0.1/cb', 'http://127.0.0.1:51234/other', false],
    ['http://127.0.0.1/cb', 'http://127.0.0.1:51234/cb?x=1', false],
    ['http://127.0.0.1/cb', 'http://127.0.0.1:51234/cb/', false],
    ['http://127.0.0.1/cb', 'http://localhost:51234/cb', false],
    ['http://localhost/cb', 'http://127.0.0.1:51234/cb', false],
    ['http://localhost/cb', 'https://localhost/cb', false],
    ['http://localhost/cb', 'http://localhost:99999/cb', false],
    ['http://localhost/cb', 'http://localhost:/cb', false],
    ['http://localhost/cb', 'http://localhost:1@evil.example/cb', false],
    ['http://localhost/cb', 'http://localhost.evil.example/cb', false],
    ['https://client.example/cb', 'https://client.example:8443/cb', false],
  ])(
    '13 (RFC 8252 §7.3): registered %s, presented %s: accepted is %s',
    async (registered, redirect_uri, taken) => {
      const { id } = await newClient({ redirect_uris: [registered] })
      const answer = await authorize(queryFor(id, { redirect_uri }), browser)
      if (!taken) return expectPage(answer)
      const request = await requestOn(answer)
      const back = await decide(browser, { request, decision: 'approve' })
      expect(back.headers.get('location')?.startsWith(redirect_uri)).toBe(true)
    },
  )

  it('an address that guesses many clients is refused without a look-up for a while; other addresses are not', async () => {
    const { bindings, calls } = recordingStores(env)
    const limit = { name: 'unauthenticated', count: 3, windowMs: 60_000 }
    const gateway = { ...unlimitedGateway(), unauthenticatedLimits: [limit] }
    const { authorize, call } = actorsOf(clientOf(gateway, bindings))
    const guess = () => authorize(queryFor(crypto.randomUUID()))
    for (let i = 0; i < 3; i++) await expectPage(await guess())
    calls.length = 0
    const refused = await guess()
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60'])
    expect(calls).toEqual([])
    const url = `/api/oauth/authorize?${encoded(queryFor(id))}`
    const other = await call(url, { headers: { 'cf-connecting-ip': '192.0.2.9' } })
    expect(other.status).toBe(303)
  })

  it.each(['client_id', 'redirect_uri'])(
    '16 (RFC 6749 §3.1): a repeated %s is a page',
    async (name) => {
      const query = queryFor(id)
      const twice = `${encoded(query)}&${encoded({ [name]: query[name as 'client_id'] })}`
      await expectPage(await authorize(twice, browser))
      await expectPage(await authorize(twice))
    },
  )
})

describe('the parameters of the request', () => {
  it.each<[number: string, what: string, changes: Fields, error: string]>([
    ['14 (RFC 6749 §4.1.2.1)', 'token', { response_type: 'token' }, 'unsupported_response_type'],
    [
      '14 (RFC 6749 §4.1.2.1)',
      'code id_token',
      { response_type: 'code id_token' },
      'unsupported_response_type',
    ],
    ['14 (RFC 6749 §4.1.2.1)', 'no type', { response_type: undefined }, 'invalid_request'],
    ['15 (RFC 7636 §4.4.1)', 'no challenge', { code_challenge: undefined }, 'invalid_request'],
    ['15 (RFC 7636 §4.4.1)', 'an empty challenge', { code_challenge: '' }, 'invalid_request'],
    ['15 (RFC 7636 §4.3)', 'plain', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['15 (RFC 7636 §4.3)', 'no method', { code_challenge_method: undefined }, 'invalid_request'],
    ['15 (RFC 7636 §4.3)', 's256', { code_challenge_method: 's256' }, 'invalid_request'],
    [
      '15 (RFC 7636 §4.2)',
      '42 characters',
      { code_challenge: CHALLENGE.slice(1) },
      'invalid_request',
    ],
    ['15 (RFC 7636 §4.2)', 'padding', { code_challenge: `${CHALLENGE}=` }, 'invalid_request'],
    ['18 (RFC 6749 §3.3)', 'another scope', { scope: 'admin' }, 'invalid_scope'],
    ['18 (RFC 6749 §3.3)', 'one scope more', { scope: 'mcp:tools admin' }, 'invalid_scope'],
    [
      '18 (RFC 8707 §2)',
      'a foreign resource',
      { resource: 'https://evil.example/mcp' },
      'invalid_target',
    ],
    ['18 (RFC 8707 §2)', 'a resource below', { resource: `${RESOURCE}/x` }, 'invalid_target'],
    ['18 (RFC 8707 §2)', 'the whole host', { resource: SELF }, 'invalid_target'],
  ])('%s: %s is refused by a redirect to the client', async (_number, _what, changes, error) => {
    const before = await requests()
    expectRefused(await authorize(queryFor(id, changes), browser), error)
    expect(await requests()).toBe(before)
  })

  it.each(['scope', 'response_type', 'code_challenge', 'code_challenge_method', 'unknown'])(
    '16 (RFC 6749 §3.1): a repeated %s is invalid_request',
    async (name) => {
      const query = `${encoded(queryFor(id, { scope: 'mcp:tools', resource: RESOURCE, unknown: '1' }))}&${name}=x`
      expectRefused(await authorize(query, browser), 'invalid_request')
    },
  )

  it('16 (RFC 6749 §3.1): a repeated state is invalid_request, and no state is sent back', async () => {
    expectRefused(
      await authorize(`${encoded(queryFor(id))}&state=b`, browser),
      'invalid_request',
      null,
    )
  })

  it('17 (RFC 6749 §3.1): unknown and empty parameters are ignored, scope and resource have defaults', async () => {
    for (const changes of [
      {},
      { scope: '', resource: '', prompt: 'none', request_uri: 'https://evil.example' },
      { scope: 'mcp:tools', resource: RESOURCE },
      { resource: 'HTTPS://XQUIK.COM/mcp' },
    ]) {
      const request = await requestOn(await authorize(queryFor(id, changes), browser))
      const row = await env.DB.prepare('select * from oauth_requests where hash = ?')
        .bind(await sha256Hex(request))
        .first()
      expect(row).toMatchObject({ scope: 'mcp:tools', resource: RESOURCE, client_id: id })
    }
  })
})

describe('sign-in and the consent page', () => {
  it('19 (OAuth 2.1 §7.12.2): a person who is not signed in signs in first, whatever else is wrong, and comes back to the same request', async () => {
    for (const changes of [{}, { response_type: 'token' }, { scope: 'admin' }]) {
      const query = encoded(queryFor(id, changes))
      const answer = await authorize(query)
      expect(answer.status).toBe(303)
      const back = encodeURIComponent(`/api/oauth/authorize?${query}`)
      expect(answer.headers.get('location')).toBe(`/sign-in?return=${back}`)
      expectSealed(answer)
    }
  })

  it('19 (OAuth 2.1 §7.12.2): two session cookies, or an invalid one, count as not signed in', async () => {
    const [one, other] = [browser.cookie, (await person()).browser.cookie]
    for (const cookie of [`${one}; ${other}`, 'session_token=nonsense']) {
      const answer = await authorize(queryFor(id), { cookie })
      expect(answer.headers.get('location')).toMatch(/^\/sign-in\?return=/)
    }
  })

  it('20 (OAuth 2.1 §7.12): the page names what the tokens will be good for, and for how long', async () => {
    const { id: app } = await newClient()
    const html = await (await authorize(queryFor(app), browser)).text()
    for (const text of [RESOURCE, 'Use the tools of this account'])
      expect(html).toContain(`<bdi>${text}</bdi>`)
    expect(html).toContain('Until it has not been used for 30 days, or until you end it')
    const { browser: reader, accountId } = await person()
    await env.DB.prepare("update accounts set locale = 'es' where id = ?").bind(accountId).run()
    expect(await (await authorize(queryFor(app), reader)).text()).toContain(
      '<bdi>Usar las herramientas de esta cuenta</bdi>',
    )
    // A page, because the list of the API is JSON.
    expect(html).toContain(`${SELF}/dashboard/apps`)
    expect(html).not.toContain('/oauth/grants')
    expect(html).not.toContain(`<bdi>${SELF}/api/v1</bdi>`)
  })

  it('20 (OAuth 2.1 §7.12): the page cannot be framed or cached, sends no referrer, and shows who asks and where an answer leads', async () => {
    const { id } = await newClient({
      client_name: '<img src=x onerror=alert(1)>\u202e"\'&',
      redirect_uris: ['http://localhost/cb', REDIRECT],
    })
    const page = await authorize(queryFor(id), browser)
    expectSealed(page)
    const html = await page.text()
    expect(html).toContain('client.example')
    expect(html).toContain(`${accountId}@example.com`)
    expect(html).toContain('&lt;img src=x')
    expect(html).not.toMatch(/<img(?! src="\/assets\/logo\.svg" alt="")|\u202e|<script/)
    expect(html).not.toContain('on your own computer')
    const local = await authorize(queryFor(id, { redirect_uri: 'http://localhost:3/cb' }), browser)
    expect(await local.text()).toContain('on your own computer')
  })

  it('22 (OAuth 2.1 §7.3.1): a public client that was approved before needs consent again', async () => {
    const { id } = await newClient()
    for (let i = 0; i < 2; i++) {
      const request = await requestOn(await authorize(queryFor(id), browser))
      expect((await decide(browser, { request, decision: 'approve' })).status).toBe(303)
    }
  })

  it('showing a page deletes up to ten expired pages from the store', async () => {
    for (let i = 0; i < 2; i++) await authorize(queryFor(id), browser)
    await env.DB.prepare('update oauth_requests set expires_at = 1').run()
    const before = (await requests()) ?? 0
    expect(before).toBeGreaterThan(1)
    const request = await requestOn(await authorize(queryFor(id), browser))
    expect(await requests()).toBe(1 + Math.max(0, before - 10))
    expect((await decide(browser, { request, decision: 'approve' })).status).toBe(303)
  })

  it('an account is shown at most 120 pages a minute', async () => {
    const { authorize, newClient, person } = actorsOf(clientOf(shippedGateway(unlimited)))
    const { id } = await newClient()
    const { accountId } = await person()
    const browsers = []
    for (let i = 0; i < 7; i++) browsers.push(cookie(await seedSession(accountId)))
    for (let i = 0; i < 120; i++)
      await requestOn(await authorize(queryFor(id), browsers[Math.floor(i / 20)] ?? {}))
    const refused = await authorize(queryFor(id), browsers[6] ?? {})
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    await expectPage(refused, 429)
  })

  it('a session is looked up at most 20 times a minute, and another one still is', async () => {
    const { bindings, asked } = faultyStores(env, 'refused', Number.POSITIVE_INFINITY)
    const { authorize, newClient, person } = actorsOf(clientOf(shippedGateway(unlimited), bindings))
    const { id } = await newClient()
    const { browser, accountId } = await person()
    for (let i = 0; i < 20; i++) await requestOn(await authorize(queryFor(id), browser))
    const before = asked()
    await expectPage(await authorize(queryFor(id), browser), 429)
    expect(asked()).toBe(before)
    await requestOn(await authorize(queryFor(id), cookie(await seedSession(accountId))))
  })
})

describe('the decision', () => {
  const ask = async (changes: Fields = {}) =>
    requestOn(await authorize(queryFor(id, changes), browser))

  const grants = async (account: string) => {
    const rows = await env.DB.prepare('select * from oauth_grants where account_id = ?')
      .bind(account)
      .all()
    return rows.results
  }

  it('21 (OAuth 2.1 §7.12): a page gives one code, even to twelve answers at a time, and takes no other answer', async () => {
    const { accountId, browser } = await person()
    const request = await requestOn(await authorize(queryFor(id), browser))
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => decide(browser, { request, decision: 'approve' })),
    )
    const locations = new Set(answers.map(({ headers }) => headers.get('location')))
    expect([locations.size, answers.every(({ status }) => status === 303)]).toEqual([1, true])
    expect(await grants(accountId)).toHaveLength(1)
    await expectPage(await decide(browser, { request, decision: 'deny' }))
    const none = { request, decision: 'approve', choice: 'scopes' }
    await expectPage(await decide(browser, none))
  })

  it('21 (OAuth 2.1 §7.12): only the session that saw the page can answer it', async () => {
    const request = await ask()
    const stranger = await person()
    const otherSession = cookie(await seedSession(accountId))
    for (const other of [stranger.browser, otherSession, {}])
      await expectPage(await decide(other, { request, decision: 'approve' }))
    expect(await grants(stranger.accountId)).toEqual([])
    expect((await decide(browser, { request, decision: 'approve' })).status).toBe(303)
  })

  it.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['a sister site', { 'sec-fetch-site': 'same-site' }],
    ['another origin', { 'sec-fetch-site': '', origin: 'https://evil.example' }],
  ])(
    '21 (OAuth 2.1 §7.12): a POST from %s is refused, and the page can still be answered',
    async (_who, given) => {
      const request = await ask()
      const headers: Record<string, string> = { origin: SELF, ...browser, ...given }
      if (headers['sec-fetch-site'] === '') delete headers['sec-fetch-site']
      const answer = await post('/api/oauth/authorize', { request, decision: 'approve' }, headers)
      await expectPage(answer, 403)
      expect((await decide(browser, { request, decision: 'approve' })).status).toBe(303)
    },
  )

  it('21 (OAuth 2.1 §7.12): fields of the form change neither the client nor the redirect', async () => {
    const other = await newClient({ redirect_uris: ['https://evil.example/cb'] })
    const request = await ask()
    const answer = await decide(browser, {
      request,
      decision: 'approve',
      client_id: other.id,
      state: 'evil',
      redirect_uri: 'https://evil.example/cb',
      scope: 'admin',
      code_challenge: 'evil',
    })
    expect(answer.headers.get('location')).toMatch(
      /^https:\/\/client\.example\/callback\?kept=1&code=/,
    )
    expect(paramsOf(answer).get('state')).toBe('st')
  })

  it.each<[what: string, fields: Fields]>([
    ['no request token', { request: undefined }],
    ['a made-up request token', { request: '0'.repeat(64) }],
    ['no decision', { decision: undefined }],
    ['an unknown decision', { decision: 'maybe' }],
  ])('21 (OAuth 2.1 §7.12): %s is refused by a page of ours', async (_what, fields) => {
    const request = await ask()
    await expectPage(await decide(browser, { request, decision: 'approve', ...fields }))
  })

  it('21 (OAuth 2.1 §7.12): a page expires after ten minutes', async () => {
    const request = await ask()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 600_001 })
    try {
      await expectPage(await decide(browser, { request, decision: 'approve' }))
    } finally {
      vi.useRealTimers()
    }
  })

  it('23 (RFC 6749 §4.1.2, RFC 9207 §2): approval redirects to exactly the redirect URI with one code, the state unchanged, and iss', async () => {
    const state = 'a b+c%&=é"<>#\'/?\u{1f511}'
    const request = await ask({ state })
    const answer = await decide(browser, { request, decision: 'approve' })
    expect(answer.status).toBe(303)
    const location = answer.headers.get('location') ?? ''
    expect(location.startsWith(`${REDIRECT}&code=`)).toBe(true)
    expect(location).not.toContain('+')
    const params = paramsOf(answer)
    expect([...params.keys()]).toEqual(['kept', 'code', 'state', 'iss'])
    expect(params.get('code')).toMatch(/^[0-9a-f]{64}$/)
    expect([params.get('state'), params.get('iss')]).toEqual([state, SELF])
    expectSealed(answer)
    const codes = await env.DB.prepare('select hash from oauth_codes where hash = ?')
      .bind(await sha256Hex(params.get('code') ?? ''))
      .all()
    expect(codes.results).toHaveLength(1)
  })

  it('23 (RFC 6749 §4.1.2): a request without a state gets no state back', async () => {
    const request = await ask({ state: undefined })
    const answer = await decide(browser, { request, decision: 'approve' })
    expect([...paramsOf(answer).keys()]).toEqual(['kept', 'code', 'iss'])
  })

  it('23 (RFC 6749 §4.1.2.1): denial is access_denied with state and iss, and grants nothing', async () => {
    const { accountId, browser } = await person()
    const request = await requestOn(await authorize(queryFor(id), browser))
    expectRefused(await decide(browser, { request, decision: 'deny' }), 'access_denied')
    expect(await grants(accountId)).toEqual([])
    await expectPage(await decide(browser, { request, decision: 'approve' }))
  })

  it('23 (RFC 6749 §4.1.2.1): allowing with no scope ticked is access_denied, and grants nothing', async () => {
    const { accountId, browser } = await person()
    const request = await requestOn(await authorize(queryFor(id), browser))
    const answer = await decide(browser, { request, choice: 'scopes', decision: 'approve' })
    expectRefused(answer, 'access_denied')
    expect(await grants(accountId)).toEqual([])
  })

  it('24 (OAuth 2.1 §7.13): signing in returns to the path of the request, on this host', async () => {
    for (const state of [
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      'javascript:x',
    ]) {
      const answer = await authorize(queryFor(id, { state }))
      const location = answer.headers.get('location') ?? ''
      expect(location.startsWith('/sign-in?return=%2Fapi%2Foauth%2Fauthorize%3F')).toBe(true)
      const { origin, searchParams } = new URL(location, SELF)
      expect([origin, new URL(searchParams.get('return') ?? '', SELF).origin]).toEqual([SELF, SELF])
    }
  })

  it.each(['PUT', 'DELETE', 'HEAD', 'OPTIONS'])('%s is 405 with Allow', async (method) => {
    const answer = await call('/api/oauth/authorize', { method, headers: browser })
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, POST'])
  })

  it('no state, request token or code is in the log', async () => {
    const lines: string[] = []
    const info = vi
      .spyOn(console, 'info')
      .mockImplementation((line) => void lines.push(String(line)))
    const error = vi
      .spyOn(console, 'error')
      .mockImplementation((line) => void lines.push(String(line)))
    try {
      const state = 'secret-state'
      const request = await ask({ state })
      const answer = await decide(browser, { request, decision: 'approve' })
      const code = paramsOf(answer).get('code') ?? ''
      await authorize(queryFor(id, { state, scope: 'admin' }), browser)
      const log = lines.join('\n')
      expect(log).toContain('/api/oauth/authorize')
      for (const secret of [state, request, code]) expect(log).not.toContain(secret)
    } finally {
      info.mockRestore()
      error.mockRestore()
    }
  })
})
