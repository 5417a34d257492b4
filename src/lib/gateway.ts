/** The config once it has been read: units resolved, rows in the order in which they are tried. */
import type { CredentialKind, EndpointName } from './config.ts'
import type { Method, Pattern } from './routes.ts'
import { matches } from './routes.ts'
import type { Limit } from './windows.ts'

export interface Origin {
  name: string
  location: { url: string } | { urlFrom: string } | { service: string }
  keepsBasePath: boolean
  audience: string
  requestHeaders: readonly string[]
  /** Header name → name of the secret binding. */
  secretHeaders: Readonly<Record<string, string>>
}

/** A flat price for one call. */
export interface Price {
  /** In the currency's smallest unit. */
  amount: bigint
  intent: 'charge'
  settle: 'after' | 'before'
  paymentHeader: boolean
}

/** How prices are paid. */
export interface Payments {
  chainId: number
  currency: string
  decimals: number
  recipientFrom: string
  challengeMs: number
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
  /** Null is unlimited. */
  limits: {
    /** Registrations of one client address. */
    registrationsByAddress: Limit | null
    /** Registrations of all together. */
    registrations: Limit | null
    /** Consent pages of one account. */
    consents: Limit | null
    /** Pairs of tokens of one account. */
    tokens: Limit | null
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
  /** What a call costs without an account; null: it is not for sale. */
  price: Price | null
  /** The scope that a token needs here; null: none in particular. */
  scope: string | null
}

export interface Gateway {
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
  signIn: { linkMs: number; emailLimit: Limit | null; addressLimit: Limit | null } | null
  /** How mail is sent: from which address, by which binding. */
  mail: { from: string; binding: string } | null
  /** Unauthenticated answers for each client address; null is unlimited. */
  unauthenticatedLimit: Limit | null
  corsOrigins: ReadonlySet<string>
  payments: Payments | null
  /** Null: no tokens are issued. */
  oauth: OAuth | null
  /** The most specific first. */
  routes: readonly Route[]
}

/** Every row that names a path, whatever its method; the most specific first. */
export function routesAt(gateway: Gateway, path: string): Route[] {
  if (!path.startsWith('/')) return []
  const segments = path === '/' ? [] : path.slice(1).split('/')
  return gateway.routes.filter((route) => matches(route, segments))
}

/** The row that answers a method on a path, or undefined. */
export function routeFor(gateway: Gateway, method: string, path: string): Route | undefined {
  return routesAt(gateway, path).find((route) => route.methods.includes(method as Method))
}

/** What of a path comes after the base path, "/" for nothing; null for a path that is not below it. */
export function belowBase({ basePath }: Gateway, path: string): string | null {
  if (path === basePath) return '/'
  return path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : null
}
