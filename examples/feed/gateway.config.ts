/** A feed for agents: nobody has an account, and every call is paid for. */
import { defineGateway } from '../../src/config/defineGateway.ts'

export default defineGateway({
  publicUrl: 'https://feed.example',
  basePath: '',
  lease: '5s',
  apiKeys: { prefix: 'fd_', limit: 1 },
  sessions: { cookie: 'session_token', idle: '7d', absolute: '30d' },
  tiers: { read: '10/1s', write: '30/60s', delete: '15/60s' },
  addressLimits: { unauthenticated: '600/60s' },
  payments: {
    chainId: 4217,
    currency: '0x20c000000000000000000000b9537d11c60e8b50',
    decimals: 6,
    recipientFrom: 'PAYMENT_RECIPIENT',
    challenge: '5m',
  },
  origins: { feed: { urlFrom: 'ORIGIN_URL' } },
  routes: [
    { route: 'GET /headlines', auth: ['anonymous'], origin: 'feed' },
    {
      route: 'GET /articles/:id',
      auth: ['payment'],
      origin: 'feed',
      price: '0.02',
      timeout: '10s',
    },
  ],
})
