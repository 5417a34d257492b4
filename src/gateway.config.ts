/**
 * The config file, data without logic: what is exposed, to whom, how often, and at what price. Any
 * path that no route names is 404.
 */
import { defineGateway } from './config/defineGateway.ts'

// A route that takes an API key takes an OAuth token too, if the token is for its resource.
const KEY = ['api_key', 'oauth'] as const
const SESSION = ['session'] as const
const KEY_OR_SESSION = ['api_key', 'oauth', 'session'] as const
const KEY_SESSION_OR_PAYMENT = ['api_key', 'oauth', 'session', 'payment'] as const

/** A list that is priced by the result: a call pays for those that came, at most for `limit`. */
const pricedByResult = (route: string, unit: 'tweet' | 'user') => {
  const results = { pointer: `/${unit}s` }
  const most = { query: 'limit', default: 20, max: 100 }
  const price = { intent: 'session', price: '0.00015', unit, results, most } as const
  return { route, ...price, auth: KEY_SESSION_OR_PAYMENT, origin: 'api' } as const
}

/** A route that is priced by the call. The origin must answer while the signature is valid. */
const pricedByCall = (route: string, price: string) => {
  return { route, price, auth: KEY_SESSION_OR_PAYMENT, origin: 'api', timeout: '15s' } as const
}

export default defineGateway({
  publicUrl: 'https://xquik.com',
  hosts: ['localhost', '127.0.0.1', '[::1]'],
  basePath: '/api/v1',
  site: { name: 'xquik.com', colour: '#1d4ed8' },
  lease: '5s',
  apiKeys: { prefix: 'xq_', limit: 100, headers: ['xquik-api-key'] },
  sessions: { cookie: 'session_token', idle: '7d', absolute: '30d' },
  signIn: { link: '15m', emailLimit: '5/15m', addressLimit: '30/15m', totalLimit: '1000/15m' },
  mail: { from: 'sign-in@xquik.com' },
  tiers: {
    read: '10/1s fast',
    write: '30/60s strict',
    delete: '15/60s strict',
    mcp: '120/60s fast',
  },
  heartbeat: { pause: '500ms', alone: '60s' },
  addressLimits: { unauthenticated: '600/60s', unpaid: '600/60s' },
  payments: {
    // USDC on Tempo.
    chainId: 4217,
    currency: '0x20c000000000000000000000b9537d11c60e8b50',
    decimals: 6,
    recipientFrom: 'PAYMENT_RECIPIENT',
    challenge: '5m',
    channels: { suggestedDeposit: '1', operatorFrom: 'PAYMENT_OPERATOR' },
  },
  oauth: {
    resources: [
      {
        path: '/mcp',
        scopes: {
          'mcp:tools': {
            en: 'Use the tools of this account',
            tr: 'Bu hesabın araçlarını kullanmak',
            es: 'Usar las herramientas de esta cuenta',
          },
        },
      },
      {
        path: '/api/v1',
        scopes: {
          api: {
            en: 'Use the whole API as you: read, write, and spend',
            tr: 'API’nin tamamını sizin adınıza kullanmak: okumak, yazmak ve harcamak',
            es: 'Usar toda la API en su nombre: leer, escribir y gastar',
          },
        },
      },
    ],
    code: '60s',
    access: '24h',
    refresh: '30d',
    refreshLeeway: '10s',
    consent: '10m',
    appSchemes: {
      claude: 'Claude',
      cursor: 'Cursor',
      vscode: 'Visual Studio Code',
      'vscode-insiders': 'Visual Studio Code Insiders',
    },
    limits: {
      registrationsByAddress: '60/60s',
      registrations: '600/60s', // of which one network gets a tenth
      lookUpsByAddress: '300/60s',
      consents: '120/60s',
      tokens: '300/60s',
      presented: '20/60s',
    },
  },
  origins: {
    api: { urlFrom: 'ORIGIN_URL', requestHeaders: ['x-stainless-*', 'xquik-api-contract'] },
    mcp: { urlFrom: 'MCP_ORIGIN_URL', requestHeaders: ['mcp-*'] },
  },
  routes: [
    { route: 'GET /account', auth: KEY, endpoint: 'account.read', origin: 'api' },
    { route: 'PATCH /account', auth: KEY_OR_SESSION, endpoint: 'account.update' },
    { route: 'POST /api-keys', auth: SESSION, endpoint: 'apiKeys.create' },
    { route: 'GET /api-keys', auth: SESSION, endpoint: 'apiKeys.list' },
    { route: 'DELETE /api-keys/:id', auth: SESSION, endpoint: 'apiKeys.revoke' },

    { route: 'GET /oauth/grants', auth: SESSION, endpoint: 'grants.list' },
    { route: 'DELETE /oauth/grants/:id', auth: SESSION, endpoint: 'grants.revoke' },

    {
      route: '* /mcp',
      root: true,
      protocol: 'mcp',
      auth: KEY,
      scope: 'mcp:tools',
      origin: 'mcp',
      tier: 'mcp', // every message is a POST, most of them reads
      timeout: '60s',
      body: '4mb',
    },

    { route: 'PUT /account/x-identity', auth: KEY_OR_SESSION, origin: 'api' },
    { route: 'POST /compose', auth: KEY_OR_SESSION, origin: 'api', timeout: '60s' },
    { route: '* /credits/*', auth: KEY_OR_SESSION, origin: 'api' },
    { route: '* /drafts/*', auth: KEY_OR_SESSION, origin: 'api' },
    { route: '* /draws/*', auth: KEY_OR_SESSION, origin: 'api' },
    { route: 'GET /events/*', auth: KEY_OR_SESSION, origin: 'api', websocket: true },
    { route: '* /extractions/*', auth: KEY_OR_SESSION, origin: 'api' },
    { route: '* /guest-wallets/*', auth: KEY_OR_SESSION, origin: 'api' },
    // Makes a wallet and the origin's own key for it, which the gateway does not take.
    {
      route: 'POST /guest-wallets',
      auth: [...KEY_OR_SESSION, 'anonymous'],
      origin: 'api',
      limits: ['10/60s strict'],
    },
    { route: '* /integrations/*', auth: KEY_OR_SESSION, origin: 'api' },
    { route: '* /monitors/*', auth: KEY_OR_SESSION, origin: 'api' },
    { route: 'GET /radar', auth: KEY_OR_SESSION, origin: 'api' },
    { route: '* /styles/*', auth: KEY_OR_SESSION, origin: 'api' },
    { route: 'POST /subscribe', auth: KEY_OR_SESSION, origin: 'api' },
    { route: '* /support/*', auth: KEY_OR_SESSION, origin: 'api', body: '10mb' },
    { route: '* /webhooks/*', auth: KEY_OR_SESSION, origin: 'api' },
    { route: 'GET /webhooks/:id/deliveries', auth: KEY_OR_SESSION, origin: 'api' },
    { route: '* /x-accounts/*', auth: KEY_OR_SESSION, origin: 'api' },
    { route: '* /x-write/*', auth: KEY_OR_SESSION, origin: 'api', body: '10mb' },

    { route: '* /x/*', auth: KEY_OR_SESSION, origin: 'api', body: '10mb' },
    { route: 'POST /x/accounts', auth: KEY_OR_SESSION, origin: 'api', limits: ['3/15m strict'] },
    {
      route: 'POST /x/users/:id/follow',
      auth: KEY_OR_SESSION,
      origin: 'api',
      limits: ['20/60s strict', '400/1d strict'],
    },

    pricedByCall('GET /trends', '0.00045'),
    pricedByCall('GET /x/trends', '0.00045'),
    pricedByCall('GET /x/articles/:tweetId', '0.00105'),
    pricedByCall('GET /x/followers/check', '0.00105'),
    pricedByCall('GET /x/tweets/:id', '0.00015'),
    pricedByCall('GET /x/users/:id', '0.00015'),

    pricedByResult('GET /x/tweets/search', 'tweet'),
    pricedByResult('GET /x/tweets/:id/favoriters', 'user'),
    pricedByResult('GET /x/tweets/:id/quotes', 'tweet'),
    pricedByResult('GET /x/tweets/:id/replies', 'tweet'),
    pricedByResult('GET /x/tweets/:id/retweeters', 'user'),
    pricedByResult('GET /x/tweets/:id/thread', 'tweet'),
    pricedByResult('GET /x/users/:id/likes', 'tweet'),
    pricedByResult('GET /x/users/:id/media', 'tweet'),
    pricedByResult('GET /x/users/:id/tweets', 'tweet'),
    {
      route: 'POST /x/media/download',
      auth: KEY_SESSION_OR_PAYMENT,
      origin: 'api',
      timeout: '60s',
      intent: 'session',
      price: '0.00015',
      unit: 'media item',
      results: { pointer: '/media' },
      most: { body: ['/urls', '/tweetIds', '/items'], max: 50 },
    },
  ],
})
