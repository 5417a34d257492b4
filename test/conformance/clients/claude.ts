/** Claude on the web, which also serves the connectors of the desktop and mobile apps. */
import type { ClientFixture } from './fixture.ts'
import { allResourceUrls, canonicalResource, scopeWithRefresh, serverUrls } from './habits.ts'

const CALLBACK = 'https://claude.ai/api/mcp/auth_callback'
const HTTP = { accept: '*/*', 'user-agent': 'python-httpx/0.28.1' }

const base: Omit<ClientFixture, 'name' | 'identity' | 'authMethod'> = {
  sources: [
    'claude.com/docs/connectors/building/authentication and …/troubleshooting',
    'public report: anthropics/claude-ai-mcp#354 (headers)',
    'public report: anthropics/claude-code#5826 (registration)',
    'public report: anthropics/claude-ai-mcp#667 (client_secret_post)',
  ],
  first: 'POST',
  headers: {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'user-agent': 'Claude-User',
  },
  protocol: '2025-11-25',
  clientInfo: { name: 'Anthropic/ClaudeAI', version: '1.0.0' },
  discovery: {
    headers: { ...HTTP, 'mcp-protocol-version': '2025-11-25' },
    resource: allResourceUrls,
    server: serverUrls,
  },
  redirectUri: CALLBACK,
  authorization: (seen) => ({ scope: scopeWithRefresh(seen), ...canonicalResource(seen) }),
  state: 'Zk3m-8vQ1nX_dT0yLr5bWcJ2uHfEaS9pGoKiMx7tVqE',
  tokenHeaders: HTTP,
  exchange: canonicalResource,
  refresh: canonicalResource,
  coldEndpoint: 'stored',
}

export const claude: ClientFixture[] = [
  {
    ...base,
    name: 'Claude.ai',
    identity: {
      clientId: 'https://claude.ai/oauth/mcp-oauth-client-metadata',
      document: {
        client_name: 'Claude',
        client_uri: 'https://claude.ai',
        redirect_uris: [CALLBACK],
        grant_types: [
          'authorization_code',
          'refresh_token',
          'urn:ietf:params:oauth:grant-type:jwt-bearer',
        ],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
      },
    },
    authMethod: 'none',
  },
  {
    ...base,
    name: 'Claude.ai that registers',
    identity: {
      register: (seen) => ({
        client_name: 'Claude',
        redirect_uris: [CALLBACK],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_post',
        scope: scopeWithRefresh(seen),
      }),
    },
    authMethod: 'client_secret_post',
  },
]
