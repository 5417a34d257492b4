/** ChatGPT's connectors. */
import type { ClientFixture } from './fixture.ts'
import {
  canonicalResource,
  describedScope,
  resourceUrls,
  STREAMABLE,
  serverUrls,
} from './habits.ts'

const STABLE = 'https://chatgpt.com/connector_platform_oauth_redirect'
const OWN_CALLBACK = 'https://chatgpt.com/connector/oauth/h7Qw2ZkPd0Ly'

/** The members that all documents of ChatGPT have, beside their URL and their redirect URIs. */
const DOCUMENT = {
  client_name: 'ChatGPT',
  client_uri: 'https://chatgpt.com',
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'private_key_jwt',
  token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'],
  token_endpoint_auth_signing_alg: 'RS256',
  jwks_uri: 'https://chatgpt.com/oauth/jwks.json',
}

const base: Omit<ClientFixture, 'name' | 'identity' | 'redirectUri'> = {
  sources: [
    'developers.openai.com/apps-sdk/build/auth',
    'public report: gamedevpl/www.gamedev.pl#641',
    'public report: openstatusHQ/openstatus#2657',
  ],
  first: 'POST',
  headers: { ...STREAMABLE, 'user-agent': 'openai-mcp/1.0.0' },
  protocol: '2025-11-25',
  clientInfo: { name: 'openai-mcp', version: '1.0.0' },
  discovery: {
    headers: { accept: '*/*', 'user-agent': 'openai-mcp/1.0.0' },
    resource: resourceUrls,
    server: serverUrls,
  },
  authorization: (seen) => ({ scope: describedScope(seen), ...canonicalResource(seen) }),
  state: 'oauth_s_68a1f3c2d4e08191b0c5',
  authMethod: 'none',
  tokenHeaders: { accept: '*/*' },
  exchange: canonicalResource,
  refresh: canonicalResource,
  coldEndpoint: 'stored',
}

export const chatGpt: ClientFixture[] = [
  {
    ...base,
    name: 'ChatGPT',
    identity: {
      clientId: 'https://chatgpt.com/oauth/client.json',
      document: { ...DOCUMENT, redirect_uris: [STABLE] },
    },
    redirectUri: STABLE,
  },
  {
    ...base,
    name: 'ChatGPT with a document of many redirect URIs',
    identity: {
      clientId: 'https://chatgpt.com/oauth/h7Qw2ZkPd0Ly/client.json',
      document: {
        ...DOCUMENT,
        redirect_uris: [
          OWN_CALLBACK,
          ...Array.from({ length: 18 }, (_, n) => `https://chatgpt.com/connector/oauth/other${n}`),
          'chatgpt://connector/oauth',
        ],
      },
    },
    redirectUri: OWN_CALLBACK,
  },
  {
    ...base,
    name: 'ChatGPT that registers',
    identity: {
      register: () => ({
        client_name: 'ChatGPT',
        redirect_uris: [OWN_CALLBACK],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
      }),
    },
    redirectUri: OWN_CALLBACK,
  },
]
