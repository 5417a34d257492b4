/**
 * The token and revocation endpoints: codes, refresh tokens, families. A number at the start of a
 * title is that of the table in test/conformance/README.md.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { sha256Hex } from '../../../../src/lib/bytes.ts'
import { clientOf, env, recordingOrigin } from '../../../support/worker/gateway.ts'
import {
  actorsOf,
  encoded,
  expectError,
  type Fields,
  REDIRECT,
  RESOURCE,
  type Tokens,
  unlimitedGateway,
  VERIFIER,
} from '../../../support/worker/oauth.ts'

const ORIGIN = recordingOrigin().binding
const isolate = () => actorsOf(clientOf(unlimitedGateway(), { ORIGIN }))
const {
  call,
  post,
  newClient,
  person,
  codeFor,
  redeem,
  refresh,
  revoke,
  clientWithTokens,
  statusWith,
} = isolate()

const TOKEN = '/api/oauth/token'
const SECRET = { token_endpoint_auth_method: 'client_secret_post' }

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
})
afterEach(() => vi.useRealTimers())
const pass = (ms: number) => vi.setSystemTime(Date.now() + ms)

/** A client with a code that is not redeemed yet. */
async function withCode(metadata: object = {}) {
  const client = await newClient(metadata)
  const { browser, accountId } = await person()
  return { client, browser, accountId, code: await codeFor(client.id, browser) }
}

/** Asserts that an answer is a pair of tokens in its form, and returns the pair. */
async function expectPair(answer: Response): Promise<Tokens> {
  const body = await answer.json<Tokens>()
  expect([answer.status, body]).toEqual([
    200,
    {
      access_token: expect.stringMatching(/^[0-9a-f]{64}$/),
      token_type: 'Bearer',
      expires_in: 86_400,
      refresh_token: expect.stringMatching(/^[0-9a-f]{64}$/),
      scope: 'mcp:tools',
    },
  ])
  return body
}

const liveTokens = async (accountId: string) => {
  const row = await env.DB.prepare(
    `select count(*) as n from oauth_tokens t join oauth_grants g on g.id = t.grant_id
     where g.account_id = ? and g.revoked_at is null and t.used_at is null and t.revoked_at is null`,
  )
    .bind(accountId)
    .first<{ n: number }>()
  return row?.n
}

describe('the token endpoint', () => {
  it.each(['GET', 'PUT', 'DELETE', 'HEAD'])('25 (RFC 6749 §3.2): %s is refused', async (method) => {
    const answer = await call(TOKEN, { method })
    expect(answer.headers.get('allow')).toBe('POST')
    if (method === 'HEAD') return expect(answer.status).toBe(405)
    return expectError(answer, 405, 'method_not_allowed')
  })

  it('25 (RFC 6749 §3.2): reads a form only, and nothing from the URL', async () => {
    const { client, code } = await withCode()
    const fields = {
      grant_type: 'authorization_code',
      code,
      client_id: client.id,
      code_verifier: VERIFIER,
      redirect_uri: REDIRECT,
    }
    const json = { 'content-type': 'application/json' }
    await expectError(await post(TOKEN, JSON.stringify(fields), json), 400, 'invalid_request')
    await expectError(await post(`${TOKEN}?${encoded(fields)}`, ''), 400, 'invalid_request')
    await expectError(await post(TOKEN, 'a=b'.repeat(10_000)), 413, 'payload_too_large')
    await expectPair(await post(TOKEN, fields))
  })

  it('26 (RFC 6749 §5.1): answers with a pair of tokens as uncacheable JSON, and stores only their hashes', async () => {
    const { client, code, accountId } = await withCode()
    const answer = await redeem(client.id, code)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('content-type')).toBe('application/json')
    const tokens = await expectPair(answer)
    const rows = await env.DB.prepare(
      'select t.* from oauth_tokens t join oauth_grants g on g.id = t.grant_id where account_id = ?',
    )
      .bind(accountId)
      .all<{ kind: string; hash: string; expires_at: number }>()
    const byKind = Object.fromEntries(rows.results.map((row) => [row.kind, row]))
    expect(byKind.access).toMatchObject({ hash: await sha256Hex(tokens.access_token) })
    expect(byKind.refresh).toMatchObject({ hash: await sha256Hex(tokens.refresh_token) })
    expect(byKind.access?.expires_at).toBe(Date.now() + 86_400_000)
    expect(byKind.refresh?.expires_at).toBe(Date.now() + 30 * 86_400_000)
    expect(JSON.stringify(rows.results)).not.toContain(tokens.access_token)
  })

  it('26 (OAuth 2.1 §10.2): works without redirect_uri, and refuses another redirect_uri', async () => {
    const one = await withCode()
    await expectPair(await redeem(one.client.id, one.code, { redirect_uri: undefined }))
    const two = await withCode()
    const other = { redirect_uri: 'https://client.example/other' }
    await expectError(await redeem(two.client.id, two.code, other), 400, 'invalid_grant')
    await expectPair(await redeem(two.client.id, two.code))
  })

  it('26 (RFC 7591 §2): a client that did not register for refresh tokens gets none', async () => {
    const { client, code } = await withCode({ grant_types: ['authorization_code'] })
    const body = await (await redeem(client.id, code)).json()
    expect(body).not.toHaveProperty('refresh_token')
    expect(body).toHaveProperty('access_token')
  })

  it.each<[what: string, verifier: string | undefined, error: string]>([
    ['wrong', VERIFIER.replace('0', '1'), 'invalid_grant'],
    ['the challenge itself', 'x'.repeat(43), 'invalid_grant'],
    ['too short', VERIFIER.slice(0, 42), 'invalid_grant'],
    ['too long', 'v'.repeat(129), 'invalid_grant'],
    ['missing', undefined, 'invalid_request'],
    ['empty', '', 'invalid_request'],
  ])(
    '27 (RFC 7636 §4.6): a verifier that is %s gets no tokens, and leaves the code valid',
    async (_what, code_verifier, error) => {
      const { client, code, accountId } = await withCode()
      await expectError(await redeem(client.id, code, { code_verifier }), 400, error)
      expect(await liveTokens(accountId)).toBe(0)
      await expectPair(await redeem(client.id, code))
    },
  )

  it("28 (RFC 6749 §4.1.3): another client's code is invalid_grant, and stays valid for its own client", async () => {
    const { client, code } = await withCode()
    const other = await newClient()
    await expectError(await redeem(other.id, code), 400, 'invalid_grant')
    await expectPair(await redeem(client.id, code))
  })

  it('28 (RFC 6749 §4.1.2): a second use of a code is invalid_grant, and ends the tokens of the first use at once', async () => {
    const { client, code, tokens } = await clientWithTokens()
    expect(await statusWith(tokens.access_token)).toBe(200)
    await expectError(await redeem(client.id, code), 400, 'invalid_grant')
    expect(await statusWith(tokens.access_token)).toBe(401)
    await expectError(await refresh(client.id, tokens.refresh_token), 400, 'invalid_grant')
  })

  it('28 (RFC 6749 §4.1.2): a second use of an expired code ends the tokens too, in every isolate', async () => {
    const { client, code, tokens } = await clientWithTokens()
    pass(120_000)
    await expectError(await isolate().redeem(client.id, code), 400, 'invalid_grant')
    expect(await isolate().statusWith(tokens.access_token)).toBe(401)
  })

  it('28 (RFC 9700 §4.5): a second use without the verifier, or by another client, ends no tokens', async () => {
    const { client, code, tokens } = await clientWithTokens()
    const other = await newClient()
    const guess = { code_verifier: 'x'.repeat(43) }
    await expectError(await redeem(client.id, code, guess), 400, 'invalid_grant')
    await expectError(await redeem(other.id, code), 400, 'invalid_grant')
    expect(await isolate().statusWith(tokens.access_token)).toBe(200)
  })

  it('29: a code expires after 60 s', async () => {
    const [early, late] = [await withCode(), await withCode()]
    pass(59_000)
    await expectPair(await redeem(early.client.id, early.code))
    pass(1_000)
    await expectError(await redeem(late.client.id, late.code), 400, 'invalid_grant')
    expect(await liveTokens(late.accountId)).toBe(0)
  })

  it('30 (RFC 6749 §5.2): an unknown client is invalid_client, whatever its code or token', async () => {
    for (const id of [crypto.randomUUID(), 'nobody', 'https://localhost/x', 'http://a.example/x']) {
      await expectError(await redeem(id, 'nonsense'), 401, 'invalid_client')
      await expectError(await refresh(id, 'nonsense'), 401, 'invalid_client')
    }
    const { client, tokens } = await clientWithTokens()
    await env.DB.prepare('delete from oauth_clients where id = ?').bind(client.id).run()
    pass(5_000) // the lease of a known client
    await expectError(await refresh(client.id, tokens.refresh_token), 401, 'invalid_client')
  })

  it('30 (RFC 6749 §3.2.1): a confidential client must send its own secret', async () => {
    const { client, code } = await withCode(SECRET)
    const other = await newClient(SECRET)
    for (const client_secret of [
      undefined,
      '',
      'wrong',
      other.secret,
      await sha256Hex(client.secret ?? ''),
    ]) {
      await expectError(await redeem(client.id, code, { client_secret }), 401, 'invalid_client')
    }
    const { secret: client_secret } = client
    const { refresh_token } = await expectPair(await redeem(client.id, code, { client_secret }))
    await expectError(await refresh(client.id, refresh_token), 401, 'invalid_client')
    await expectPair(await refresh(client.id, refresh_token, { client_secret }))
  })

  it('30 (RFC 6749 §5.2): a client that authenticates by Basic is refused with a Basic challenge', async () => {
    const basic = { authorization: `Basic ${btoa('a:b')}` }
    const answer = await post(TOKEN, { grant_type: 'refresh_token' }, basic)
    expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm="/)
    await expectError(answer, 401, 'invalid_client')
  })

  it.each(['password', 'client_credentials', 'implicit', 'AUTHORIZATION_CODE'])(
    '31 (RFC 6749 §5.2): grant_type %s is unsupported',
    async (grant_type) => {
      const { client, code } = await withCode()
      const answer = await redeem(client.id, code, { grant_type })
      await expectError(answer, 400, 'unsupported_grant_type')
    },
  )

  it.each(['grant_type', 'client_id', 'code', 'code_verifier'])(
    '31 (RFC 6749 §5.2): a request without %s is invalid_request',
    async (name) => {
      const { client, code } = await withCode()
      await expectError(
        await redeem(client.id, code, { [name]: undefined }),
        400,
        'invalid_request',
      )
      await expectPair(await redeem(client.id, code))
    },
  )

  it('31 (RFC 6749 §3.2): a repeated parameter is invalid_request', async () => {
    const { client, tokens } = await clientWithTokens()
    const form = encoded({
      grant_type: 'refresh_token',
      client_id: client.id,
      refresh_token: tokens.refresh_token,
      scope: 'mcp:tools',
    })
    for (const name of ['grant_type', 'client_id', 'refresh_token', 'scope', 'x=1&x']) {
      const answer = await post(TOKEN, `${form}&${name}=mcp:tools`)
      await expectError(answer, 400, 'invalid_request')
    }
    await expectPair(await post(TOKEN, form))
  })

  it('32 (RFC 8707 §2.2): a foreign resource is invalid_target and uses nothing up; our resource or none is accepted', async () => {
    const { client, code } = await withCode()
    const foreign = { resource: 'https://evil.example/mcp' }
    await expectError(await redeem(client.id, code, foreign), 400, 'invalid_target')
    const first = await expectPair(await redeem(client.id, code, { resource: RESOURCE }))
    const failed = await refresh(client.id, first.refresh_token, foreign)
    await expectError(failed, 400, 'invalid_target')
    const ours = { resource: RESOURCE }
    const second = await expectPair(await refresh(client.id, first.refresh_token, ours))
    await expectPair(await refresh(client.id, second.refresh_token))
  })

  it('a disabled account gets no tokens', async () => {
    const { client, tokens, accountId } = await clientWithTokens()
    const open = await codeFor(client.id, (await person()).browser)
    await env.DB.prepare(
      'update accounts set disabled_at = 1 where id = ? or id in (select account_id from oauth_grants where client_id = ?)',
    )
      .bind(accountId, client.id)
      .run()
    await expectError(await refresh(client.id, tokens.refresh_token), 400, 'invalid_grant')
    await expectError(await redeem(client.id, open), 400, 'invalid_grant')
    expect(await isolate().statusWith(tokens.access_token)).toBe(401)
  })

  it('failures are counted for the address, like every unauthenticated answer', async () => {
    const limit = { name: 'unauthenticated', count: 3, windowMs: 60_000 }
    const capped = clientOf({ ...unlimitedGateway(), unauthenticatedLimits: [limit] })
    const { redeem } = actorsOf(capped)
    const { client, code } = await withCode()
    for (let i = 0; i < 3; i++)
      await expectError(await redeem(client.id, 'nonsense'), 400, 'invalid_grant')
    const refused = await redeem(client.id, 'nonsense')
    expect(refused.headers.get('retry-after')).toBe('60')
    await expectError(refused, 429, 'rate_limit_exceeded')
    await expectPair(await redeem(client.id, code))
  })
})

describe('refreshing', () => {
  it('33 (OAuth 2.1 §4.3.1): gives a new pair, and the old refresh token is refused at once', async () => {
    const { client, tokens } = await clientWithTokens()
    const next = await expectPair(await refresh(client.id, tokens.refresh_token))
    expect(next.refresh_token).not.toBe(tokens.refresh_token)
    expect(next.access_token).not.toBe(tokens.access_token)
    await expectError(await refresh(client.id, tokens.refresh_token), 400, 'invalid_grant')
    expect(await statusWith(next.access_token)).toBe(200)
    await expectPair(await refresh(client.id, next.refresh_token))
  })

  it('33: a refresh token lives 30 days, and its successor 30 days more', async () => {
    const { client, tokens } = await clientWithTokens()
    pass(30 * 86_400_000 - 1_000)
    const next = await expectPair(await refresh(client.id, tokens.refresh_token))
    pass(29 * 86_400_000)
    const last = await expectPair(await refresh(client.id, next.refresh_token))
    pass(30 * 86_400_000)
    await expectError(await refresh(client.id, last.refresh_token), 400, 'invalid_grant')
  })

  it('34 (OAuth 2.1 §4.3.1): a used token that returns within 10 s is refused and ends nothing, because clients race themselves', async () => {
    const { client, tokens } = await clientWithTokens()
    const next = await expectPair(await refresh(client.id, tokens.refresh_token))
    pass(10_000)
    await expectError(await refresh(client.id, tokens.refresh_token), 400, 'invalid_grant')
    expect(await isolate().statusWith(next.access_token)).toBe(200)
    await expectPair(await refresh(client.id, next.refresh_token))
  })

  it('34 (OAuth 2.1 §4.3.1): a used token that returns after 10 s ends the family: the new pair and the first access token, for good', async () => {
    const { client, tokens } = await clientWithTokens()
    const next = await expectPair(await refresh(client.id, tokens.refresh_token))
    for (const token of [tokens.access_token, next.access_token])
      expect(await statusWith(token)).toBe(200)
    pass(10_001)
    await expectError(await refresh(client.id, tokens.refresh_token), 400, 'invalid_grant')
    for (const token of [tokens.access_token, next.access_token])
      expect(await statusWith(token)).toBe(401)
    await expectError(await refresh(client.id, next.refresh_token), 400, 'invalid_grant')
  })

  it('34 (OAuth 2.1 §4.3.1): the end of a family ends no other grant of the client and the account', async () => {
    const { client, browser, tokens } = await clientWithTokens()
    const other = await expectPair(await redeem(client.id, await codeFor(client.id, browser)))
    await expectPair(await refresh(client.id, tokens.refresh_token))
    pass(10_001)
    await refresh(client.id, tokens.refresh_token)
    expect(await statusWith(other.access_token)).toBe(200)
  })

  it('35 (OAuth 2.1 §4.3): another client with the refresh token can neither use it nor lock its owner out', async () => {
    const { client, tokens } = await clientWithTokens()
    const stranger = await newClient()
    const next = await expectPair(await refresh(client.id, tokens.refresh_token))
    pass(60_000)
    for (const token of [tokens.refresh_token, next.refresh_token]) {
      await expectError(await refresh(stranger.id, token), 400, 'invalid_grant')
      expect((await revoke(stranger.id, token)).status).toBe(200)
    }
    expect((await revoke(stranger.id, next.access_token)).status).toBe(200)
    expect(await isolate().statusWith(next.access_token)).toBe(200)
    await expectPair(await refresh(client.id, next.refresh_token))
  })

  it("35 (OAuth 2.1 §4.3): a confidential client's refresh token can neither be used nor revoked without the client's secret", async () => {
    const { client, tokens } = await clientWithTokens(SECRET)
    const { secret: client_secret } = client
    const { refresh_token } = await expectPair(
      await refresh(client.id, tokens.refresh_token, { client_secret }),
    )
    pass(60_000)
    await expectError(await refresh(client.id, tokens.refresh_token), 401, 'invalid_client')
    await expectError(await revoke(client.id, refresh_token), 401, 'invalid_client')
    await expectPair(await refresh(client.id, refresh_token, { client_secret }))
  })

  it('35 (RFC 6749 §6): the scope cannot widen, and an attempt uses nothing up', async () => {
    const { client, tokens } = await clientWithTokens()
    for (const scope of ['mcp:tools admin', 'admin', 'mcp:tools  mcp:tools'])
      await expectError(
        await refresh(client.id, tokens.refresh_token, { scope }),
        400,
        'invalid_scope',
      )
    const scope = 'mcp:tools'
    await expectPair(await refresh(client.id, tokens.refresh_token, { scope }))
  })

  it('35 (RFC 6749 §1.5): a secret of one kind is not accepted as another kind', async () => {
    const { client, tokens, code } = await clientWithTokens()
    const fresh = await codeFor(client.id, (await person()).browser)
    for (const token of [tokens.access_token, code, fresh])
      await expectError(await refresh(client.id, token), 400, 'invalid_grant')
    for (const token of [tokens.access_token, tokens.refresh_token])
      await expectError(await redeem(client.id, token), 400, 'invalid_grant')
    for (const token of [tokens.refresh_token, code, fresh])
      expect(await statusWith(token)).toBe(401)
    expect(await statusWith(tokens.access_token)).toBe(200)
  })
})

it('an account gets a limited number of pairs a minute; failures are not counted, and a refusal uses nothing up', async () => {
  const gateway = unlimitedGateway()
  const tokens = [{ name: 'oauth token', count: 3, windowMs: 60_000 }]
  const oauth = gateway.oauth && { ...gateway.oauth, limits: { ...gateway.oauth.limits, tokens } }
  const limited = actorsOf(clientOf({ ...gateway, oauth }))
  const { client, browser, tokens: first } = await limited.clientWithTokens()
  for (let i = 0; i < 5; i++) await limited.refresh(client.id, first.access_token)
  const second = await expectPair(await limited.refresh(client.id, first.refresh_token))
  const third = await expectPair(await limited.refresh(client.id, second.refresh_token))
  const code = await codeFor(client.id, browser)
  for (const refused of [
    await limited.refresh(client.id, third.refresh_token),
    await limited.redeem(client.id, code),
  ]) {
    expect(refused.headers.get('retry-after')).toBe('60')
    await expectError(refused, 429, 'rate_limit_exceeded')
  }
  const other = await withCode()
  await expectPair(await limited.redeem(other.client.id, other.code))
  pass(59_999)
  await expectPair(await refresh(client.id, third.refresh_token))
})

describe('revocation', () => {
  it('36 (RFC 7009 §2): a revoked access token ends at once, its refresh token lives on', async () => {
    const { client, tokens } = await clientWithTokens()
    expect(await statusWith(tokens.access_token)).toBe(200)
    const answer = await revoke(client.id, tokens.access_token)
    expect([answer.status, await answer.text()]).toEqual([200, ''])
    expect(answer.headers.get('cache-control')).toBe('no-store')
    for (const { statusWith: status } of [{ statusWith }, isolate()])
      expect(await status(tokens.access_token)).toBe(401)
    await expectPair(await refresh(client.id, tokens.refresh_token))
  })

  it('36 (RFC 7009 §2.1): a revoked refresh token ends, and the access tokens of its grant with it', async () => {
    const { client, tokens } = await clientWithTokens()
    expect(await statusWith(tokens.access_token)).toBe(200)
    expect((await revoke(client.id, tokens.refresh_token)).status).toBe(200)
    await expectError(await refresh(client.id, tokens.refresh_token), 400, 'invalid_grant')
    for (const { statusWith: status } of [{ statusWith }, isolate()])
      expect(await status(tokens.access_token)).toBe(401)
  })

  it('37 (RFC 7009 §2.2): a token that is unknown, made up or already revoked is 200 without a body', async () => {
    const { client, tokens, code } = await clientWithTokens()
    await revoke(client.id, tokens.refresh_token)
    const made = ['x', '0'.repeat(64), 'é', 'x'.repeat(1_000)]
    for (const token of [...made, code, tokens.access_token, tokens.refresh_token]) {
      const answer = await revoke(client.id, token)
      expect([answer.status, await answer.text()]).toEqual([200, ''])
    }
  })

  it.each(['refresh_token', 'nonsense', undefined])(
    '37 (RFC 7009 §2.1): an access token with the hint %s is revoked',
    async (token_type_hint) => {
      const { client, tokens } = await clientWithTokens()
      await revoke(client.id, tokens.access_token, { token_type_hint })
      expect(await statusWith(tokens.access_token)).toBe(401)
      await revoke(client.id, tokens.refresh_token, { token_type_hint: 'access_token' })
      await expectError(await refresh(client.id, tokens.refresh_token), 400, 'invalid_grant')
    },
  )

  it.each<[what: string, changes: Fields, status: number, error: string]>([
    ['without a token', { token: undefined }, 400, 'invalid_request'],
    ['without a client', { client_id: undefined }, 400, 'invalid_request'],
    ['by an unknown client', { client_id: crypto.randomUUID() }, 401, 'invalid_client'],
  ])(
    '37 (RFC 7009 §2.2.1): a request %s is an error, and ends nothing',
    async (_what, changes, status, error) => {
      const { client, tokens } = await clientWithTokens()
      await expectError(await revoke(client.id, tokens.access_token, changes), status, error)
      expect(await statusWith(tokens.access_token)).toBe(200)
    },
  )

  it('37 (RFC 7009 §2.1): a confidential client must authenticate', async () => {
    const { client, tokens } = await clientWithTokens(SECRET)
    await expectError(await revoke(client.id, tokens.access_token), 401, 'invalid_client')
    expect(await statusWith(tokens.access_token)).toBe(200)
    const { secret: client_secret } = client
    await revoke(client.id, tokens.access_token, { client_secret })
    expect(await statusWith(tokens.access_token)).toBe(401)
  })
})
