/**
 * The gateway of `npm run dev`: the real gateway, with the local URL, the local chain and the
 * mailbox put into its config and bindings. Never part of a deployment.
 */
import { env } from 'cloudflare:workers'
import type { Config, Route } from '../src/config/config.ts'
import type { OAuth, Resource } from '../src/config/oauthSettings.ts'
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

/** The resource at the local URL: clients compare it with the URL that they call. */
const devResource = (resource: Resource): Resource => {
  return { ...resource, url: url.origin + resource.path }
}

function devRoute(route: Route): Route {
  const { target, resource } = route
  const keepsBasePath = ORIGIN_BASE_PATH !== 'strip'
  return {
    ...route,
    resource: resource && devResource(resource),
    ...(isUnlimited ? { limits: { read: [], write: [], delete: [] } } : {}),
    target:
      'origin' in target
        ? { origin: { ...target.origin, keepsBasePath } }
        : { ...target, merged: target.merged && { ...target.merged, keepsBasePath } },
  }
}

const { payments, signIn, oauth } = shipped

const config: Config = {
  ...shipped,
  publicUrl: url.origin,
  realm: url.hostname,
  // The local chain has no USDC, but a dollar token of its own.
  payments: payments && { ...payments, chainId: CHAIN_ID, currency: CURRENCY },
  routes: shipped.routes.map(devRoute),
  ...(isUnlimited
    ? { unauthenticatedLimits: [], unpaidLimits: [], signIn: signIn && withoutLimits(signIn) }
    : {}),
  oauth: oauth && devOAuth(oauth),
}

function devOAuth(oauth: OAuth): OAuth {
  const [first, ...others] = oauth.resources
  const none = {
    registrationsByAddress: [],
    lookUpsByAddress: [],
    registrations: [],
    consents: [],
    tokens: [],
    presented: [],
  }
  return {
    ...oauth,
    resources: [devResource(first), ...others.map(devResource)],
    limits: isUnlimited ? none : oauth.limits,
  }
}

function withoutLimits(signIn: NonNullable<Config['signIn']>): Config['signIn'] {
  const none = { emailLimits: [], addressLimits: [], totalLimits: [], secretLimits: [] }
  return { ...signIn, ...none }
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
