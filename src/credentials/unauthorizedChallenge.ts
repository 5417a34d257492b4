/** What a 401 says would be let in: `WWW-Authenticate` (RFC 9110 section 11.6.1). */
import type { Config, Route } from '../config/config.ts'
import { OWN_PATHS } from '../config/ownPaths.ts'
import type { PresentedCredential } from './presented.ts'

/**
 * The challenges of a row. An MCP endpoint asks for a token first, since its clients read only the first
 * challenge. An error is said only of a token that was there (RFC 6750 section 3.1).
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

/** A row's challenge for a token (RFC 6750 section 3). An MCP endpoint says where its metadata is (RFC 9728 section 5.1). */
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

/** Where the metadata of a protected resource is: its path comes after the well-known one (RFC 9728 section 3.1). */
function metadataUrl({ publicUrl }: Config, { segments }: Route): string {
  return `${publicUrl}${OWN_PATHS.resourceMetadata}/${segments.join('/')}`
}
