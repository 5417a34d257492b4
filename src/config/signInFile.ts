/** The settings of sign-in and of mail, as an operator writes them. */
import type { Duration, LimitText } from './forms.ts'

/** The settings of sign-in by a link in a mail. */
export interface SignInConfig {
  /**
   * Whose first sign-in makes an account: everybody's ("open", the default), nobody's ("closed"),
   * or that of people with an e-mail address of these lower-case domains, as { domains:
   * ["example.com"] }. A domain is not its subdomains. Accounts that exist can always sign in.
   */
  accounts?: AccountPolicy
  /** Sign-in with Google beside mail. Default: none. */
  google?: GoogleConfig
  /** The time in which a link can be used, like "15m". */
  link: Duration
  /** Links for one e-mail address, counted by all isolates together. */
  emailLimit: LimitText
  /** Links that one client address may ask for. */
  addressLimit: LimitText
  /**
   * Links for all together, of which no network (a /24, or a /48 of IPv6) takes more than a tenth.
   * Default: unlimited.
   */
  totalLimit?: LimitText
}

/** The settings of sign-in with Google, or another issuer of OpenID Connect. */
export interface GoogleConfig {
  /** The id of the OAuth client, from Google's console. */
  clientId: string
  /** The name of the secret with the client's secret. Default "GOOGLE_CLIENT_SECRET". */
  secretFrom?: string
  /**
   * The URL of the issuer (http only on loopback), below which its configuration is found. Default
   * "https://accounts.google.com".
   */
  issuer?: string
}

/** Whose first sign-in makes an account. */
export type AccountPolicy = 'open' | 'closed' | { domains: readonly string[] }

/** The settings of mail. */
export interface MailConfig {
  /** The address that mail comes from, like "sign-in@example.com". */
  from: string
  /** The name of the `send_email` binding. Default "MAIL". */
  binding?: string
}
