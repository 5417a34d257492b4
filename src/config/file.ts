/** The form of the config file, as an operator writes it. `defineGateway` reads the file. */
import type { PaymentMethodName } from '../contract/charge.ts'
import type { BodiesConfig } from './bodiesFile.ts'
import type { Duration, LimitText, SharedLimitText, Size } from './forms.ts'
import type { HeartbeatConfig } from './heartbeatFile.ts'
import type { ApiKeysConfig } from './keysFile.ts'
import type { OAuthConfig } from './oauthFile.ts'
import type { MostConfig, PaymentsConfig, ResultsConfig } from './paymentsFile.ts'
import type { MailConfig, SignInConfig } from './signInFile.ts'
import type { SiteConfig } from './siteFile.ts'

/**
 * The kinds of credentials that a route can take. If a request presents several, the gateway's own
 * fixed order decides which one counts, not the route.
 *
 * - "api_key": an API key, in `x-api-key`, an alias of it, or as a bearer.
 * - "session": the cookie of a signed-in person.
 * - "oauth": an access token of the gateway's authorization server.
 * - "payment": a payment for the route's price.
 * - "anonymous": none. A call without a credential is let in, and counted by the client's address.
 *   A credential that is sent must still be valid and of a kind that the route takes, else 401.
 */
export const CREDENTIAL_KINDS = ['api_key', 'session', 'oauth', 'payment', 'anonymous'] as const
export type CredentialKind = (typeof CREDENTIAL_KINDS)[number]

/** The endpoints that a route can name: the gateway answers them itself, after the usual stages. */
export const ENDPOINT_NAMES = [
  'account.read',
  'account.update',
  'apiKeys.create',
  'apiKeys.list',
  'apiKeys.revoke',
  'grants.list',
  'grants.revoke',
] as const
export type EndpointName = (typeof ENDPOINT_NAMES)[number]

/** The whole config file. A field without "?" is required; an unknown field is an error. */
export interface ConfigFile<OriginName extends string, TierName extends string> {
  /**
   * The gateway's own https URL without a path, like "https://xquik.com" (http only on loopback):
   * the issuer of assertions and tokens, and the start of links in mails. Its host is served.
   */
  publicUrl: string
  /**
   * The protection space that challenges name: 1 to 200 visible ASCII characters without quotes and
   * backslashes. Default: the host of `publicUrl`.
   */
  realm?: string
  /**
   * More hosts to serve: lower-case names without port or wildcard, like "localhost" or "[::1]".
   * Requests for any other host are 421. Default: none.
   */
  hosts?: readonly string[]
  /** The path below which the routes lie, like "/api/v1"; "" for the root. */
  basePath: string
  /**
   * The time, at most "60s", for which an isolate may trust a verdict about a credential. Within it
   * a revoked credential stops working in other isolates, and what is open with it ends. "0s": each
   * request asks D1, and what is open ends within 1 s.
   */
  lease: Duration
  /**
   * How much longer a verdict is trusted while D1 or KV does not answer, at most "1h". After that,
   * requests are 503. Default "0s".
   */
  stretch?: Duration
  /** The names and links that every page and mail shows. Default: the defaults of its fields. */
  site?: SiteConfig
  /** API keys. */
  apiKeys: ApiKeysConfig
  /** Sessions of signed-in people. */
  sessions: {
    /** The cookie's name: 1 to 64 letters, digits, "_" or "-". */
    cookie: string
    /** The lifetime of a session that is not used, like "7d". */
    idle: Duration
    /** The longest lifetime of any session, like "30d". */
    absolute: Duration
  }
  /** The settings of sign-in. Needs `mail`. Default: nobody can sign in. */
  signIn?: SignInConfig
  /**
   * The e-mail addresses of the people who run the gateway, in lower case: an account with one of
   * them has the owners' pages, and gets in whatever `signIn.accounts` says. Default: nobody.
   */
  owners?: readonly string[]
  /** The settings of mail. Required for `signIn`. */
  mail?: MailConfig
  /**
   * Limits of each account, by the tier's name (letters and digits, a lower-case letter first, at
   * most 40). A route that names no tier counts GET, HEAD and OPTIONS in "read", POST, PUT and
   * PATCH in "write", and DELETE in "delete". A limit is "fast" or "strict".
   */
  tiers: Readonly<Record<TierName | 'read' | 'write' | 'delete', SharedLimitText>>
  /** The heartbeats between the isolates and the objects of accounts. */
  heartbeat?: HeartbeatConfig
  /**
   * Limits of each client address: an IPv4 address, the /64 of an IPv6 address, or the zone of a
   * Worker. A /48, and all Workers together, have ten times as much (docs/limits.md).
   */
  addressLimits: {
    /** Wrong credentials: 401, and refused OAuth clients, codes and tokens. */
    unauthenticated: LimitText
    /**
     * Unpaid calls: 402. The same limit holds, counted separately, for payments that were tried and
     * not paid. Default: that of `unauthenticated`.
     */
    unpaid?: LimitText
  }
  /** Bounds of bodies, beside each route's `body`. */
  bodies?: BodiesConfig
  /** Sites whose pages may read answers in a browser (docs/proxying.md). Default: none. */
  cors?: {
    /** Exact origins, like "https://app.example.com". */
    origins: readonly string[]
    /**
     * Response headers that those pages may read, beside the gateway's own, the standard ones, and
     * those that an origin exposes itself. Default: none.
     */
    exposedHeaders?: readonly string[]
  }
  /** The settings of payments. Required if a route has a price. */
  payments?: PaymentsConfig
  /** The settings of OAuth. Required if a route takes "oauth". */
  oauth?: OAuthConfig
  /** The services behind the gateway, by name (the form is that of a tier's name). */
  origins: Readonly<Record<OriginName, OriginConfig>>
  /** Everything that the gateway exposes; any other path is 404. At least one route. */
  routes: readonly RouteConfig<OriginName, TierName | 'read' | 'write' | 'delete'>[]
}

/** A service behind the gateway. It has exactly one of `url`, `urlFrom` and `service`. */
export interface OriginConfig {
  /**
   * An https URL without query (http only on loopback), like "https://api.example.com/v2". Its path
   * goes before every forwarded path.
   */
  url?: string
  /** The name of the variable that holds that URL, like "ORIGIN_URL". */
  urlFrom?: string
  /** The name of a service binding to another Worker, like "DEMO". */
  service?: string
  /** Whether forwarded paths keep the config's `basePath`. Default "keep". */
  basePath?: 'keep' | 'strip'
  /** The `aud` of the assertion that the origin gets. Default: the origin's name in this config. */
  audience?: string
  /**
   * Request headers to forward beside the standard ones, in lower case; "x-name-*" is a prefix.
   * Default: none.
   */
  requestHeaders?: readonly string[]
  /**
   * Headers that the origin demands: lower-case name → name of the secret with the value, like
   * { "x-origin-token": "ORIGIN_TOKEN" }. Default: none.
   */
  secretHeaders?: Readonly<Record<string, string>>
}

/** A route: the requests that it matches, the callers that it takes, and the way it answers. */
export interface RouteConfig<OriginName extends string, TierName extends string> {
  /**
   * "METHOD /path" below the base path. Methods: "GET" (HEAD too), "GET|POST" or "*" for all.
   * Segments: literals, ":name" for any one segment, a last "*" for the path before it and all
   * below. The most specific of the matching routes answers: "GET /x/tweets/search" comes before
   * "GET /x/tweets/:id", and that before "* /x/*".
   */
  route: string
  /** Whether the path begins at the root instead of below the base path. Default false. */
  root?: boolean
  /** The kinds of credentials that the route takes, at least one. */
  auth: readonly CredentialKind[]
  /**
   * The origin to which the route is proxied. A route has either this or `endpoint`; only
   * "account.read" may have both: the members of the origin's answer are added to the account.
   */
  origin?: OriginName
  /** The endpoint with which the gateway answers the route itself. */
  endpoint?: EndpointName
  /**
   * "mcp" for an MCP server over Streamable HTTP: one fixed path, and the URL of the origin is that
   * of the server's endpoint. Default "http".
   */
  protocol?: 'http' | 'mcp'
  /** The tier that counts the route's requests. Default: the tier of the request's method. */
  tier?: TierName
  /** The route's own limits, beside the tier's, each with another window. Default: none. */
  limits?: readonly SharedLimitText[]
  /**
   * The time in which the origin must begin its answer. Default "30s". With a price by the call
   * that settles "after", at most "15s", the default there, for the whole answer, because a
   * signature is valid for about 25 s.
   */
  timeout?: Duration
  /** The largest request body. Default "1mb" with an origin, "16kb" with an endpoint. */
  body?: Size
  /**
   * The largest request body of a caller without an account, at most `body`. Needs "payment" or
   * "anonymous" in `auth`. Default: `bodies.unpaid` of the config.
   */
  unpaidBody?: Size
  /** Whether a WebSocket upgrade is proxied. Default false. */
  websocket?: boolean
  /**
   * Whether a ":name" may hold `%2F`, `%25` and `%3B`, and end with a dot, as some ids do. Only for
   * an origin that splits a path before it decodes the segments (docs/proxying.md). Default false.
   */
  encodedIds?: boolean
  /**
   * A price in the currency of `payments`, like "0.00015": a decimal without more decimals than the
   * currency has, at most 2^53 - 1 of its smallest unit. "0" asks only for the proof of a wallet.
   * Needs "payment" in `auth`, and "payment" needs a price. Default: no price.
   */
  price?: string
  /**
   * Whether the price is for each call ("charge", the default) or for each result ("session"),
   * which is paid through a payment channel.
   */
  intent?: 'charge' | 'session'
  /** With a price: the ways to pay it, the preferred one first. Default ["tempo"]. */
  methods?: readonly PaymentMethodName[]
  /**
   * With "charge": whether the payment moves "after" the origin has answered 2xx (the default) or
   * "before" the origin is asked.
   */
  settle?: 'after' | 'before'
  /** With "session", required: the name of one result, like "tweet", in at most 30 letters. */
  unit?: string
  /** With "session", required: the place where an answer says how many results it holds. */
  results?: ResultsConfig
  /** With "session", required: the place where a call says how many results it asks for. */
  most?: MostConfig
  /**
   * With "charge": whether we pay the chain's fee for payers by "tempo", within `payments.sponsor`.
   * Default false.
   */
  sponsored?: boolean
  /**
   * With a price: whether payments come in `Payment-Authorization`, so that `Authorization` is free
   * for a credential. Default false.
   */
  paymentHeader?: boolean
  /**
   * The scope that an OAuth token needs: `oauth.scope`. Callers with other credentials need no
   * scope. Default: none.
   */
  scope?: string
}
