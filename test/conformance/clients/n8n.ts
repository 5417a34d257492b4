/** n8n, which asks for every scope that the authorization server lists. */
import type { ClientFixture, Seen } from './fixture.ts'
import { canonicalResource, STREAMABLE, serverUrls } from './habits.ts'

const CALLBACK = 'https://n8n.example.org/rest/oauth2-credential/callback'
const FORMS = 'application/json, application/x-www-form-urlencoded'

const scopeOfServer = ({ server }: Seen) => server.scopes_supported?.join(' ')

export const n8n: ClientFixture[] = [
  {
    name: 'n8n',
    sources: [
      'n8n-io/n8n: packages/cli/src/oauth/oauth.service.ts',
      'n8n-io/n8n: packages/@n8n/client-oauth2/src/code-flow.ts, client-oauth2-token.ts',
    ],
    first: 'POST',
    headers: STREAMABLE,
    protocol: '2025-06-18',
    clientInfo: { name: '@n8n/n8n-nodes-langchain.mcpClientTool', version: '1.2.0' },
    discovery: {
      headers: { accept: 'application/json, text/plain, */*' },
      resource: (url) => {
        const { origin, pathname } = new URL(url)
        const wellKnown = `${origin}/.well-known/oauth-protected-resource`
        return [wellKnown + pathname.replace(/\/$/, ''), wellKnown]
      },
      server: serverUrls,
    },
    identity: {
      register: (seen) => ({
        redirect_uris: [CALLBACK],
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        client_name: 'n8n',
        client_uri: 'https://n8n.io/',
        scope: scopeOfServer(seen),
      }),
    },
    redirectUri: CALLBACK,
    authorization: (seen) => ({ scope: scopeOfServer(seen), ...canonicalResource(seen) }),
    // The base64 of JSON with an encrypted part.
    state: btoa(JSON.stringify({ token: 'pQ4-x', createdAt: 1, data: 'U2FsdGVkX1'.repeat(30) })),
    authMethod: 'none',
    tokenHeaders: { accept: FORMS },
    exchange: canonicalResource,
    refresh: canonicalResource,
    coldEndpoint: 'stored',
  },
]
