/** A fixture at work: sends a client's requests to a gateway, and checks what the client checks. */
import {
  OAuthClientInformationFullSchema,
  OAuthMetadataSchema,
  OAuthProtectedResourceMetadataSchema,
  OAuthTokensSchema,
  OpenIdProviderDiscoveryMetadataSchema,
} from '@modelcontextprotocol/sdk/shared/auth.js'
import { expect } from 'vitest'
import type { Client } from '../../support/worker/gateway.ts'
import { actorsOf, CHALLENGE, encoded, paramsOf, VERIFIER } from '../../support/worker/oauth.ts'
import type { ClientFixture, Fields, RequestHeaders, Seen, ServerMetadata } from './fixture.ts'

const HOST = 'https://xquik.com'

/** A client's own id, and its secret if the registration gave it one. */
export interface Credentials {
  clientId: string
  secret: string | undefined
}

/** The answer of the token endpoint. */
export interface TokenAnswer {
  access_token: string
  refresh_token: string
  token_type: string
  expires_in: number
  scope: string
}

/** The state of a client that a person has allowed. */
export interface Connection extends Credentials {
  seen: Seen
  code: string
  tokens: TokenAnswer
}

/** The program of a fixture, at the MCP server whose path the person typed. */
export function programOf(fixture: ClientFixture, client: Client, path = '/mcp') {
  const { person, authorize, requestOn, decide, post } = actorsOf(client)
  const url = HOST + path

  /** A message to the MCP server, with a token or without. */
  const message = (body: object, token?: string, more: RequestHeaders = {}) => {
    const bearer = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const headers = { ...fixture.headers, ...bearer, ...more }
    return client.call(url, { method: 'POST', headers, body: JSON.stringify(body) })
  }

  const { protocol: protocolVersion, clientInfo } = fixture
  const initialize = {
    jsonrpc: '2.0',
    id: 0,
    method: 'initialize',
    params: { protocolVersion, capabilities: {}, clientInfo },
  }

  /** The challenge of the first request, which has no token. */
  async function challenge(): Promise<Record<string, string>> {
    const answer =
      fixture.first === 'POST'
        ? await message(initialize)
        : await client.call(url, { headers: fixture.discovery.headers })
    expect([answer.status, answer.headers.get('location')]).toEqual([401, null])
    return bearerParameters(answer)
  }

  /** The first metadata among some URLs that is fit to use, or null. */
  async function firstOf<T>(urls: string[], isFit: (found: T) => boolean): Promise<T | null> {
    const { headers } = fixture.discovery
    for (const one of urls) {
      const answer = await client.call(one, { headers })
      // A client goes on after a 4xx, and gives up after anything else.
      if (answer.status >= 400 && answer.status < 500) continue
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json'])
      expectReadableByPages(answer, headers)
      const found = await answer.json<T>()
      parseMetadata(one, found)
      if (isFit(found)) return found
    }
    return null
  }

  async function discover(): Promise<Seen> {
    const { discovery } = fixture
    const parameters = await challenge()
    const isWanted = discovery.isWanted ?? (() => true)
    const resource = await firstOf<NonNullable<Seen['resource']>>(
      discovery.resource(url, parameters.resource_metadata),
      (found) => isWanted(found.resource, url),
    )
    const issuer = resource?.authorization_servers[0] ?? HOST
    const server = await firstOf<ServerMetadata>(
      discovery.server(issuer),
      (found) => found.issuer === issuer,
    )
    if (server === null) throw new Error('no metadata of the server was found')
    return { url, challenge: parameters, resource, server }
  }

  /** The client's id: the URL of its document, or the one that a registration gives. */
  async function identify(seen: Seen): Promise<Credentials> {
    const { identity, redirectUri, authMethod } = fixture
    if ('clientId' in identity) return { clientId: identity.clientId, secret: undefined }
    const headers = { 'content-type': 'application/json', ...identity.headers }
    const body = JSON.stringify(identity.register(seen))
    const answer = await client.call(seen.server.registration_endpoint, {
      method: 'POST',
      headers,
      body,
    })
    expect(answer.status).toBe(201)
    expectReadableByPages(answer, headers)
    const registered = await answer.json<Record<string, unknown>>()
    OAuthClientInformationFullSchema.parse(registered)
    const { client_id, client_secret, redirect_uris, token_endpoint_auth_method } = registered
    expect(token_endpoint_auth_method).toBe(authMethod)
    expect(redirect_uris).toContainEqual(expect.stringMatching(schemeAndHostOf(redirectUri)))
    expect(client_secret === undefined).toBe(authMethod === 'none')
    return { clientId: String(client_id), secret: client_secret as string | undefined }
  }

  /** The code of a new person, who allows the client on the consent page. */
  async function askPerson({ clientId }: Credentials, seen: Seen): Promise<string> {
    const { redirectUri, state, authorization, appended } = fixture
    const own = encoded({
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUri,
      state,
      code_challenge: CHALLENGE,
      code_challenge_method: 'S256',
      ...authorization(seen),
    })
    const query = appended === undefined ? own : `${own}&${encoded(appended(seen))}`
    const { browser } = await person()
    expect(seen.server.authorization_endpoint).toMatch(/\/authorize$/)
    const page = await authorize(query, browser)
    const answer = await decide(browser, { request: await requestOn(page), decision: 'approve' })
    expect(answer.status).toBe(303)
    const location = answer.headers.get('location') ?? ''
    expect(location.slice(0, redirectUri.length + 1)).toBe(`${redirectUri}?`)
    const parameters = paramsOf(answer)
    expect(parameters.get('error')).toBeNull()
    expect([parameters.get('state'), parameters.get('iss')]).toEqual([state, seen.server.issuer])
    return parameters.get('code') ?? ''
  }

  /** A form for the token endpoint or the revocation endpoint, authenticated as the client does. */
  function send(endpoint: string, { clientId, secret }: Credentials, fields: Fields) {
    const isBasic = fixture.authMethod === 'client_secret_basic'
    const credentials = `${encodeURIComponent(clientId)}:${encodeURIComponent(secret ?? '')}`
    const authorization = isBasic ? { authorization: `Basic ${btoa(credentials)}` } : {}
    const own = isBasic ? {} : { client_id: clientId, client_secret: secret }
    const form: Fields = { ...fields, ...own }
    return post(endpoint, form, { ...fixture.tokenHeaders, ...authorization })
  }

  const exchange = ({ seen, code, ...credentials }: Omit<Connection, 'tokens'>) =>
    send(seen.server.token_endpoint, credentials, {
      grant_type: 'authorization_code',
      code,
      code_verifier: VERIFIER,
      redirect_uri: fixture.redirectUri,
      ...fixture.exchange(seen),
    })

  const refresh = ({ seen, tokens, ...credentials }: Connection) =>
    send(seen.server.token_endpoint, credentials, {
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token,
      ...fixture.refresh(seen),
    })

  /** The first refresh after a start, when the client knows only what it has stored. */
  async function refreshCold({ seen, tokens, ...credentials }: Connection): Promise<Response> {
    const fields = (fixture.coldRefresh ?? fixture.refresh)(seen)
    return send(await coldEndpoint(seen), credentials, {
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token,
      ...fields,
    })
  }

  async function coldEndpoint(seen: Seen): Promise<string> {
    const where = fixture.coldEndpoint
    if (where === 'stored') return seen.server.token_endpoint
    if (where === 'root') return `${HOST}/token`
    if (where === 'discovered') return (await discover()).server.token_endpoint
    const server = await firstOf<ServerMetadata>(where(url), () => true)
    return server?.token_endpoint ?? `${HOST}/token`
  }

  const revoke = ({ seen, clientId, secret }: Connection, token: string, hint: string) =>
    send(seen.server.revocation_endpoint, { clientId, secret }, { token, token_type_hint: hint })

  /** Everything up to a code that has not been exchanged. */
  async function ask(): Promise<Omit<Connection, 'tokens'>> {
    const seen = await discover()
    const credentials = await identify(seen)
    return { seen, ...credentials, code: await askPerson(credentials, seen) }
  }

  /** Everything from the first 401 to the first pair of tokens. */
  async function connect(): Promise<Connection> {
    const asked = await ask()
    const answer = await exchange(asked)
    expect(answer.status).toBe(200)
    expectReadableByPages(answer, fixture.tokenHeaders)
    const tokens = await answer.json<TokenAnswer>()
    OAuthTokensSchema.parse(tokens)
    return { ...asked, tokens }
  }

  return { message, initialize, ask, connect, exchange, refresh, refreshCold, revoke }
}

/**
 * Parses metadata as the official clients do: throws if it is not of the kind that its URL says.
 */
export function parseMetadata(url: string, found: unknown): void {
  if (url.includes('/oauth-protected-resource')) OAuthProtectedResourceMetadataSchema.parse(found)
  else if (url.includes('/openid-configuration')) OpenIdProviderDiscoveryMetadataSchema.parse(found)
  else OAuthMetadataSchema.parse(found)
}

/** The parameters of a challenge that begins with Bearer, as the SDKs require. */
function bearerParameters(answer: Response): Record<string, string> {
  const header = answer.headers.get('www-authenticate') ?? ''
  expect(header).toMatch(/^Bearer /)
  const [own = ''] = header.slice('Bearer '.length).split(/, [A-Za-z]+ (?=[a-z_]+=)/)
  return Object.fromEntries(
    [...own.matchAll(/([a-z_]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
  )
}

/** Asserts that a page of another origin may read an answer, if a page has asked. */
function expectReadableByPages(answer: Response, { origin }: RequestHeaders): void {
  if (origin !== undefined) expect(answer.headers.get('access-control-allow-origin')).toBe('*')
}

/** Matches redirect URIs of the same scheme and host, whatever port and path they have. */
function schemeAndHostOf(redirectUri: string): RegExp {
  const [start = ''] = /^[a-z]+:\/\/[^/:]+/.exec(redirectUri) ?? []
  return new RegExp(`^${start.replaceAll('.', '\\.')}(?:[:/]|$)`)
}
