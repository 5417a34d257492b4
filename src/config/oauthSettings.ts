/** The parsed settings of OAuth. */
import { type Locale, type OwnText, textIn } from '../lib/locale.ts'
import type { Limit } from '../limits/limit.ts'

/** Scopes of OpenID Connect that clients ask for out of habit. They grant nothing here. */
export const IGNORED_SCOPES = ['openid', 'profile', 'email', 'offline_access']

/** The settings of OAuth. */
export interface OAuth {
  /** The protected resources; the first is the default. */
  resources: readonly [Resource, ...Resource[]]
  codeMs: number
  accessMs: number
  refreshMs: number
  leewayMs: number
  consentMs: number
  /** The schemes of redirect URIs that lead to a program, with the program's name. */
  appSchemes: Readonly<Record<string, string>>
  /** An empty list is unlimited. */
  limits: {
    /** Registrations of one client address. */
    registrationsByAddress: readonly Limit[]
    /** Registrations of all clients together. */
    registrations: readonly Limit[]
    /** Reads of the store for ids of clients, of one client address. */
    lookUpsByAddress: readonly Limit[]
    consents: readonly Limit[]
    /** Pairs of tokens of one account. */
    tokens: readonly Limit[]
    /** Uses of one code or token. */
    presented: readonly Limit[]
  }
}

/** A protected resource. A token is for one, whose `url` is the `resource` of RFC 8707. */
export interface Resource {
  path: string
  url: string
  /** The scopes, each with the words that the consent page shows for it. */
  scopes: Readonly<Record<string, OwnText>>
}

/** The words of every scope, in a language. */
export function scopeWords(
  { resources }: Pick<OAuth, 'resources'>,
  locale: Locale,
): ReadonlyMap<string, string> {
  return new Map(
    resources.flatMap(({ scopes }) =>
      Object.entries(scopes).map(([name, text]) => [name, textIn(text, locale)] as const),
    ),
  )
}
