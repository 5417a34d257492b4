/** The gateway as `npm run dev` runs it: the real one, told where it is. Never part of a deployment. */
import { env } from 'cloudflare:workers'
import shipped from '../src/gateway.config.ts'
import { createWorker } from '../src/index.ts'
import type { Gateway, Route } from '../src/lib/gateway.ts'
import { CHAIN_ID, CURRENCY } from './money.ts'

const { DEV_URL, RATE_LIMITS, ORIGIN_BASE_PATH } = env as unknown as Record<string, string>
const url = new URL(DEV_URL ?? 'http://localhost:8787')
const lifted = RATE_LIMITS === 'off'

function inDev(route: Route): Route {
  const { target } = route
  const keepsBasePath = ORIGIN_BASE_PATH !== 'strip'
  return {
    ...route,
    ...(lifted ? { limitsFor: () => [] } : {}),
    target: 'origin' in target ? { origin: { ...target.origin, keepsBasePath } } : target,
  }
}

const { payments } = shipped

const gateway: Gateway = {
  ...shipped,
  publicUrl: url.origin,
  realm: url.hostname,
  // The local chain has no USDC, but dollars of its own.
  payments: payments && { ...payments, chainId: CHAIN_ID, currency: CURRENCY },
  routes: shipped.routes.map(inDev),
  ...(lifted ? { unauthenticatedLimit: null } : {}),
  oauth: shipped.oauth && {
    ...shipped.oauth,
    ...(lifted
      ? { limits: { registrationsByAddress: null, registrations: null, consents: null } }
      : {}),
  },
}

export default createWorker(gateway)
