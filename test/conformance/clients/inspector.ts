/** MCP Inspector: its web page, which reads metadata from another origin, and its command line. */
import type { ClientFixture } from './fixture.ts'
import { describedResource, STREAMABLE, scopeWithRefresh, sdkDiscovery } from './habits.ts'

const PAGE = { origin: 'http://localhost:6274' }

const base: Omit<ClientFixture, 'name' | 'identity' | 'redirectUri' | 'discovery'> = {
  sources: ['modelcontextprotocol/inspector: core/auth/providers.ts, clients/cli/README.md'],
  first: 'POST',
  headers: STREAMABLE,
  protocol: '2025-11-25',
  clientInfo: { name: 'inspector-client', version: '2.12.0' },
  authorization: (seen) => ({ scope: scopeWithRefresh(seen), ...describedResource(seen) }),
  state: '9b1f0c4e7a52d36889b1f0c4e7a52d36889b1f0c4e7a52d36889b1f0c4e7a52d',
  authMethod: 'none',
  tokenHeaders: { accept: 'application/json' },
  exchange: describedResource,
  refresh: describedResource,
  coldEndpoint: 'discovered',
}

const registration = (redirectUri: string) => ({
  redirect_uris: [redirectUri],
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  client_name: 'MCP Inspector',
  client_uri: 'https://github.com/modelcontextprotocol/inspector',
  // Its storage has no scope yet when it registers.
  scope: '',
  application_type: 'native',
})

export const inspector: ClientFixture[] = [
  {
    ...base,
    name: 'MCP Inspector in a browser',
    discovery: sdkDiscovery('2025-11-25', PAGE),
    identity: {
      register: () => registration('http://localhost:6274/oauth/callback'),
      headers: PAGE,
    },
    redirectUri: 'http://localhost:6274/oauth/callback',
    tokenHeaders: { accept: 'application/json', ...PAGE },
  },
  {
    ...base,
    name: 'MCP Inspector on the command line',
    discovery: sdkDiscovery('2025-11-25'),
    identity: { register: () => registration('http://127.0.0.1:6276/oauth/callback') },
    redirectUri: 'http://127.0.0.1:6276/oauth/callback',
  },
]
