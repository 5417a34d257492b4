/** A weather API: callers with an API key, or without an account for a price by the call. */
import { defineGateway } from '../../src/config/defineGateway.ts'

export default defineGateway({
  publicUrl: 'https://api.weather.example',
  basePath: '/v1',
  lease: '5s',
  apiKeys: { prefix: 'wx_', limit: 20 },
  sessions: { cookie: 'session_token', idle: '7d', absolute: '30d' },
  signIn: { link: '15m', emailLimit: '5/15m', addressLimit: '30/15m', totalLimit: '1000/15m' },
  mail: { from: 'sign-in@weather.example' },
  tiers: { read: '10/1s', write: '30/60s', delete: '15/60s' },
  addressLimits: { unauthenticated: '600/60s' },
  payments: {
    chainId: 4217,
    currency: '0x20c000000000000000000000b9537d11c60e8b50',
    decimals: 6,
    recipientFrom: 'PAYMENT_RECIPIENT',
    challenge: '5m',
  },
  // The service knows nothing of /v1: it gets /forecast/oslo.
  origins: { weather: { urlFrom: 'ORIGIN_URL', basePath: 'strip' } },
  routes: [
    { route: 'POST /api-keys', auth: ['session'], endpoint: 'apiKeys.create' },
    { route: 'GET /api-keys', auth: ['session'], endpoint: 'apiKeys.list' },
    { route: 'DELETE /api-keys/:id', auth: ['session'], endpoint: 'apiKeys.revoke' },
    {
      route: 'GET /forecast/:city',
      auth: ['api_key', 'payment'],
      origin: 'weather',
      price: '0.001',
      timeout: '10s',
    },
  ],
})
