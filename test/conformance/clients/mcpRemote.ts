/** mcp-remote, the bridge for hosts that know no OAuth. */
import type { ClientFixture, Seen } from './fixture.ts'
import {
  allResourceUrls,
  describedResource,
  describedScope,
  nothingMore,
  STREAMABLE,
  sdkDiscovery,
} from './habits.ts'

const CALLBACK = 'http://localhost:3334/oauth/callback'
/** The scope that it asks for where it finds no description. */
const FALLBACK_SCOPE = 'openid email profile'

const registration = (scope: (seen: Seen) => string | undefined) => (seen: Seen) => ({
  redirect_uris: [CALLBACK],
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  client_name: 'MCP CLI Proxy',
  client_uri: 'https://github.com/geelen/mcp-remote',
  software_id: '2e6dc280-f3c3-4e01-99a7-8181dbd1d23d',
  software_version: '0.15.1',
  scope: scope(seen),
})

const base: Omit<ClientFixture, 'name' | 'identity' | 'authorization' | 'exchange' | 'refresh'> = {
  sources: ['geelen/mcp-remote: src/lib/node-oauth-client-provider.ts (0.15.1, as installed)'],
  first: 'POST',
  headers: STREAMABLE,
  protocol: '2025-11-25',
  clientInfo: { name: 'claude-ai (via mcp-remote 0.15.1)', version: '0.1.0' },
  discovery: { ...sdkDiscovery('2025-11-25'), resource: allResourceUrls },
  redirectUri: CALLBACK,
  state: '7d9f1c52-3f0e-4b8a-9a54-0c1e2d3f4a5b',
  authMethod: 'none',
  tokenHeaders: { accept: 'application/json' },
  coldEndpoint: 'discovered',
}

export const mcpRemote: ClientFixture[] = [
  {
    ...base,
    name: 'mcp-remote',
    identity: { register: registration(describedScope) },
    authorization: (seen) => ({ scope: describedScope(seen), ...describedResource(seen) }),
    exchange: describedResource,
    // The refresh repeats the scope of the grant.
    refresh: (seen) => ({ scope: describedScope(seen), ...describedResource(seen) }),
  },
  {
    ...base,
    name: 'mcp-remote with its default scope, without a resource',
    identity: { register: registration(() => FALLBACK_SCOPE) },
    authorization: () => ({ scope: FALLBACK_SCOPE }),
    exchange: nothingMore,
    refresh: () => ({ scope: FALLBACK_SCOPE }),
  },
]
