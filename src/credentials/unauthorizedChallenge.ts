/**
 * The challenges of a 401 or 403: which credentials a route takes (`WWW-Authenticate`, RFC 9110
 * section 11.6.1).
 */
import type { Config, Route } from '../config/config.ts'
import { resourceMetadataPath } from '../config/ownPaths.ts'
import type { PresentedCredential } from './presented.ts'

/**
 * The `WWW-Authenticate` value of a 401 on a route: the kinds of credentials that the route takes.
 * On an MCP endpoint the challenge for a token comes first, because MCP clients read only the first
 * challenge. A client with a wrong key must not open a browser, so where a key was sent this
 * challenge says only the realm, and on an MCP endpoint there is none. `error` is set only if the
 * request carried a token (RFC 6750 section 3.1). A session has no registered scheme; the gateway
 * names it `Session`.
 */
export function unauthorizedChallenge(
  route: Route,
  config: Config,
  presented: Pick<PresentedCredential, 'kind'>,
): string {
  const { auth } = route
  const isMcp = route.protocol === 'mcp'
  const isForPeople = auth.includes('session') && !auth.includes('api_key')
  const apiKey = auth.includes('api_key') ? [keyChallenge(config)] : []
  const error = presented.kind === 'oauth' ? 'invalid_token' : null
  const bearer = []
  if (auth.includes('oauth')) {
    if (presented.kind !== 'api_key' || apiKey.length === 0)
      bearer.push(bearerChallenge(route, config, error))
    else if (!isMcp) bearer.push(`Bearer realm="${config.realm}"`)
  }
  const challenges = isMcp ? [...bearer, ...apiKey] : [...apiKey, ...bearer]
  if (isForPeople)
    challenges.push(`Session realm="${config.realm}", cookie="${config.sessions.cookie}"`)
  // A 401 has at least one challenge (RFC 9110 section 15.5.2).
  return challenges.length > 0 ? challenges.join(', ') : keyChallenge(config)
}

/** The challenge for an API key. */
export const keyChallenge = ({ realm }: Pick<Config, 'realm'>): string =>
  `ApiKey realm="${realm}", header="x-api-key"`

/**
 * A route's challenge for a token (RFC 6750 section 3): where the metadata of the route's resource
 * is (RFC 9728 section 5.1), and which scope to ask for.
 */
export function bearerChallenge(
  route: Route,
  config: Config,
  error: 'invalid_token' | 'insufficient_scope' | null,
): string {
  const { resource } = route
  const scope = route.scope ?? (resource && Object.keys(resource.scopes).join(' '))
  const metadata = resource && config.publicUrl + resourceMetadataPath(resource.path)
  const parameters: [name: string, value: string | null][] = [
    ['realm', route.protocol === 'mcp' ? null : config.realm],
    ['error', error],
    ['resource_metadata', metadata],
    ['scope', scope],
  ]
  // MCP clients read the first parameter only.
  if (route.protocol === 'mcp') parameters.unshift(...parameters.splice(2, 1))
  const sent = parameters.filter(([, value]) => value !== null)
  return `Bearer ${sent.map(([name, value]) => `${name}="${value}"`).join(', ')}`
}
