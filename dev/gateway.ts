/**
 * The gateway of `npm run dev`: the real gateway, with the local URL, the local chain and the
 * mailbox put into its config and bindings. Never part of a deployment.
 */
import { env } from 'cloudflare:workers'
import { type Explanation, explain } from '../cli/explain/explain.ts'
import type { Config, Origin, Route } from '../src/config/config.ts'
import type { OAuth, Resource } from '../src/config/oauthSettings.ts'
import shipped from '../src/gateway.config.ts'
import { createWorker } from '../src/index.ts'
import type { Env } from '../src/store/env.ts'
import { CHAIN_ID, CURRENCY } from './money.ts'
import { DEMO_EMAIL } from './owner.ts'

declare global {
  /** Set by the first line of the built file (dev/table.ts). */
  var TURNPIKE_DEV: { id: string; variables: Record<string, string> } | undefined
}

const { id, variables } = globalThis.TURNPIKE_DEV ?? { id: '', variables: {} }
const { DEV_URL, RATE_LIMITS, ORIGIN_BASE_PATH, MAILBOX_URL } = {
  ...(env as unknown as Record<string, string>),
  ...variables,
}
const url = new URL(DEV_URL ?? 'http://localhost:8787')
const isUnlimited = RATE_LIMITS === 'off'

/** The resource at the local URL: clients compare it with the URL that they call. */
const devResource = (resource: Resource): Resource => {
  return { ...resource, url: url.origin + resource.path }
}

function devRoute(route: Route): Route {
  const { target, resource } = route
  return {
    ...route,
    resource: resource && devResource(resource),
    ...(isUnlimited ? { limits: { read: [], write: [], delete: [] } } : {}),
    target:
      'origin' in target
        ? { origin: devOrigin(target.origin) }
        : { ...target, merged: target.merged && devOrigin(target.merged) },
  }
}

/** The origin as the config has it, but for a base path that was set for the one of ORIGIN_URL. */
function devOrigin(origin: Origin): Origin {
  const { location } = origin
  const isSet = ORIGIN_BASE_PATH === 'keep' || ORIGIN_BASE_PATH === 'strip'
  return isSet && 'urlFrom' in location && location.urlFrom === 'ORIGIN_URL'
    ? { ...origin, keepsBasePath: ORIGIN_BASE_PATH === 'keep' }
    : origin
}

const { payments, signIn, oauth } = shipped

const config: Config = {
  ...shipped,
  publicUrl: url.origin,
  realm: url.hostname,
  owners: [...shipped.owners, DEMO_EMAIL],
  hosts: new Set([...shipped.hosts, url.hostname, 'localhost', '127.0.0.1', '[::1]']),
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
  const none = {
    emailLimits: [],
    addressLimits: [],
    totalLimits: [],
    secretLimits: [],
    pageLimits: [],
  }
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

/** The explanation of a request in one line of ASCII. */
function headerOf(explained: Explanation): string {
  const parts = Object.entries(explained).map(([name, sentence]) => `${name}: ${sentence}`)
  return parts.join('; ').replace(/[^ -~]/g, '?')
}

// One object for all requests, because the gateway memoises by the identity of its bindings.
const bindings: Env = { ...(env as unknown as Env), ...variables }
if (config.mail !== null) bindings[config.mail.binding] = mailbox
const worker = createWorker(config)

export default {
  async fetch(request: Request, _env: Env, context: ExecutionContext): Promise<Response> {
    // Says which table runs, for `npm run dev`, which waits for a new one.
    if (new URL(request.url).pathname === '/__dev') return Response.json({ id })
    const { method, url } = request
    const explained = explain(config, { method, url, headers: new Map(request.headers) })
    const answer = await worker.fetch(request, bindings, context)
    if (answer.status === 101) return answer
    const copy = new Response(answer.body, answer)
    copy.headers.set('turnpike-explain', headerOf(explained))
    return copy
  },
  scheduled: worker.scheduled,
}
