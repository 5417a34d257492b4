/** The gateway of the differential test: one route that forwards everything it may. */
import { env } from 'cloudflare:workers'
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
    origins: { api: { urlFrom: 'ORIGIN_URL', requestHeaders: ['x-lab-*'] } },
    routes: [
      {
        route: '* /any/*',
        auth: ['session', 'anonymous'],
        origin: 'api',
        body: '1mb',
        unpaidBody: '1mb',
      },
    ],
  }),
)
