/** The requests that an OAuth client and the person at its browser send to a gateway. */
import { expect } from 'vitest'
import type { Config } from '../../../src/config/config.ts'
import { sha256, toBase64url, utf8 } from '../../../src/lib/bytes.ts'
import { type Client, shippedGateway, unlimited } from './gateway.ts'
import { cookie, seedAccount, seedSession } from './seed.ts'

export const SELF = 'https://xquik.com'
export const RESOURCE = `${SELF}/mcp`
export const REDIRECT = 'https://client.example/callback?kept=1'
export const VERIFIER = 'v'.repeat(21).concat('-._~', '0'.repeat(30))
export const CHALLENGE = toBase64url(await sha256(utf8(VERIFIER)))

export type Fields = Record<string, string | undefined>

export interface Tokens {
  access_token: string
  refresh_token: string
}

/** The shipped gateway without limits: the tests share one address. */
export function unlimitedGateway(): Config {
  const config = shippedGateway(unlimited)
  const none = {
    registrationsByAddress: [],
    lookUpsByAddress: [],
    registrations: [],
    consents: [],
    tokens: [],
    presented: [],
  }
  const { oauth, signIn } = config
  return {
    ...config,
    unauthenticatedLimits: [],
    unpaidLimits: [],
    signIn: signIn && { ...signIn, secretLimits: [] },
    oauth: oauth && { ...oauth, limits: none },
  }
}

/** Fields as a query or a form; those that are undefined are left out. */
export function encoded(fields: Fields): string {
  const given = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as [string, string]],
  )
  return new URLSearchParams(given).toString()
}

/** Functions that send these requests with a client, and return what the next request needs. */
export function actorsOf({ call, settled }: Client) {
  const post = (path: string, fields: Fields | string, headers: Record<string, string> = {}) =>
    call(path, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: typeof fields === 'string' ? fields : encoded(fields),
    })

  const register = (metadata: unknown) =>
    call('/api/oauth/register', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof metadata === 'string' ? metadata : JSON.stringify(metadata),
    })

  /** Registers a new client: its id, and its secret if it has one. */
  async function newClient(metadata: object = {}): Promise<{ id: string; secret?: string }> {
    const given = { client_name: 'A client', redirect_uris: [REDIRECT], ...metadata }
    const response = await register(given)
    expect(response.status).toBe(201)
    const { client_id, client_secret } = await response.json<Record<string, string>>()
    return {
      id: client_id ?? '',
      ...(client_secret === undefined ? {} : { secret: client_secret }),
    }
  }

  /** A new signed-in person: the account, and the cookie header of the browser. */
  async function person() {
    const accountId = await seedAccount()
    return { accountId, browser: cookie(await seedSession(accountId)) }
  }

  /** The query of a valid authorization request, with `changes`. */
  const queryFor = (clientId: string, changes: Fields = {}) => ({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: REDIRECT,
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    state: 'st',
    ...changes,
  })

  const authorize = (query: Fields | string, browser: Record<string, string> = {}) =>
    call(`/api/oauth/authorize?${typeof query === 'string' ? query : encoded(query)}`, {
      headers: browser,
    })

  /** The request token in the form of a consent page. */
  async function requestOn(page: Response): Promise<string> {
    expect(page.status).toBe(200)
    const [, request] = /name="request" value="([^"]+)"/.exec(await page.text()) ?? []
    expect(request).toMatch(/^[0-9a-f]{64}$/)
    return request ?? ''
  }

  const decide = (browser: Record<string, string>, fields: Fields, headers = {}) =>
    post('/api/oauth/authorize', fields, {
      origin: SELF,
      'sec-fetch-site': 'same-origin',
      ...browser,
      ...headers,
    })

  /** A code for the client, by approving its consent page. */
  async function codeFor(
    clientId: string,
    browser: Record<string, string>,
    changes: Fields = {},
  ): Promise<string> {
    const request = await requestOn(await authorize(queryFor(clientId, changes), browser))
    const answer = await decide(browser, { request, decision: 'approve' })
    expect(answer.status).toBe(303)
    return paramsOf(answer).get('code') ?? ''
  }

  const redeem = (clientId: string, code: string, changes: Fields = {}) =>
    post('/api/oauth/token', {
      grant_type: 'authorization_code',
      code,
      client_id: clientId,
      code_verifier: VERIFIER,
      redirect_uri: REDIRECT,
      ...changes,
    })

  const refresh = (clientId: string, refreshToken: string, changes: Fields = {}) =>
    post('/api/oauth/token', {
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      client_id: clientId,
      ...changes,
    })

  const revoke = (clientId: string | undefined, token: string | undefined, changes: Fields = {}) =>
    post('/api/oauth/revoke', { token, client_id: clientId, ...changes })

  /** The status of a call with an access token, once its use has been noted. */
  async function statusWith(token: string, path = '/mcp'): Promise<number> {
    const { status } = await call(path, { headers: { authorization: `Bearer ${token}` } })
    await settled()
    return status
  }

  /** A new client with tokens, approved by a new person. */
  async function clientWithTokens(metadata: object = {}) {
    const client = await newClient(metadata)
    const { accountId, browser } = await person()
    const code = await codeFor(client.id, browser)
    const response = await redeem(client.id, code, { client_secret: client.secret })
    expect(response.status).toBe(200)
    const tokens = await response.json<Tokens>()
    return { client, accountId, browser, code, tokens }
  }

  return {
    call,
    post,
    register,
    newClient,
    person,
    queryFor,
    authorize,
    requestOn,
    decide,
    codeFor,
    redeem,
    refresh,
    revoke,
    statusWith,
    clientWithTokens,
  }
}

/** The query of the URL that an answer redirects to. */
export function paramsOf(answer: Response): URLSearchParams {
  return new URL(answer.headers.get('location') ?? '').searchParams
}

/** Asserts an uncacheable error in the form of RFC 6749 section 5.2. */
export async function expectError(answer: Response, status: number, error: string): Promise<void> {
  const body = await answer.json<Record<string, unknown>>()
  expect([answer.status, body.error]).toEqual([status, error])
  expect(body.error_description).toMatch(/^[ !#-[\]-~]+$/)
  expect(answer.headers.get('cache-control')).toBe('no-store')
}
