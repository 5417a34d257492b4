/** Claude Code: the terminal, and the code tab of the desktop app. */
import type { ClientFixture } from './fixture.ts'
import {
  describedResource,
  nothingMore,
  STREAMABLE,
  scopeWithRefresh,
  sdkDiscovery,
} from './habits.ts'

const APP_CALLBACK = 'claude://claude.ai/mcp-auth-callback/sdk'

const base: Omit<ClientFixture, 'name' | 'sources' | 'identity' | 'redirectUri'> = {
  first: 'POST',
  headers: { ...STREAMABLE, 'user-agent': 'claude-code/2.1.241 (cli)' },
  protocol: '2025-11-25',
  clientInfo: { name: 'claude-code', version: '2.1.241' },
  discovery: sdkDiscovery('2025-11-25'),
  authorization: (seen) => ({ scope: scopeWithRefresh(seen), ...describedResource(seen) }),
  state: 'pT6xN2yQ0vK8mB4sJ1rL7wA5cE9hG3dF',
  authMethod: 'none',
  tokenHeaders: { accept: 'application/json' },
  exchange: describedResource,
  // The refresh names no scope, which public reports complain of.
  refresh: describedResource,
  coldRefresh: nothingMore,
  coldEndpoint: 'discovered',
}

export const claudeCode: ClientFixture[] = [
  {
    ...base,
    name: 'Claude Code',
    sources: [
      'claude.ai/oauth/claude-code-client-metadata',
      'code.claude.com/docs/en/mcp',
      'public report: anthropics/claude-code#89862 (refresh without a scope)',
      'public report: anthropics/claude-code#89321 (ports)',
    ],
    identity: {
      clientId: 'https://claude.ai/oauth/claude-code-client-metadata',
      document: {
        client_name: 'Claude Code',
        client_uri: 'https://claude.ai',
        redirect_uris: ['http://localhost/callback', 'http://127.0.0.1/callback'],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
      },
    },
    redirectUri: 'http://localhost:49536/callback',
  },
  {
    ...base,
    name: 'Claude Code that registers',
    sources: ['public report: anthropics/claude-code#84614 (a cached registration)'],
    identity: {
      register: (seen) => ({
        client_name: 'Claude Code (xquik)',
        redirect_uris: ['http://localhost:3118/callback'],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
        scope: scopeWithRefresh(seen),
      }),
    },
    redirectUri: 'http://localhost:54321/callback',
  },
  {
    ...base,
    name: 'Claude desktop, code tab',
    sources: [
      'public report: anthropics/claude-code#93671 (claude://)',
      'public report: RevenueCat/ai-toolkit#58',
    ],
    identity: {
      register: (seen) => ({
        client_name: 'Claude Code (xquik)',
        redirect_uris: [APP_CALLBACK],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
        scope: scopeWithRefresh(seen),
      }),
    },
    redirectUri: APP_CALLBACK,
  },
]
