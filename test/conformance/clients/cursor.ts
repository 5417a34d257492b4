/** Cursor: the editor, and its command line and agents in the cloud. */
import type { ClientFixture } from './fixture.ts'
import { describedResource, describedScope, STREAMABLE, sdkDiscovery } from './habits.ts'

const APP = 'cursor://anysphere.cursor-mcp/oauth/callback'
const WEB = 'https://www.cursor.com/agents/mcp/oauth/callback'

const base: Omit<ClientFixture, 'name' | 'redirectUri' | 'authorization' | 'state'> = {
  sources: [
    'cursor.com/docs/mcp',
    'public report: erp-mafia/accounted#2225 (three redirect URIs)',
    'public report: soflyy/agent-connector-for-wp#111',
    'public report: bytebase/bytebase#20510 (the command line)',
  ],
  first: 'POST',
  headers: { ...STREAMABLE, 'user-agent': 'Cursor/3.10.17 (linux x64)' },
  protocol: '2025-11-25',
  clientInfo: { name: 'cursor-vscode', version: '1.0.0' },
  discovery: sdkDiscovery('2025-11-25'),
  identity: {
    register: () => ({
      client_name: 'Cursor',
      redirect_uris: [APP, WEB, 'http://localhost:8787/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    }),
  },
  authMethod: 'none',
  tokenHeaders: { accept: 'application/json' },
  exchange: describedResource,
  refresh: describedResource,
  coldEndpoint: 'discovered',
}

export const cursor: ClientFixture[] = [
  {
    ...base,
    name: 'Cursor',
    redirectUri: APP,
    authorization: (seen) => ({ scope: describedScope(seen), ...describedResource(seen) }),
    state: 'eyJpZCI6InVzZXIteHF1aWsiLCJuIjoiNGYxYSJ9',
  },
  {
    ...base,
    name: 'Cursor with scopes in its config',
    redirectUri: WEB,
    authorization: (seen) => ({
      scope: 'mcp:tools offline_access',
      prompt: 'consent',
      ...describedResource(seen),
    }),
    state: 'eyJpZCI6InhxdWlrIn0=',
  },
  {
    ...base,
    name: 'Cursor on loopback',
    redirectUri: 'http://localhost:8787/callback',
    authorization: (seen) => ({ scope: describedScope(seen), ...describedResource(seen) }),
    state: '2f0d',
  },
]
