/** The shape of the gateway's one config file, as an operator writes it. `defineGateway` reads it. */
import type { PaymentMethodName } from '../contract/charge.ts'

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

/**
 * A JSON pointer (RFC 6901) to an array or a number in the answer; or a header that the origin sets; or
 * `events`: the answer is a stream of server-sent events, and each one is a result.
 */
export type ResultsConfig = { pointer: string } | { header: string } | { events: true }

/**
 * A parameter of the query; or JSON pointers to arrays or numbers in the request's body, added up; or the same
 * for each call. Of a stream: how many events each voucher pays for. `max` is the most that is ever reserved.
 */
export type MostConfig =
  | { query: string; default: number; max: number }
  | { body: readonly string[]; max: number }
  | { max: number }

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
  /** A decimal price, in the currency of `payments`. Needs "payment" in `auth`, and the other way round. */
  price?: string
  /** What the price is for: one call ("charge", the default), or each result, paid through a channel ("session"). */
  intent?: 'charge' | 'session'
  /** The ways in which the price can be paid, the preferred one first. Default ["tempo"]. */
  methods?: readonly PaymentMethodName[]
  /** With "charge": when a payment moves, after the origin has answered with success (default) or before it is asked. */
  settle?: 'after' | 'before'
  /** With "session": what one result is, in a word or two, like "tweet". */
  unit?: string
  /** With "session": where an answer says how many results it holds. */
  results?: ResultsConfig
  /** With "session": how many results a call asks for at most. */
  most?: MostConfig
  /** Whether we pay the chain's fee for the payer, within the budget of `payments.sponsor`. Default false. */
  sponsored?: boolean
  /** Whether payments come in `Payment-Authorization`, which leaves `Authorization` free. Default false. */
  paymentHeader?: boolean
  /** The scope that an OAuth token needs. Other credentials have none and are not asked for it. */
  scope?: string
}

/** Payment on Tempo, in a TIP-20 token. */
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
  /** Fees that we pay for payers of rows that are `sponsored`, at most, in dollars ("5", "0.01"); a day is UTC's. */
  sponsor?: { perPayment: string; perDay: string }
  /** Needed if a row is sold by the result. */
  channels?: ChannelsConfig
  /** What rows that take "evm" are paid in. */
  evm?: EvmPaymentsConfig
}

/** Payment channels, from which calls are paid by the result. */
export interface ChannelsConfig {
  /** What a payer is told to put into a new channel: a decimal, in the currency. */
  suggestedDeposit: string
  /** The name of a variable that holds the address that may settle for the recipient: that of SETTLEMENT_KEY. */
  operatorFrom: string
  /** The contract that holds the deposits. Default: the chain's own (TIP-1034). */
  escrow?: string
}

/** Payment by the `charge` intent of "evm": an EIP-3009 authorization, which a facilitator settles. */
export interface EvmPaymentsConfig {
  chainId: number
  /** The token's address. */
  currency: string
  /** How many decimals the token has. */
  decimals: number
  /** The token's EIP-712 domain: what its signatures are bound to. */
  name: string
  version: string
  /** The name of a variable that holds the address that is paid. */
  recipientFrom: string
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

export interface ConfigFile<OriginName extends string, TierName extends string> {
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
