/** An MCP server behind OAuth: MCP clients get one URL, and find the rest by themselves. */
import { defineGateway } from '../../src/config/defineGateway.ts'

export default defineGateway({
  publicUrl: 'https://tools.example',
  basePath: '',
  lease: '5s',
  apiKeys: { prefix: 'mt_', limit: 20 },
  sessions: { cookie: 'session_token', idle: '7d', absolute: '30d' },
  signIn: { link: '15m', emailLimit: '5/15m', addressLimit: '30/15m', totalLimit: '1000/15m' },
  mail: { from: 'sign-in@tools.example' },
  tiers: { read: '10/1s', write: '30/60s', delete: '15/60s', mcp: '120/60s' },
  addressLimits: { unauthenticated: '600/60s' },
  oauth: {
    resources: [{ path: '/mcp', scopes: { 'mcp:tools': 'Use the tools of this account' } }],
    code: '60s',
    access: '24h',
    refresh: '30d',
    refreshLeeway: '10s',
    consent: '10m',
    appSchemes: { cursor: 'Cursor' },
    limits: {
      registrationsByAddress: '60/60s',
      registrations: '600/60s',
      consents: '120/60s',
      tokens: '300/60s',
      presented: '20/60s',
    },
  },
  origins: { mcp: { urlFrom: 'MCP_ORIGIN_URL', requestHeaders: ['mcp-*'] } },
  routes: [
    { route: 'POST /api-keys', auth: ['session'], endpoint: 'apiKeys.create' },
    { route: 'GET /oauth/grants', auth: ['session'], endpoint: 'grants.list' },
    { route: 'DELETE /oauth/grants/:id', auth: ['session'], endpoint: 'grants.revoke' },
    {
      route: '* /mcp',
      protocol: 'mcp',
      auth: ['api_key', 'oauth'],
      scope: 'mcp:tools',
      origin: 'mcp',
      tier: 'mcp',
      timeout: '60s',
      body: '4mb',
    },
  ],
})
