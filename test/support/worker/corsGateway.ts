/** A gateway whose pages of another site are those of the origin's own host. */
import { env } from 'cloudflare:workers'
import { defineGateway } from '../../../src/config/defineGateway.ts'
import { createGateway } from '../../../src/index.ts'

const { DEV_URL = '', ORIGIN_URL = '' } = env as unknown as Record<string, string>

export default createGateway(
  defineGateway({
    publicUrl: DEV_URL,
    basePath: '',
    lease: '5s',
    apiKeys: { prefix: 'xq_', limit: 100 },
    sessions: { cookie: 'session_token', idle: '7d', absolute: '30d' },
    tiers: { read: 'unlimited', write: 'unlimited', delete: 'unlimited' },
    addressLimits: { unauthenticated: 'unlimited' },
    cors: { origins: [ORIGIN_URL] },
    origins: { api: { urlFrom: 'ORIGIN_URL', requestHeaders: ['x-stainless-*'] } },
    routes: [{ route: '* /v1/*', auth: ['anonymous', 'api_key'], origin: 'api' }],
  }),
)
