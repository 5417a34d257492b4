/**
 * The challenges of a 401 or 403: which credentials a route takes (`WWW-Authenticate`, RFC 9110
 * section 11.6.1).
 */
import type { Config, Route } from '../config/config.ts'
import { resourceMetadataPath } from '../config/ownPaths.ts'
import type { PresentedCredential } from './presented.ts'

/**
 * The `WWW-Authenticate` value of a 401 on a route. On an MCP endpoint the challenge for a token
 * comes first, because MCP clients read only the first challenge. `error` is set only if the
 * request carried a token (RFC 6750 section 3.1).
 */
export function unauthorizedChallenge(
  route: Route,
  config: Config,
  presented: PresentedCredential,
): string {
  const apiKey = `ApiKey realm="${config.realm}", header="x-api-key"`
  if (!route.auth.includes('oauth')) return apiKey
  const error = presented.kind === 'oauth' ? 'invalid_token' : null
  const bearer = bearerChallenge(route, config, error)
  return route.protocol === 'mcp' ? `${bearer}, ${apiKey}` : `${apiKey}, ${bearer}`
}

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
