/**
 * The gateway of `npm run dev`: the real gateway, with the local URL, the local chain and the
 * mailbox put into its config and bindings. Never part of a deployment.
 */
import { env } from 'cloudflare:workers'
import type { Config, Route } from '../src/config/config.ts'
import shipped from '../src/gateway.config.ts'
import { createWorker } from '../src/index.ts'
import type { Env } from '../src/store/env.ts'
import { CHAIN_ID, CURRENCY } from './money.ts'

const { DEV_URL, RATE_LIMITS, ORIGIN_BASE_PATH, MAILBOX_URL } = env as unknown as Record<
  string,
  string
>
const url = new URL(DEV_URL ?? 'http://localhost:8787')
const isUnlimited = RATE_LIMITS === 'off'

function devRoute(route: Route): Route {
  const { target } = route
  const keepsBasePath = ORIGIN_BASE_PATH !== 'strip'
  return {
    ...route,
    ...(isUnlimited ? { limits: { read: [], write: [], delete: [] } } : {}),
    target: 'origin' in target ? { origin: { ...target.origin, keepsBasePath } } : target,
  }
}

const { payments, signIn } = shipped

const config: Config = {
  ...shipped,
  publicUrl: url.origin,
  realm: url.hostname,
  // The local chain has no USDC, but a dollar token of its own.
  payments: payments && { ...payments, chainId: CHAIN_ID, currency: CURRENCY },
  routes: shipped.routes.map(devRoute),
  ...(isUnlimited ? { unauthenticatedLimits: [], signIn: signIn && withoutLimits(signIn) } : {}),
  oauth: shipped.oauth && {
    ...shipped.oauth,
    ...(isUnlimited
      ? {
          limits: {
            registrationsByAddress: [],
            lookUpsByAddress: [],
            registrations: [],
            consents: [],
            tokens: [],
          },
        }
      : {}),
  },
}

function withoutLimits(signIn: NonNullable<Config['signIn']>): Config['signIn'] {
  return { ...signIn, emailLimits: [], addressLimits: [] }
}

/** Replaces the `send_email` binding: a message goes to the mailbox. */
const mailbox = {
  async send(message: object): Promise<void> {
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify(message)
    const taken = await fetch(MAILBOX_URL ?? '', { method: 'POST', headers, body })
    if (!taken.ok) throw new Error(`the mailbox answered ${taken.status}`)
  },
}

// One object for all requests, because the gateway memoises by the identity of its bindings.
const bindings: Env = { ...(env as unknown as Env), MAIL: mailbox }
const worker = createWorker(config)

export default {
  fetch: (request: Request, _env: Env, context: ExecutionContext) =>
    worker.fetch(request, bindings, context),
  scheduled: worker.scheduled,
}
