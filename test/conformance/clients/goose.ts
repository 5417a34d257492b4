/** Goose, which uses rmcp 2.2: the resource that it names is the URL as the person typed it. */
import type { ClientFixture } from './fixture.ts'
import { RMCP_DISCOVERY, STREAMABLE, scopeWithRefresh, typedResource } from './habits.ts'

export const goose: ClientFixture[] = [
  {
    name: 'Goose',
    sources: [
      'block/goose: crates/goose/src/oauth/mod.rs',
      'modelcontextprotocol/rust-sdk: crates/rmcp/src/transport/auth.rs',
      'goose-docs.ai/oauth/client-metadata.json',
    ],
    first: 'GET',
    headers: { ...STREAMABLE, accept: 'text/event-stream, application/json' },
    protocol: '2025-03-26',
    clientInfo: { name: 'goose-desktop', version: '1.38.0' },
    discovery: RMCP_DISCOVERY,
    identity: {
      clientId: 'https://goose-docs.ai/oauth/client-metadata.json',
      document: {
        client_name: 'goose',
        redirect_uris: ['http://127.0.0.1/oauth_callback', 'http://[::1]/oauth_callback'],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
        code_challenge_methods_supported: ['S256'],
      },
    },
    redirectUri: 'http://127.0.0.1:61034/oauth_callback',
    authorization: (seen) => ({ scope: scopeWithRefresh(seen), ...typedResource(seen) }),
    state: 'aW5xS3ZkM0F0bG9wRjZ6UQ',
    authMethod: 'none',
    tokenHeaders: { accept: 'application/json' },
    exchange: typedResource,
    refresh: (seen) => ({ scope: scopeWithRefresh(seen), ...typedResource(seen) }),
    coldEndpoint: 'discovered',
  },
]
