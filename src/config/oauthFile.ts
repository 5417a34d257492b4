/** The settings of OAuth in the config file, as an operator writes them. */
import type { Duration, LimitText } from './forms.ts'

/** The OAuth 2.1 authorization server and the resource that its tokens are for. */
export interface OAuthConfig {
  /** The path of the protected resource, like "/mcp". Its URL is the `resource` of RFC 8707. */
  resource: string
  /** The only scope that clients can ask for, like "mcp:tools": 1 to 100 of A-Z a-z 0-9 : . _ -. */
  scope: string
  /** The time in which an authorization code can be exchanged, like "60s". */
  code: Duration
  /** The lifetime of an access token, like "24h". */
  access: Duration
  /** The lifetime of a refresh token, like "30d". */
  refresh: Duration
  /**
   * The time after its use in which a refresh token may come again without ending its family, like
   * "10s", because a client's parallel requests may all send it.
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
    /** Registrations of one address, which hosted clients share. Each isolate counts by itself. */
    registrationsByAddress: LimitText
    /**
     * Registrations of all clients, counted by all isolates together. One network (an IPv4 /24, an
     * IPv6 /48) gets a tenth of it.
     */
    registrations: LimitText
    /**
     * Reads of the store that ids of clients from one address cause; "300/60s" if it is left out.
     * Clients that an isolate knows cause none. Each isolate counts by itself.
     */
    lookUpsByAddress?: LimitText
    /** Consent pages of one account. Each isolate counts by itself. */
    consents: LimitText
    /** Pairs of tokens of one account. Each isolate counts by itself. */
    tokens: LimitText
  }
}
