// @cloudflare/workers-oauth-provider before an MCP server: one Worker, as its README sets it up.
// Its KV namespace answers from memory, which favours it.
import { OAuthProvider } from '@cloudflare/workers-oauth-provider'

const RESOURCE = 'http://127.0.0.1/mcp'
const REDIRECT = 'https://client.example.com/callback'
const VERIFIER = 'a code verifier of the bench with more than forty-three characters'

function memoryNamespace() {
  const values = new Map()
  return {
    async get(key, options) {
      const value = values.get(key)
      if (value === undefined) return null
      const isJson = options === 'json' || options?.type === 'json'
      return isJson ? JSON.parse(value) : value
    },
    put: async (key, value) => void values.set(key, value),
    delete: async (key) => void values.delete(key),
    async list({ prefix = '' } = {}) {
      const keys = [...values.keys()].filter((key) => key.startsWith(prefix))
      return { keys: keys.map((name) => ({ name })), list_complete: true }
    },
  }
}

const namespace = memoryNamespace()

const provider = new OAuthProvider({
  apiRoute: '/mcp',
  apiHandler: { fetch: (request, env) => env.ORIGIN.fetch(request) },
  defaultHandler: { fetch: (request, env) => authorize(request, env) },
  authorizeEndpoint: '/authorize',
  tokenEndpoint: '/oauth/token',
  scopesSupported: ['mcp:tools'],
  resourceMetadata: { resource: RESOURCE, authorization_servers: ['http://127.0.0.1'] },
  requiredScopes: ['mcp:tools'],
})

let bindings

export default {
  fetch(request, env, context) {
    bindings ??= { ...env, OAUTH_KV: namespace }
    return provider.fetch(request, bindings, context)
  },
}

async function authorize(request, { OAUTH_PROVIDER }) {
  const asked = await OAUTH_PROVIDER.parseAuthRequest(request)
  const { redirectTo } = await OAUTH_PROVIDER.completeAuthorization({
    request: asked,
    userId: 'acc_bench',
    metadata: {},
    scope: asked.scope,
    props: { userId: 'acc_bench' },
  })
  return Response.json({ redirectTo })
}

// A token, by the authorization code flow.
export const setup = {
  async fetch(_, env, context) {
    bindings ??= { ...env, OAUTH_KV: namespace }
    const ask = (path, init) =>
      provider.fetch(new Request(`http://127.0.0.1${path}`, init), bindings, context)
    await ask('/authorize').catch(() => null) // makes OAUTH_PROVIDER
    const { clientId } = await bindings.OAUTH_PROVIDER.createClient({
      redirectUris: [REDIRECT],
      clientName: 'bench',
      tokenEndpointAuthMethod: 'none',
    })
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(VERIFIER))
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: clientId,
      redirect_uri: REDIRECT,
      scope: 'mcp:tools',
      state: 'state',
      code_challenge: Buffer.from(digest).toString('base64url'),
      code_challenge_method: 'S256',
      resource: RESOURCE,
    })
    const { redirectTo } = await (await ask(`/authorize?${query}`)).json()
    const body = new URLSearchParams({
      grant_type: 'authorization_code',
      code: new URL(redirectTo).searchParams.get('code'),
      client_id: clientId,
      redirect_uri: REDIRECT,
      code_verifier: VERIFIER,
    })
    const { access_token: token } = await (
      await ask('/oauth/token', { method: 'POST', body })
    ).json()
    return Response.json({ token })
  },
}
