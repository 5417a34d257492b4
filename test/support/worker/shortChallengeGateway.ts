/** A gateway whose challenges expire after 8 seconds. */
import { env } from 'cloudflare:workers'
import { CHAIN_ID, CURRENCY } from '../../../dev/money.ts'
import { defineGateway } from '../../../src/config/defineGateway.ts'
import { createGateway } from '../../../src/index.ts'

const { DEV_URL = '' } = env as unknown as Record<string, string>

export default createGateway(
  defineGateway({
    publicUrl: DEV_URL,
    basePath: '',
    lease: '5s',
    apiKeys: { prefix: 'xq_', limit: 100 },
    sessions: { cookie: 'session_token', idle: '7d', absolute: '30d' },
    tiers: { read: 'unlimited', write: 'unlimited', delete: 'unlimited' },
    addressLimits: { unauthenticated: 'unlimited' },
    payments: {
      chainId: CHAIN_ID,
      currency: CURRENCY,
      decimals: 6,
      recipientFrom: 'PAYMENT_RECIPIENT',
      challenge: '8s',
    },
    origins: { api: { urlFrom: 'ORIGIN_URL' } },
    routes: [
      {
        route: 'GET /brief',
        auth: ['payment'],
        origin: 'api',
        timeout: '15s',
        price: '0.00015',
      },
      {
        route: 'GET /brief/quick',
        auth: ['payment'],
        origin: 'api',
        timeout: '1s',
        price: '0.00015',
      },
    ],
  }),
)
