/** The settings of OAuth in the config file, as an operator writes them. */
import type { OwnText } from '../lib/locale.ts'
import type { Duration, LimitText } from './forms.ts'

/** A resource that tokens are for. A token opens the routes of its own resource and no others. */
export interface ResourceConfig {
  /**
   * The path of its routes, like "/mcp", or the folder that they are in, like "/api/v1"; "/" is the
   * whole host. A route that takes "oauth" belongs to the resource with the longest path that it is
   * below. The URL of the path is the `resource` of RFC 8707.
   */
  path: string
  /**
   * The scopes that clients can ask for, each with the words in which the consent page grants it,
   * like `{ 'mcp:tools': 'Use the tools of this account' }`: one text for all languages, or one for
   * each, like `{ en: 'Use the tools', tr: 'Araçları kullanmak', es: 'Usar las herramientas' }`, of
   * which only English must be there. A scope is 1 to 100 of A-Z a-z 0-9 : . _ - and belongs to one
   * resource. A client that names no scope gets all of the resource's, unless the person leaves
   * some out.
   */
  scopes: Record<string, OwnText>
}

/** The OAuth 2.1 authorization server and the resources that its tokens are for. */
export interface OAuthConfig {
  /** The resources, at least one. The first is for clients that name no resource and no scope. */
  resources: ResourceConfig[]
  /** The time in which an authorization code can be exchanged, like "60s". */
  code: Duration
  /** The lifetime of an access token, like "24h". */
  access: Duration
  /** The lifetime of a refresh token, like "30d". */
  refresh: Duration
  /**
   * The time after its use in which a refresh token gets the very same pair again, a code ends no
   * tokens, and a consent page takes the same decision again, like "10s": clients send twice, and
   * answers are lost.
   */
  refreshLeeway: Duration
  /** The time in which a consent page can be answered, like "10m". */
  consent: Duration
  /**
   * Programs that may get answers at redirect URIs of their own scheme: the scheme → the program's
   * name, as the consent page shows it, like { cursor: "Cursor" }. Any program on a device can
   * claim a scheme, so list only those of clients that need it.
   */
  appSchemes?: Readonly<Record<string, string>>
  /** Limits of the authorization server. */
  limits: {
    /** Tries to register from one address, which hosted clients share. */
    registrationsByAddress: LimitText
    /**
     * Registrations of all clients, counted by all isolates together. One network (an IPv4 /24, an
     * IPv6 /48) gets a tenth of it.
     */
    registrations: LimitText
    /**
     * Reads of the store that ids of clients from one address cause; "300/60s" if it is left out.
     * Clients that an isolate knows cause none.
     */
    lookUpsByAddress?: LimitText
    /** Consent pages of one account. Each isolate counts by itself. */
    consents: LimitText
    /** Pairs of tokens of one account. Each isolate counts by itself. */
    tokens: LimitText
    /** Times that one code or token is presented, like "20/60s". Each isolate counts by itself. */
    presented: LimitText
  }
}
