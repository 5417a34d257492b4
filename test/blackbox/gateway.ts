/**
 * The real gateway with the routes that the black-box cases call. Part of the lab, never deployed.
 */
import { env } from 'cloudflare:workers'
import { defineGateway } from '../../src/config/defineGateway.ts'
import { createGateway } from '../../src/index.ts'
import type { Env } from '../../src/store/env.ts'
import { seed } from './seed.ts'

const ANYONE = ['anonymous'] as const
const KEY = ['api_key', 'oauth'] as const
const SESSION = ['session'] as const
const KEY_OR_SESSION = ['api_key', 'oauth', 'session'] as const
const KEY_OR_PAYMENT = ['api_key', 'oauth', 'payment'] as const

const lab = defineGateway({
  publicUrl: 'https://gateway.test',
  hosts: ['localhost', '127.0.0.1'],
  basePath: '',
  lease: '5s',
  apiKeys: { prefix: 'xq_', limit: 10 },
  sessions: { cookie: '__Host-session', idle: '7d', absolute: '30d' },
  signIn: { link: '15m', emailLimit: '5/15m', addressLimit: '5/15m' },
  mail: { from: 'sign-in@gateway.test' },
  // High limits, so that only the routes with limits of their own are limited.
  tiers: { read: '1000/60s', write: '500/60s', delete: '500/60s', tight: '3/60s' },
  addressLimits: { unauthenticated: '60/60s' },
  cors: { origins: ['https://app.example.com'] },
  payments: {
    chainId: 1337,
    currency: '0x20c0000000000000000000000000000000000000',
    decimals: 6,
    recipientFrom: 'PAYMENT_RECIPIENT',
    challenge: '5m',
  },
  oauth: {
    resources: [
      { path: '/mcp', scopes: { read: 'Use the tools' } },
      { path: '/', scopes: { api: 'Use the API' } },
    ],
    code: '60s',
    access: '24h',
    refresh: '30d',
    refreshLeeway: '10s',
    consent: '10m',
    limits: {
      registrationsByAddress: '60/60s',
      registrations: '300/60s',
      consents: '120/60s',
      tokens: '300/60s',
      presented: '20/60s',
    },
  },
  origins: {
    a: {
      urlFrom: 'ORIGIN_A_URL',
      requestHeaders: ['x-lab-*'],
      secretHeaders: { 'x-origin-secret': 'ORIGIN_SECRET' },
    },
    down: { urlFrom: 'DOWN_URL' },
  },
  routes: [
    { route: 'GET /public/*', auth: ANYONE, origin: 'a' },
    { route: 'GET /public/limited', auth: ANYONE, origin: 'a', limits: ['5/60s'] },
    { route: 'GET /v1/open', auth: ['anonymous', 'api_key'], origin: 'a' },
    { route: 'GET /me', auth: SESSION, origin: 'a' },
    { route: 'GET /account', auth: KEY, endpoint: 'account.read' },
    { route: 'PATCH /account', auth: KEY_OR_SESSION, endpoint: 'account.update' },
    { route: 'POST /api-keys', auth: SESSION, endpoint: 'apiKeys.create' },
    { route: 'GET /api-keys', auth: SESSION, endpoint: 'apiKeys.list' },
    { route: 'DELETE /api-keys/:id', auth: SESSION, endpoint: 'apiKeys.revoke' },

    {
      route: 'GET|POST|PUT /v1/echo/*',
      auth: KEY_OR_SESSION,
      origin: 'a',
      body: '64kb',
      timeout: '2s',
    },
    { route: 'GET /v1/echo-tight', auth: KEY_OR_SESSION, origin: 'a', tier: 'tight' },
    { route: 'GET /v1/items/:id', auth: KEY_OR_SESSION, origin: 'a' },
    { route: 'GET /v1/items/search', auth: KEY_OR_SESSION, origin: 'a', limits: ['5/60s'] },
    { route: '* /v1/any/*', auth: KEY_OR_SESSION, origin: 'a' },
    { route: 'GET /v1/admin/*', auth: SESSION, origin: 'a' },
    { route: 'GET /v1/read', auth: KEY_OR_SESSION, origin: 'a' },
    { route: 'POST /v1/write', auth: KEY_OR_SESSION, scope: 'api', origin: 'a' },
    { route: 'GET /v1/limited', auth: KEY_OR_SESSION, origin: 'a', limits: ['5/1m'] },
    { route: 'GET /v1/down', auth: KEY_OR_SESSION, origin: 'down', timeout: '2s' },
    { route: 'POST /v1/drop', auth: KEY_OR_SESSION, origin: 'a', timeout: '2s' },
    { route: 'GET /v1/slow', auth: KEY_OR_SESSION, origin: 'a', timeout: '1s' },
    { route: 'GET /v1/ws', auth: KEY_OR_SESSION, origin: 'a', websocket: true },

    { route: '* /mcp', protocol: 'mcp', auth: KEY, scope: 'read', origin: 'a', timeout: '2s' },

    { route: 'GET /v1/credit', auth: KEY_OR_SESSION, origin: 'a' },
    {
      route: 'GET|POST /v1/paid/*',
      auth: KEY_OR_PAYMENT,
      origin: 'a',
      price: '0.001',
      timeout: '2s',
    },
    { route: 'GET /v1/paid-b', auth: KEY_OR_PAYMENT, origin: 'a', price: '0.001', timeout: '2s' },
    { route: 'GET /v1/paid-dear', auth: KEY_OR_PAYMENT, origin: 'a', price: '0.01', timeout: '2s' },
  ],
})

const gateway = createGateway(lab)
const mails: { to: string; text: string }[] = []
const MAIL = { send: async (mail: { to: string; text: string }) => void mails.push(mail) }
/** One object for all requests, because the gateway memoises by the identity of its bindings. */
const bindings: Env = { ...(env as unknown as Env), MAIL }

/**
 * The gateway, an endpoint that the runner calls before each case (seed), and one for sent mail.
 */
export default {
  async fetch(request: Request, _env: Env, context: ExecutionContext): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    if (request.method === 'POST' && pathname === '/__lab/seed')
      return Response.json(await seed(bindings, lab))
    if (pathname === '/__lab/mail')
      return new Response(mails.findLast(({ to }) => to === searchParams.get('email'))?.text)
    return gateway.fetch(request, bindings, context)
  },
}
