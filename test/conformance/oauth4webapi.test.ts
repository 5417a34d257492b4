/**
 * The strict client `oauth4webapi` runs the whole flow, and checks every detail of every answer.
 */
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freePort } from '../../dev/ports.ts'
import { createBrowserUser } from '../support/node/browserUser.ts'
import { devIn, type Facts } from '../support/node/dev.ts'

/** Allows plain http, which is for loopback only. All other checks stay on. */
const HTTP = { [oauth.allowInsecureRequests]: true }
const REDIRECT_URI = 'http://127.0.0.1/callback'
const MESSAGE = '{"jsonrpc":"2.0","id":1,"method":"ping"}'

const { start, cleanUp } = devIn()
let facts: Facts
beforeAll(async () => {
  const PORT = String(await freePort(22_887))
  facts = (await start({ PORT, RATE_LIMITS: 'off', NO_CHAIN: '1' })).facts
})
afterAll(cleanUp)

/** Finds the authorization server from the challenge of a 401 (RFC 9728 section 5). */
async function discover(): Promise<oauth.AuthorizationServer> {
  const refusal = await oauth
    .protectedResourceRequest('0'.repeat(64), 'POST', new URL(facts.mcp), undefined, MESSAGE, HTTP)
    .catch((error: unknown) => error)
  if (!(refusal instanceof oauth.WWWAuthenticateChallengeError)) throw refusal
  const bearer = refusal.cause.find(({ scheme }) => scheme === 'bearer')
  expect(bearer?.parameters).toMatchObject({ error: 'invalid_token', scope: 'mcp:tools' })
  const resourceUrl = new URL(facts.mcp)
  const resource = await oauth.processResourceDiscoveryResponse(
    resourceUrl,
    await oauth.resourceDiscoveryRequest(resourceUrl, HTTP),
  )
  expect(bearer?.parameters.resource_metadata).toBe(
    `${facts.gateway}/.well-known/oauth-protected-resource/mcp`,
  )
  const issuer = new URL(resource.authorization_servers?.[0] ?? '')
  return oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, { ...HTTP, algorithm: 'oauth2' }),
  )
}

async function register(as: oauth.AuthorizationServer, method: string): Promise<oauth.Client> {
  const metadata = {
    client_name: 'Strict',
    redirect_uris: [REDIRECT_URI],
    token_endpoint_auth_method: method,
  }
  return oauth.processDynamicClientRegistrationResponse(
    await oauth.dynamicClientRegistrationRequest(as, metadata, HTTP),
  )
}

async function authorize(as: oauth.AuthorizationServer, client: oauth.Client, email: string) {
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  // A loopback redirect may have any port (RFC 8252 section 7.3).
  const redirectUri = 'http://127.0.0.1:41234/callback'
  const url = new URL(as.authorization_endpoint ?? '')
  url.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: redirectUri,
    response_type: 'code',
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    scope: 'mcp:tools',
    resource: facts.mcp,
  }).toString()
  const callback = await createBrowserUser(facts, email).decide(url, 'approve')
  expect(callback.href.startsWith(`${redirectUri}?`)).toBe(true)
  return {
    parameters: oauth.validateAuthResponse(as, client, callback, state),
    redirectUri,
    verifier,
  }
}

const statusOf = async (token: string) => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const accept = 'application/json, text/event-stream'
  const init = { method: 'POST', headers: { ...headers, accept }, body: MESSAGE }
  return (await fetch(facts.mcp, init)).status
}

it.each([
  ['a public client', 'none'],
  ['a confidential client', 'client_secret_post'],
])(
  '%s: discovery, registration, code with PKCE and iss, refresh, revocation',
  async (_, method) => {
    const as = await discover()
    expect(as.authorization_response_iss_parameter_supported).toBe(true)
    const client = await register(as, method)
    const secret = client.client_secret
    expect(typeof secret).toBe(method === 'none' ? 'undefined' : 'string')
    const auth = typeof secret === 'string' ? oauth.ClientSecretPost(secret) : oauth.None()

    const { parameters, redirectUri, verifier } = await authorize(
      as,
      client,
      `${method}@example.com`,
    )
    const additionalParameters = { resource: facts.mcp }
    const options = { ...HTTP, additionalParameters }
    const issued = await oauth.processAuthorizationCodeResponse(
      as,
      client,
      await oauth.authorizationCodeGrantRequest(
        as,
        client,
        auth,
        parameters,
        redirectUri,
        verifier,
        options,
      ),
    )
    expect(issued).toMatchObject({ token_type: 'bearer', expires_in: 86_400, scope: 'mcp:tools' })
    expect(await statusOf(issued.access_token)).toBe(200)

    const refreshed = await oauth.processRefreshTokenResponse(
      as,
      client,
      await oauth.refreshTokenGrantRequest(as, client, auth, issued.refresh_token ?? '', options),
    )
    expect(refreshed.refresh_token).not.toBe(issued.refresh_token)
    expect(await statusOf(refreshed.access_token)).toBe(200)

    await oauth.processRevocationResponse(
      await oauth.revocationRequest(as, client, auth, refreshed.access_token, HTTP),
    )
    expect(await statusOf(refreshed.access_token)).toBe(401)

    await oauth.processRevocationResponse(
      await oauth.revocationRequest(as, client, auth, refreshed.refresh_token ?? '', HTTP),
    )
    const again = await oauth.refreshTokenGrantRequest(
      as,
      client,
      auth,
      refreshed.refresh_token ?? '',
      options,
    )
    await expect(oauth.processRefreshTokenResponse(as, client, again)).rejects.toMatchObject({
      error: 'invalid_grant',
    })
  },
)
