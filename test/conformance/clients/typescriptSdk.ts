/** Both generations of the official TypeScript client, in hosts with different habits. */
import type { AuthMethod, ClientFixture, Fields, Seen } from './fixture.ts'
import {
  describedResource,
  describedScope,
  STREAMABLE,
  scopeWithRefresh,
  sdkDiscovery,
  serverUrls,
} from './habits.ts'

const CALLBACK = 'http://127.0.0.1:33418/callback'

const metadata = (authMethod: AuthMethod | undefined, seen: Seen) => ({
  client_name: 'A program of the SDK',
  redirect_uris: [CALLBACK],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: authMethod,
  scope: describedScope(seen),
})

const first: Omit<ClientFixture, 'name' | 'identity' | 'authMethod'> = {
  sources: ['modelcontextprotocol/typescript-sdk: src/client/auth.ts (1.32, as installed)'],
  first: 'POST',
  headers: STREAMABLE,
  protocol: '2025-11-25',
  clientInfo: { name: 'program', version: '1.0.0' },
  discovery: sdkDiscovery('2025-11-25'),
  redirectUri: CALLBACK,
  authorization: (seen): Fields => ({ scope: describedScope(seen), ...describedResource(seen) }),
  state: 'a b+c/d=e&f',
  tokenHeaders: { accept: 'application/json' },
  exchange: describedResource,
  refresh: describedResource,
  coldEndpoint: 'discovered',
}

const second: Omit<ClientFixture, 'name' | 'identity' | 'authMethod'> = {
  ...first,
  sources: ['modelcontextprotocol/typescript-sdk: packages/client (2.4, as installed)'],
  authorization: (seen): Fields => ({ scope: scopeWithRefresh(seen), ...describedResource(seen) }),
}

export const typescriptSdk: ClientFixture[] = [
  {
    ...first,
    name: 'TypeScript SDK 1',
    identity: { register: (seen) => metadata('none', seen) },
    authMethod: 'none',
  },
  {
    ...first,
    name: 'TypeScript SDK 1 with client_secret_basic',
    identity: { register: (seen) => metadata('client_secret_basic', seen) },
    authMethod: 'client_secret_basic',
  },
  {
    ...first,
    name: 'TypeScript SDK 1 with client_secret_post',
    identity: { register: (seen) => metadata('client_secret_post', seen) },
    authMethod: 'client_secret_post',
  },
  {
    ...first,
    name: 'TypeScript SDK 1 before there was resource metadata',
    // Before the revision 2025-06-18 the server of MCP was its own authorization server.
    discovery: {
      ...first.discovery,
      resource: () => [],
      server: (issuer) => serverUrls(`${issuer}/mcp`),
    },
    identity: { register: (seen) => metadata(undefined, seen) },
    authorization: () => ({}),
    authMethod: 'none',
  },
  {
    ...second,
    name: 'TypeScript SDK 2',
    identity: {
      register: (seen) => ({ ...metadata('none', seen), application_type: 'native' }),
    },
    authMethod: 'none',
  },
  {
    ...second,
    name: 'TypeScript SDK 2 with client_secret_basic',
    identity: {
      register: (seen) => ({
        ...metadata('client_secret_basic', seen),
        application_type: 'native',
      }),
    },
    authMethod: 'client_secret_basic',
  },
]
