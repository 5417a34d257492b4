/** The security schemes of `/openapi.json`, and what each operation requires of them. */

import type { Config, Route } from '../../config/config.ts'
import type { CredentialKind } from '../../config/file.ts'
import { scopeWords } from '../../config/oauthSettings.ts'
import { OWN_PATHS } from '../../config/ownPaths.ts'

/** The names of the security schemes. */
const SCHEMES: Record<Exclude<CredentialKind, 'anonymous'>, string> = {
  api_key: 'apiKey',
  session: 'session',
  oauth: 'token',
  payment: 'payment',
}

/** Security requirements, of which one suffices (OpenAPI 3.1 section 4.8.30). */
export type Security = Record<string, string[]>[]

/** The security requirements of a route: one for each kind of credential. */
export function securityOf(route: Route): Security {
  return route.auth.map((kind) => requirementOf(kind, route))
}

function requirementOf(kind: CredentialKind, { price, scope }: Route): Security[number] {
  if (kind === 'anonymous') return {}
  if (kind === 'oauth' && scope !== null) return { token: [scope] }
  const name = kind === 'payment' && price?.paymentHeader ? 'paymentHeader' : SCHEMES[kind]
  return { [name]: [] }
}

/** Whether two lists of requirements are the same, in the same order. */
export const isSame = (one?: Security, other?: Security) =>
  JSON.stringify(one) === JSON.stringify(other)

/** The requirements that most of some operations have; undefined if there are no operations. */
export function mostCommon(all: readonly Security[]): Security | undefined {
  const groups = Map.groupBy(all, (one) => JSON.stringify(one))
  const [most] = [...groups.values()].sort((a, b) => b.length - a.length)
  return most?.[0]
}

/** The schemes that the routes use, and no others. */
export function securitySchemesOf(config: Config) {
  const all = {
    apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: keyPlaces(config) },
    session: { type: 'apiKey', in: 'cookie', name: config.sessions.cookie },
    token: tokenScheme(config),
    payment: { type: 'http', scheme: 'payment' },
    paymentHeader: { type: 'apiKey', in: 'header', name: 'Payment-Authorization' },
  }
  const used = new Set(config.routes.flatMap(securityOf).flatMap((one) => Object.keys(one)))
  return Object.fromEntries(Object.entries(all).filter(([name]) => used.has(name)))
}

/** The other places that a key may be sent in. */
function keyPlaces({ apiKeys }: Config): string {
  const aliases = apiKeys.headers.slice(1).map((name) => `in ${name}, or `)
  return `A key may also be sent ${aliases.join('')}as Authorization: Bearer. Never in a query.`
}

/** How to get a token by OAuth, if the config issues tokens; else only the header. */
function tokenScheme({ publicUrl, oauth }: Config) {
  if (oauth === null) return { type: 'http', scheme: 'bearer' }
  const tokenUrl = publicUrl + OWN_PATHS.token
  const authorizationCode = {
    authorizationUrl: publicUrl + OWN_PATHS.authorize,
    tokenUrl,
    refreshUrl: tokenUrl,
    scopes: Object.fromEntries(scopeWords(oauth, 'en')),
  }
  return { type: 'oauth2', flows: { authorizationCode } }
}
