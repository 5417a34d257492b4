/** The official Python client: its first refresh after a start goes to `/token` of the host. */
import type { AuthMethod, ClientFixture, Seen } from './fixture.ts'
import {
  allResourceUrls,
  describedResource,
  nothingMore,
  STREAMABLE,
  scopeWithRefresh,
  serverUrls,
} from './habits.ts'

const CALLBACK = 'http://localhost:3030/callback'

const metadata = (authMethod: AuthMethod | undefined) => (seen: Seen) => ({
  client_name: 'A program of the SDK',
  redirect_uris: [CALLBACK],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: authMethod,
  scope: scopeWithRefresh(seen),
  application_type: 'native',
})

const base: Omit<ClientFixture, 'name' | 'identity' | 'authMethod'> = {
  sources: ['modelcontextprotocol/python-sdk: src/mcp/client/auth/oauth2.py, …/utils.py'],
  first: 'POST',
  headers: { ...STREAMABLE, 'user-agent': 'python-httpx/0.28.1' },
  protocol: '2025-11-25',
  clientInfo: { name: 'mcp', version: '0.1.0' },
  discovery: {
    headers: { 'mcp-protocol-version': '2025-11-25', accept: '*/*' },
    resource: allResourceUrls,
    server: serverUrls,
  },
  redirectUri: CALLBACK,
  authorization: (seen) => ({ scope: scopeWithRefresh(seen), ...describedResource(seen) }),
  state: 'xJ0o-4vWkq_7Tz1mR5cYb8sLhD2nEpG9aUfQiVtK3wM',
  tokenHeaders: { accept: '*/*' },
  exchange: describedResource,
  refresh: describedResource,
  // After a start it knows no metadata, and its first message has no MCP-Protocol-Version.
  coldRefresh: nothingMore,
  coldEndpoint: 'root',
}

export const pythonSdk: ClientFixture[] = [
  {
    ...base,
    name: 'Python SDK',
    identity: { register: metadata(undefined) },
    authMethod: 'none',
  },
  {
    ...base,
    name: 'Python SDK with client_secret_post',
    identity: { register: metadata('client_secret_post') },
    authMethod: 'client_secret_post',
  },
  {
    ...base,
    name: 'Python SDK with client_secret_basic',
    identity: { register: metadata('client_secret_basic') },
    authMethod: 'client_secret_basic',
  },
]
