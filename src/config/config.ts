/** The parsed config: units resolved, and routes in the order in which they are tried. */
import { memoize } from '../lib/memoize.ts'
import type { Limit } from '../limits/limit.ts'
import type { CredentialKind, EndpointName } from './file.ts'
import type { ApiKeys } from './keyForms.ts'
import type { OAuth, Resource } from './oauthSettings.ts'
import type { Method, Pattern } from './pattern.ts'
import { createPathIndex, segmentsOf } from './routeIndex.ts'
import type { CallPrice, Price, ResultPrice } from './routePrice.ts'
import type { AccountPolicy } from './signInFile.ts'

/** A service behind the gateway. */
export interface Origin {
  name: string
  /** A URL, the name of the variable that holds it, or the name of a service binding. */
  location: { url: string } | { urlFrom: string } | { service: string }
  /** Whether forwarded paths keep the base path. */
  keepsBasePath: boolean
  /** The `aud` of the assertion. */
  audience: string
  /** More request headers that pass, in lower case; "x-name-*" is a prefix. */
  requestHeaders: readonly string[]
  /** The name of a header that the origin demands → the name of the secret with its value. */
  secretHeaders: Readonly<Record<string, string>>
}

/** The settings of payments. */
export interface Payments {
  chainId: number
  /** The token's address, in lower case. */
  currency: string
  decimals: number
  /** The name of the variable that holds the address that is paid. */
  recipientFrom: string
  challengeMs: number
  /** The most that we pay of payers' chain fees, in millionths of a dollar; null: nothing. */
  sponsor: { perPayment: number; perDay: number } | null
  channels: Channels | null
  /** The settings of payments by "evm"; null: no route has this method. */
  evm: EvmPayments | null
}

/** The settings of payment channels. */
export interface Channels {
  /** The deposit that payers are told to make, in the currency's smallest unit. */
  suggestedDeposit: bigint
  /** The name of the variable that holds the address that settles. */
  operatorFrom: string
  /** The address of the contract, in lower case. */
  escrow: string
}

/** Payment in an EIP-3009 token. */
export interface EvmPayments {
  chainId: number
  /** The token's address, in lower case. */
  currency: string
  decimals: number
  /** The name and the version in the token's EIP-712 domain. */
  name: string
  version: string
  /** The name of the variable that holds the address that is paid. */
  recipientFrom: string
}

/** A route; its pattern is for the whole path, with the base path. */
export interface Route extends Pattern {
  /** The route as the config writes it, "GET /x/tweets/:id": its name in logs and counters. */
  id: string
  /** The kinds of credentials that the route takes. */
  auth: readonly CredentialKind[]
  /** Decides the form of errors, and which sites' pages may call. */
  protocol: 'http' | 'mcp'
  /** `merged`: the origin whose answer the endpoint adds to its own. */
  target: { origin: Origin } | { endpoint: EndpointName; merged: Origin | null }
  /** The limits of its requests by kind of method: the tier's and the route's own. */
  limits: MethodLimits
  /** The time in which the origin must begin its answer. */
  timeoutMs: number
  /** The largest request body. */
  bodyBytes: number
  /** The largest request body of a caller without an account. */
  unpaidBytes: number
  /** Whether a WebSocket upgrade is proxied. */
  websocket: boolean
  /** Whether parameters may be ids of http/encodedIds.ts. */
  encodedIds: boolean
  /** The price for callers without an account, or null. */
  price: Price | null
  /** The scope that an OAuth token needs; null: no scope. */
  scope: string | null
  /** The resource that an OAuth token must be for; null: the route takes no tokens. */
  resource: Resource | null
}

/** The names and links that every page and mail shows. */
export interface Site {
  name: string
  /** The path of the logo, below `/assets/`. */
  logo: string
  /** "#rrggbb". */
  colour: string
  /** A URL, "mailto:" included; null: none is shown. */
  support: string | null
  terms: string | null
  privacy: string | null
}

/** The parsed config. The fields' meaning is that of `ConfigFile`. */
export interface Config {
  publicUrl: string
  realm: string
  heartbeat: { pauseMs: number; aloneMs: number }
  /** All hosts to serve, that of `publicUrl` included: lower-case names without port. */
  hosts: ReadonlySet<string>
  basePath: string
  leaseMs: number
  stretchMs: number
  site: Site
  apiKeys: ApiKeys
  sessions: { cookie: string; idleMs: number; absoluteMs: number }
  /** The e-mail addresses of the people who run the gateway, in their one spelling. */
  owners: readonly string[]
  /** The settings of sign-in; null: nobody can sign in. */
  signIn: {
    accounts: AccountPolicy
    /** The settings of sign-in with Google; null: there is none. */
    google: { clientId: string; secretFrom: string; issuer: string } | null
    linkMs: number
    emailLimits: readonly Limit[]
    addressLimits: readonly Limit[]
    totalLimits: readonly Limit[]
    /** Requests with one and the same link, browser's id or session, on the pages of sign-in. */
    secretLimits: readonly Limit[]
    /** Requests with one session to the dashboard. */
    pageLimits: readonly Limit[]
  } | null
  /** The address that mail comes from, and the `send_email` binding that sends it. */
  mail: { from: string; binding: string } | null
  /** The limits of answers without a valid credential for each client address; none: unlimited. */
  unauthenticatedLimits: readonly Limit[]
  /** The limits of 402s for each client address, and those of payments that were not paid. */
  unpaidLimits: readonly Limit[]
  bodies: { unpaidMs: number; idleMs: number }
  cors: { origins: ReadonlySet<string>; exposedHeaders: readonly string[] }
  /** The settings of payments; null: no route has a price. */
  payments: Payments | null
  /** The settings of OAuth; null: no tokens are issued. */
  oauth: OAuth | null
  /** All routes, the most specific first. */
  routes: readonly Route[]
}

/** How long a payment is held beyond the route's deadline, for all other steps. */
export const MARGIN_MS = 5_000

/** Limits by what a method does; an empty list is unlimited. */
export interface MethodLimits {
  /** The limits of GET, HEAD and OPTIONS. */
  read: readonly Limit[]
  /** The limits of POST, PUT and PATCH. */
  write: readonly Limit[]
  /** The limits of DELETE. */
  delete: readonly Limit[]
}

/** The limits that a request of a method counts against. */
export function limitsFor({ limits }: Pick<Route, 'limits'>, method: string): readonly Limit[] {
  if (method === 'DELETE') return limits.delete
  return method === 'POST' || method === 'PUT' || method === 'PATCH' ? limits.write : limits.read
}

/** Whether a route has a price for each call. */
export const isPricedByCall = (route: Route): route is Route & { price: CallPrice } =>
  route.price?.intent === 'charge'

/** A route that has a price for each result. */
export type MeteredRoute = Route & { price: ResultPrice }

/** Whether a route has a price for each result. */
export const isPricedByResult = (route: Route): route is MeteredRoute =>
  route.price?.intent === 'session'

const indexOf = memoize((config: Config) => {
  const index = createPathIndex<Route>()
  for (const route of config.routes) index.add(route.segments, route)
  return index
})

/** Every route that matches a path, whatever its methods; the most specific first. */
export function routesAt(config: Config, path: string): Route[] {
  return path.startsWith('/') ? indexOf(config).at(segmentsOf(path)) : []
}

/** The route that answers a method on a path, or undefined. */
export function findRoute(config: Config, method: string, path: string): Route | undefined {
  return routesAt(config, path).find((route) => route.methods.includes(method as Method))
}

/** The rest of a path after the base path, "/" if none is left; null if the path is elsewhere. */
export function belowBase({ basePath }: Config, path: string): string | null {
  if (path === basePath) return '/'
  return path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : null
}
