/** The shape of the gateway's one config file, as an operator writes it. `defineGateway` reads it. */

/** What a row can take as proof of who calls. The order of presented credentials is the contract's, not the row's. */
export const CREDENTIAL_KINDS = ['api_key', 'session', 'oauth', 'payment', 'anonymous'] as const
export type CredentialKind = (typeof CREDENTIAL_KINDS)[number]

/** The endpoints that the gateway answers itself, after the same stages as every row. */
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

/** "10s", "500ms", "5m", "1h", "30d". */
type Duration = string
/** "20/60s": at most 20 requests in 60 seconds; or "unlimited". */
type LimitText = string
/** "16kb", "1mb". */
type Size = string

export interface OriginConfig {
  /** An https URL (http only on loopback). A path in it goes before every forwarded path. */
  url?: string
  /** The name of a variable that holds that URL. */
  urlFrom?: string
  /** The name of a service binding to another Worker. */
  service?: string
  /** Whether the base path stays on forwarded paths. Default "keep". */
  basePath?: 'keep' | 'strip'
  /** The `aud` of the assertion. Default: the origin's name in this config. */
  audience?: string
  /** More request headers that pass, beside the standard ones; "x-name-*" is a prefix. */
  requestHeaders?: readonly string[]
  /** Headers that the origin itself demands, each from the secret binding named here. */
  secretHeaders?: Readonly<Record<string, string>>
}

export interface RouteConfig<OriginName extends string, TierName extends string> {
  /** "METHOD /path" below the base path: "GET /x/tweets/:id", "* /monitors/*". */
  route: string
  /** Whether the path stands as it is, not below the base path. Default false. */
  root?: boolean
  /** Which credentials the row takes. There is no default. */
  auth: readonly CredentialKind[]
  /** Where the row is proxied to … */
  origin?: OriginName
  /** … or the gateway's own endpoint that answers it. Exactly one of the two. */
  endpoint?: EndpointName
  /** "mcp" for an MCP server's one endpoint over Streamable HTTP. The URL of its origin is that of the endpoint. Default "http". */
  protocol?: 'http' | 'mcp'
  /** Overrides the tier that the method gives. */
  tier?: TierName
  /** Limits of this row, on top of its tier. */
  limits?: readonly LimitText[]
  /** How long the origin may take to begin its answer. Default "30s". */
  timeout?: Duration
  /** The most bytes of request body. Default "1mb" to an origin, "16kb" to an endpoint. */
  body?: Size
  /** Whether a WebSocket upgrade passes. Default false. */
  websocket?: boolean
  /** A decimal price for one call, in the currency of `payments`. Needs "payment" in `auth`, and the other way round. */
  price?: string
  /** How the price is paid. Default "charge"; "session" is refused until the gateway can meter results. */
  intent?: 'charge' | 'session'
  /** When a payment moves: after the origin has answered with success (default), or before it is asked. */
  settle?: 'after' | 'before'
  /** Whether payments come in `Payment-Authorization`, which leaves `Authorization` free. Default false. */
  paymentHeader?: boolean
  /** The scope that an OAuth token needs. Other credentials have none and are not asked for it. */
  scope?: string
}

/** Payment by Tempo's `charge` intent, in a TIP-20 token. */
export interface PaymentsConfig {
  chainId: number
  /** The token's address. */
  currency: string
  /** How many decimals the token has. */
  decimals: number
  /** The name of a variable that holds the address that is paid. */
  recipientFrom: string
  /** How long a challenge can be answered. */
  challenge: Duration
}

/** Sign-in by a link in a mail. */
export interface SignInConfig {
  /** How long a link can be used. */
  link: Duration
  /** Links for one e-mail, counted for all isolates together. */
  emailLimit: LimitText
  /** Links that one client address may ask for. */
  addressLimit: LimitText
}

/** How the gateway sends mail. */
export interface MailConfig {
  /** The address that mail comes from. */
  from: string
  /** The name of the `send_email` binding. Default "MAIL". */
  binding?: string
}

/** The OAuth 2.1 authorization server, and what its tokens are for. */
export interface OAuthConfig {
  /** The path of the protected resource, "/mcp". Its URL is the `resource` that clients ask for. */
  resource: string
  /** The one scope that clients can ask for. */
  scope: string
  /** How long a code, an access token and a refresh token live. */
  code: Duration
  access: Duration
  refresh: Duration
  /** How long after its use a refresh token may come again without ending its family: clients race themselves. */
  refreshLeeway: Duration
  /** How long a consent page can be answered. */
  consent: Duration
  limits: {
    /** Registrations of one client address. Hosted clients share theirs. */
    registrationsByAddress: LimitText
    /** Registrations of all together. */
    registrations: LimitText
    /** Consent pages of one account. */
    consents: LimitText
    /** Pairs of tokens of one account. */
    tokens: LimitText
  }
}

export interface GatewayConfig<OriginName extends string, TierName extends string> {
  /** The gateway's own https URL: realm, issuer of assertions, links. Its host is served. */
  publicUrl: string
  /** The protection space named in challenges. Default: the host of `publicUrl`. */
  realm?: string
  /** More host names to serve (without port). Any other host is 421. */
  hosts?: readonly string[]
  basePath: string
  /** How long a verdict about a credential may be trusted: the bound on revocation elsewhere. */
  lease: Duration
  apiKeys: {
    /** What every key starts with. */
    prefix: string
    /** Active keys for each account. */
    limit: number
    /** Whether keys without our tag (imported ones) are looked up. Default false. */
    acceptUntagged?: boolean
  }
  sessions: { cookie: string; idle: Duration; absolute: Duration }
  /** How people sign in. Without it nobody can. Needs `mail`. */
  signIn?: SignInConfig
  mail?: MailConfig
  /** Windows for each account, by name: "read", "write" and "delete" are given by method. */
  tiers: Readonly<Record<TierName | 'read' | 'write' | 'delete', LimitText>>
  /** Windows for each client address. */
  addressLimits: { unauthenticated: LimitText }
  /** Browser origins that may read answers. Default none. */
  cors?: { origins: readonly string[] }
  /** How rows with a price are paid for. Needed if there is one. */
  payments?: PaymentsConfig
  /** How tokens are issued. Needed if a row takes "oauth". */
  oauth?: OAuthConfig
  origins: Readonly<Record<OriginName, OriginConfig>>
  routes: readonly RouteConfig<OriginName, TierName | 'read' | 'write' | 'delete'>[]
}
