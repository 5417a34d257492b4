/**
 * The challenges of a 401 or 403: which credentials a route takes (`WWW-Authenticate`, RFC 9110
 * section 11.6.1).
 */
import type { Config, Route } from '../config/config.ts'
import { OWN_PATHS } from '../config/ownPaths.ts'
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
 * A route's challenge for a token (RFC 6750 section 3). On an MCP endpoint the challenge says where
 * the resource's metadata is (RFC 9728 section 5.1).
 */
export function bearerChallenge(
  route: Route,
  config: Config,
  error: 'invalid_token' | 'insufficient_scope' | null,
): string {
  const parameters = [
    route.protocol === 'mcp'
      ? `resource_metadata="${metadataUrl(config, route)}"`
      : `realm="${config.realm}"`,
    ...(error === null ? [] : [`error="${error}"`]),
    ...(route.scope === null ? [] : [`scope="${route.scope}"`]),
  ]
  return `Bearer ${parameters.join(', ')}`
}

/**
 * The URL of a protected resource's metadata: the well-known path, then the resource's own path
 * (RFC 9728 section 3.1).
 */
function metadataUrl({ publicUrl }: Config, { segments }: Route): string {
  return `${publicUrl}${OWN_PATHS.resourceMetadata}/${segments.join('/')}`
}
