/** A small valid config, for tests that make it invalid in one place at a time. */

import type { Config } from '../../../src/config/config.ts'
import { parseConfig } from '../../../src/config/defineGateway.ts'

type Loose = Record<string, unknown>

export const ROUTE: Loose = { route: 'GET /a', auth: ['api_key'], origin: 'api' }

/** A valid `payments` field. */
export const PAYMENTS: Loose = {
  chainId: 4217,
  currency: '0x20C000000000000000000000b9537d11c60e8b50',
  decimals: 6,
  recipientFrom: 'PAYMENT_RECIPIENT',
  challenge: '5m',
}

/** A valid `payments.evm` field: the money of routes that take "evm". */
export const EVM: Loose = {
  chainId: 8453,
  currency: '0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913',
  decimals: 6,
  name: 'USD Coin',
  version: '2',
  recipientFrom: 'EVM_RECIPIENT',
}

/** The fields of a route priced by the call; it is valid only with `PAYMENTS`. */
export const PRICED: Loose = { auth: ['api_key', 'payment'], price: '0.00015', timeout: '15s' }

/** A valid `oauth` field. */
export const OAUTH: Loose = {
  resources: [
    { path: '/mcp', scopes: { 'mcp:tools': 'Use the tools' } },
    { path: '/api/v1', scopes: { api: 'Use the API' } },
  ],
  code: '60s',
  access: '24h',
  refresh: '30d',
  refreshLeeway: '10s',
  consent: '10m',
  limits: {
    registrationsByAddress: '60/60s',
    registrations: '300/60s',
    consents: 'unlimited',
    tokens: 'unlimited',
    presented: 'unlimited',
  },
}

/** A valid `payments` field with channels. */
export const CHANNELS: Loose = {
  ...PAYMENTS,
  channels: { suggestedDeposit: '1', operatorFrom: 'OPERATOR' },
}

/** The fields of a route priced by the result; it is valid only with `CHANNELS`. */
export const METERED: Loose = {
  auth: ['api_key', 'payment'],
  intent: 'session',
  price: '0.00015',
  unit: 'tweet',
  results: { pointer: '/tweets' },
  most: { query: 'limit', default: 20, max: 100 },
}

/** The sample config with some of its top-level fields replaced. */
export function sample(changes: Loose = {}): Loose {
  return {
    publicUrl: 'https://gateway.test',
    basePath: '/api/v1',
    lease: '5s',
    heartbeat: { pause: '1ms' },
    apiKeys: { prefix: 'xq_', limit: 100 },
    sessions: { cookie: 'session_token', idle: '7d', absolute: '30d' },
    tiers: { read: '10/1s', write: '30/60s', delete: '15/60s' },
    addressLimits: { unauthenticated: '600/60s' },
    origins: { api: { url: 'https://origin.test' } },
    routes: [ROUTE],
    ...changes,
  }
}

/** The sample config with these routes. Each is `ROUTE` with some fields replaced. */
export function withRoutes(...routes: Loose[]): Loose {
  return sample({ routes: routes.map((route) => ({ ...ROUTE, ...route })) })
}

/** The sample config with one route priced by the call, some of its fields replaced. */
export function withPriced(changes: Loose = {}, payments: Loose | null = PAYMENTS): Loose {
  return { ...withRoutes({ ...PRICED, ...changes }), ...(payments && { payments }) }
}

/** The sample config with one route priced by the result, some of its fields replaced. */
export function withMetered(changes: Loose = {}, payments: Loose = CHANNELS): Loose {
  return { ...withRoutes({ ...METERED, ...changes }), payments }
}

/** The sample config with its one origin replaced. */
export function withOrigin(origin: Loose): Loose {
  return sample({ origins: { api: origin } })
}

/** The parsed config with one route for each of these patterns. */
export function gatewayOf(...routes: string[]): Config {
  return parseConfig(withRoutes(...routes.map((route) => ({ route }))))
}

/** Every complaint about a config; none if it is valid. */
export function complaintsOf(config: unknown): string[] {
  try {
    parseConfig(config)
    return []
  } catch (error) {
    const [, ...lines] = String(error).split('\n')
    return lines.map((line) => line.replace(/^ {2}- /, ''))
  }
}
