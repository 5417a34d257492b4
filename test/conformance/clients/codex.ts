/** Codex, which uses rmcp 3. */
import type { ClientFixture, Seen } from './fixture.ts'
import { describedResource, RMCP_DISCOVERY, STREAMABLE, scopeWithRefresh } from './habits.ts'

/** The path ends with a hash of the server's URL. */
const CALLBACK = 'http://127.0.0.1:60123/callback/n1fRz8QkW0cP'

const registration = (seen: Seen) => ({
  client_name: 'Codex',
  redirect_uris: [CALLBACK],
  grant_types: ['authorization_code', 'refresh_token'],
  token_endpoint_auth_method: 'none',
  response_types: ['code'],
  scope: scopeWithRefresh(seen),
  application_type: 'native',
})

const base: Omit<ClientFixture, 'name' | 'identity' | 'redirectUri'> = {
  sources: [
    'openai/codex: codex-rs/rmcp-client/src/perform_oauth_login.rs',
    'modelcontextprotocol/rust-sdk: crates/rmcp/src/transport/auth.rs',
    'chatgpt.com/oauth/codex/client.json',
  ],
  first: 'GET',
  headers: {
    ...STREAMABLE,
    accept: 'text/event-stream, application/json',
    'user-agent': 'codex-mcp-client/0.131.0',
  },
  protocol: '2025-06-18',
  clientInfo: { name: 'codex-mcp-client', version: '0.131.0' },
  discovery: RMCP_DISCOVERY,
  authorization: (seen) => ({ scope: scopeWithRefresh(seen), ...describedResource(seen) }),
  state: 'Vt0hQ2Jm9xN4cYrK6sLpZg',
  authMethod: 'none',
  tokenHeaders: { accept: 'application/json', 'user-agent': 'codex-mcp-client/0.131.0' },
  exchange: describedResource,
  refresh: (seen) => ({ scope: scopeWithRefresh(seen), ...describedResource(seen) }),
  coldEndpoint: 'discovered',
}

export const codex: ClientFixture[] = [
  {
    ...base,
    name: 'Codex',
    identity: { register: registration },
    redirectUri: CALLBACK,
  },
  {
    ...base,
    name: 'Codex with oauth_resource in its config',
    identity: { register: registration },
    redirectUri: CALLBACK,
    // RFC 8707 section 2 allows more than one resource, and so the same one twice.
    appended: describedResource,
  },
  {
    ...base,
    name: 'Codex with a document',
    identity: {
      clientId: 'https://chatgpt.com/oauth/codex/client.json',
      document: {
        client_name: 'Codex',
        redirect_uris: ['http://127.0.0.1/callback', 'http://localhost/callback'],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
        application_type: 'native',
      },
    },
    redirectUri: 'http://127.0.0.1:1455/callback',
  },
]
