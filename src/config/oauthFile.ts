/** The part of the config file that says how OAuth tokens are issued, as an operator writes it. */
import type { Duration, LimitText } from './forms.ts'

/** The OAuth 2.1 authorization server and the resource that its tokens are for. */
export interface OAuthConfig {
  /**
   * The path of the protected resource, like "/mcp". Its URL is the `resource` of clients (RFC
   * 8707).
   */
  resource: string
  /** The only scope that clients can ask for, like "mcp:tools": 1 to 100 of A-Z a-z 0-9 : . _ -. */
  scope: string
  /** How long an authorization code can be exchanged, like "60s". */
  code: Duration
  /** How long an access token is valid, like "24h". */
  access: Duration
  /** How long a refresh token is valid, like "30d". */
  refresh: Duration
  /**
   * How long after its use a refresh token may come again without ending its family, like "10s": a
   * client's parallel requests may all send it.
   */
  refreshLeeway: Duration
  /** How long a consent page can be answered, like "10m". */
  consent: Duration
  /** Limits of the authorization server. */
  limits: {
    /**
     * Registrations of one client address, which hosted clients share. Each isolate counts by
     * itself.
     */
    registrationsByAddress: LimitText
    /** Registrations of all clients, counted by all isolates together. */
    registrations: LimitText
    /** Consent pages of one account. Each isolate counts by itself. */
    consents: LimitText
    /** Pairs of tokens of one account. Each isolate counts by itself. */
    tokens: LimitText
  }
}
