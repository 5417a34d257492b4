/** LibreChat: a confidential client that prefers Basic, and that revokes both of its tokens. */
import type { ClientFixture } from './fixture.ts'
import {
  describedResource,
  describedScope,
  nothingMore,
  STREAMABLE,
  sdkDiscovery,
  serverUrls,
} from './habits.ts'

const CALLBACK = 'https://chat.example.org/api/mcp/xquik/oauth/callback'

export const libreChat: ClientFixture[] = [
  {
    name: 'LibreChat',
    sources: ['danny-avila/LibreChat: packages/api/src/mcp/oauth/handler.ts'],
    first: 'POST',
    headers: STREAMABLE,
    protocol: '2025-06-18',
    clientInfo: { name: '@librechat/api-client', version: '1.2.0' },
    // It reads the well-known URLs only, and not the one of the challenge.
    discovery: {
      ...sdkDiscovery('2025-06-18'),
      resource: (url) => {
        const { origin, pathname } = new URL(url)
        const wellKnown = `${origin}/.well-known/oauth-protected-resource`
        return [wellKnown + pathname.replace(/\/$/, ''), wellKnown]
      },
    },
    identity: {
      register: (seen) => ({
        client_name: 'LibreChat MCP Client',
        redirect_uris: [CALLBACK],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        // The first of these three that the server lists.
        token_endpoint_auth_method: ['client_secret_basic', 'client_secret_post', 'none'].find(
          (method) => seen.server.token_endpoint_auth_methods_supported?.includes(method),
        ),
        scope: seen.resource?.scopes_supported?.join(' '),
      }),
    },
    redirectUri: CALLBACK,
    authorization: (seen) => ({
      scope: describedScope({ ...seen, challenge: {} }),
      ...describedResource(seen),
    }),
    state: '66f0c1d2e3a4b5c6d7e8f901:xquik',
    authMethod: 'client_secret_basic',
    tokenHeaders: { accept: 'application/json' },
    exchange: describedResource,
    refresh: nothingMore,
    // It looks for the server's metadata below the URL of the MCP server.
    coldEndpoint: serverUrls,
    revokes: ['access_token', 'refresh_token'],
  },
]
