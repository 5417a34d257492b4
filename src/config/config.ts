/** The config once it has been read: units resolved, rows in the order in which they are tried. */

import type { PaymentMethodName } from '../contract/charge.ts'
import type { Pointer } from '../lib/jsonPointer.ts'
import { memoize } from '../lib/memoize.ts'
import type { Limit } from '../limits/limit.ts'
import type { CredentialKind, EndpointName } from './file.ts'
import type { Method, Pattern } from './pattern.ts'
import { createPathIndex, segmentsOf } from './routeIndex.ts'

export interface Origin {
  name: string
  location: { url: string } | { urlFrom: string } | { service: string }
  keepsBasePath: boolean
  audience: string
  requestHeaders: readonly string[]
  /** Header name → name of the secret binding. */
  secretHeaders: Readonly<Record<string, string>>
}

/** What a row costs without an account. */
export type Price = CallPrice | ResultPrice

/** A flat price for one call. */
export interface CallPrice {
  intent: 'charge'
  /** In the smallest unit of the `payments` currency. */
  amount: bigint
  /** The ways to pay it, the preferred one first. */
  methods: readonly PaymentMethodName[]
  settle: 'after' | 'before'
  /** Whether we pay the chain's fee. */
  sponsored: boolean
  paymentHeader: boolean
}

/** A price for each result, paid through a channel. */
export interface ResultPrice {
  intent: 'session'
  /** For one result, in the currency's smallest unit. */
  amount: bigint
  /** What one result is: "tweet". */
  unit: string
  results: Results
  most: Most
  paymentHeader: boolean
}

/** How prices are paid. */
export interface Payments {
  chainId: number
  currency: string
  decimals: number
  recipientFrom: string
  challengeMs: number
  /** The most that we pay of others' fees, in millionths of a dollar; null: nothing. */
  sponsor: { perPayment: number; perDay: number } | null
  channels: Channels | null
  /** How the rows that take "evm" are paid; null: no row does. */
  evm: EvmPayments | null
}

/** What channels are told to be. */
export interface Channels {
  /** In the currency's smallest unit. */
  suggestedDeposit: bigint
  operatorFrom: string
  /** The address of the contract, in lower case. */
  escrow: string
}

/** Payment in an EIP-3009 token. */
export interface EvmPayments {
  chainId: number
  currency: string
  decimals: number
  /** The token's EIP-712 domain. */
  name: string
  version: string
  recipientFrom: string
}

/** How tokens are issued to OAuth clients. */
export interface OAuth {
  /** The path of the protected resource, "/mcp". */
  resourcePath: string
  /** The one scope that there is. */
  scope: string
  codeMs: number
  accessMs: number
  refreshMs: number
  /** How long after its use a refresh token may come again without ending its family. */
  leewayMs: number
  /** How long a consent page can be answered. */
  consentMs: number
  /** An empty list is unlimited. */
  limits: {
    /** Registrations of one client address. */
    registrationsByAddress: readonly Limit[]
    /** Registrations of all together. */
    registrations: readonly Limit[]
    /** Consent pages of one account. */
    consents: readonly Limit[]
    /** Pairs of tokens of one account. */
    tokens: readonly Limit[]
  }
}

/** A row; its pattern is that of the whole path, the base path included. */
export interface Route extends Pattern {
  /** The row as the config writes it: its name in logs and counters. */
  id: string
  auth: readonly CredentialKind[]
  /** How callers are told of errors, and whose pages may call. */
  protocol: 'http' | 'mcp'
  target: { origin: Origin } | { endpoint: EndpointName }
  /** The tier's window for each method, and the row's own. */
  limitsFor: (method: string) => readonly Limit[]
  timeoutMs: number
  bodyBytes: number
  websocket: boolean
  /** What it costs without an account; null: it is not for sale. */
  price: Price | null
  /** The scope that a token needs here; null: none in particular. */
  scope: string | null
}

export interface Config {
  publicUrl: string
  realm: string
  /** Lower-case host names without port. */
  hosts: ReadonlySet<string>
  /** "/api/v1", or "" for none. */
  basePath: string
  leaseMs: number
  apiKeys: { prefix: string; limit: number; acceptUntagged: boolean }
  sessions: { cookie: string; idleMs: number; absoluteMs: number }
  /** How people sign in; null: they do not. */
  signIn: {
    linkMs: number
    emailLimits: readonly Limit[]
    addressLimits: readonly Limit[]
  } | null
  /** How mail is sent: from which address, by which binding. */
  mail: { from: string; binding: string } | null
  /** Unauthenticated answers for each client address; an empty list is unlimited. */
  unauthenticatedLimits: readonly Limit[]
  corsOrigins: ReadonlySet<string>
  payments: Payments | null
  /** Null: no tokens are issued. */
  oauth: OAuth | null
  /** The most specific first. */
  routes: readonly Route[]
}

export const isSoldByCall = (route: Route): route is Route & { price: CallPrice } =>
  route.price?.intent === 'charge'

export const isSoldByResult = (route: Route): route is Route & { price: ResultPrice } =>
  route.price?.intent === 'session'

const indexOf = memoize((config: Config) => {
  const index = createPathIndex<Route>()
  for (const route of config.routes) index.add(route.segments, route)
  return index
})

/** Every route that names a path, whatever its method; the most specific first. */
export function routesAt(config: Config, path: string): Route[] {
  return path.startsWith('/') ? indexOf(config).at(segmentsOf(path)) : []
}

/** The route that answers a method on a path, or undefined. */
export function findRoute(config: Config, method: string, path: string): Route | undefined {
  return routesAt(config, path).find((route) => route.methods.includes(method as Method))
}

/** What of a path comes after the base path, "/" for nothing; null for a path that is not below it. */
export function belowBase({ basePath }: Config, path: string): string | null {
  if (path === basePath) return '/'
  return path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : null
}

/** Where an answer says how many results it holds. `events`: it is a stream, and each of its events is one. */
export type Results = { pointer: Pointer } | { header: string } | { events: true }

/** Where a call says how many results it asks for at most; `max` stands for what cannot be read, and for more. */
export type Most =
  | { query: string; default: number; max: number }
  | { body: readonly Pointer[]; max: number }
  | { max: number }
