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
  /** Limits of the authorization server. */
  limits: {
    /** Registrations of one address, which hosted clients share. Each isolate counts by itself. */
    registrationsByAddress: LimitText
    /** Registrations of all clients, counted by all isolates together. */
    registrations: LimitText
    /** Consent pages of one account. Each isolate counts by itself. */
    consents: LimitText
    /** Pairs of tokens of one account. Each isolate counts by itself. */
    tokens: LimitText
  }
}
