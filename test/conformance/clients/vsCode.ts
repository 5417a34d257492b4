/** VS Code, whose client is its own: it takes a resource only if it is exactly the URL. */
import type { ClientFixture, Seen } from './fixture.ts'
import {
  describedResource,
  describedScope,
  resourceUrls,
  STREAMABLE,
  serverUrls,
} from './habits.ts'

const WEB = 'https://vscode.dev/redirect'
const APP = 'vscode://dynamicauthprovider/xquik.com/authorize'

const base: Omit<ClientFixture, 'name' | 'identity' | 'redirectUri' | 'state'> = {
  sources: [
    'microsoft/vscode: src/vs/base/common/oauth.ts',
    'microsoft/vscode: src/vs/workbench/api/common/extHostAuthentication.ts',
    'vscode.dev/oauth/client-metadata.json',
  ],
  first: 'POST',
  headers: { ...STREAMABLE, 'user-agent': 'Visual Studio Code/1.130.0' },
  protocol: '2025-11-25',
  clientInfo: { name: 'Visual Studio Code', version: '1.130.0' },
  discovery: {
    headers: { accept: 'application/json', 'mcp-protocol-version': '2025-11-25' },
    resource: resourceUrls,
    isWanted: (resource, url) => new URL(resource).href === new URL(url).href,
    server: serverUrls,
  },
  authorization: (seen) => ({ scope: describedScope(seen), ...describedResource(seen) }),
  authMethod: 'none',
  tokenHeaders: { accept: 'application/json' },
  exchange: describedResource,
  refresh: describedResource,
  coldEndpoint: 'stored',
}

/** The four redirect URIs of a registration. */
const REGISTERED = [
  'https://insiders.vscode.dev/redirect',
  WEB,
  'http://127.0.0.1/',
  'http://127.0.0.1:33418/',
]
const KNOWN_GRANTS = [
  'authorization_code',
  'refresh_token',
  'urn:ietf:params:oauth:grant-type:device_code',
]

/** The body of a registration: it asks for those grants of the server that the client knows. */
const registration = (redirectUris: string[]) => (seen: Seen) => ({
  client_name: 'Visual Studio Code',
  client_uri: 'https://code.visualstudio.com',
  grant_types: (seen.server.grant_types_supported ?? KNOWN_GRANTS).filter((grant) =>
    KNOWN_GRANTS.includes(grant),
  ),
  response_types: ['code'],
  redirect_uris: redirectUris,
  scope: describedScope(seen),
  token_endpoint_auth_method: 'none',
  application_type: 'native',
})

/** The state of the redirect by way of vscode.dev: the URI of the window that waits. */
const WINDOW = `${APP}?nonce%3D5c7e1f%26windowId%3D4`

export const vsCode: ClientFixture[] = [
  {
    ...base,
    name: 'VS Code',
    identity: {
      clientId: 'https://vscode.dev/oauth/client-metadata.json',
      document: {
        client_name: 'Visual Studio Code',
        client_uri: 'https://code.visualstudio.com',
        redirect_uris: ['http://127.0.0.1:33418/', WEB],
        grant_types: KNOWN_GRANTS,
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
        application_type: 'native',
      },
    },
    redirectUri: 'http://127.0.0.1:50000/',
    state: 'N1vZ+7Qk/2h=',
  },
  {
    ...base,
    name: 'VS Code by way of vscode.dev',
    identity: { register: registration(REGISTERED) },
    redirectUri: WEB,
    state: WINDOW,
  },
  {
    ...base,
    name: 'VS Code with its own scheme',
    identity: { register: registration([...REGISTERED, APP]) },
    redirectUri: APP,
    state: WINDOW,
  },
]
