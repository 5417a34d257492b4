/** A gateway for tests on raw sockets: every kind of body, and short bounds. */
import { env } from 'cloudflare:workers'
import { defineGateway } from '../../../src/config/defineGateway.ts'
import { createGateway } from '../../../src/index.ts'

const { DEV_URL = '' } = env as unknown as Record<string, string>
const BOTH = ['session', 'anonymous'] as const

export default createGateway(
  defineGateway({
    publicUrl: DEV_URL,
    basePath: '',
    lease: '5s',
    apiKeys: { prefix: 'xq_', limit: 100 },
    sessions: { cookie: 'session_token', idle: '7d', absolute: '30d' },
    tiers: { read: 'unlimited', write: 'unlimited', delete: 'unlimited' },
    bodies: { idle: '1s', unpaidTime: '1s' },
    addressLimits: { unauthenticated: 'unlimited' },
    origins: { api: { urlFrom: 'ORIGIN_URL' } },
    routes: [
      { route: '* /any/*', auth: BOTH, origin: 'api', timeout: '2s', body: '4mb' },
      { route: '* /small/*', auth: BOTH, origin: 'api', body: '1kb' },
      { route: '* /quick/*', auth: BOTH, origin: 'api', timeout: '300ms', body: '4mb' },
      { route: 'GET /socket', auth: BOTH, origin: 'api', websocket: true },
    ],
  }),
)
