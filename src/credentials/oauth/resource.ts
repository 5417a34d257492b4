import type { Gateway, OAuth } from '../../config/gateway.ts'

/** Where the authorization server answers. None of it is below the base path. */
export const OAUTH_PATHS = {
  server: '/.well-known/oauth-authorization-server',
  resource: '/.well-known/oauth-protected-resource',
  authorize: '/api/oauth/authorize',
  token: '/api/oauth/token',
  register: '/api/oauth/register',
  revoke: '/api/oauth/revoke',
} as const

/** The protected resource: the URL that clients call, and that a token's `resource` names (RFC 8707). */
export function resourceOf({ publicUrl }: Gateway, oauth: OAuth): string {
  return publicUrl + oauth.resourcePath
}

/** What a new token is for: the protected resource, and the API rows that take it. Separated by blanks. */
export function audiencesOf(gateway: Gateway, oauth: OAuth): string {
  return `${resourceOf(gateway, oauth)} ${apiOf(gateway)}`
}

/** Whether a token for these audiences (separated by blanks) may be used on a path. */
export function isMeantFor(audiences: string, gateway: Gateway, path: string): boolean {
  const { oauth } = gateway
  if (oauth === null) return false
  const { resourcePath } = oauth
  const isResource = path === resourcePath || path.startsWith(`${resourcePath}/`)
  return audiences.split(' ').includes(isResource ? resourceOf(gateway, oauth) : apiOf(gateway))
}

export const apiOf = ({ publicUrl, basePath }: Gateway) => publicUrl + (basePath || '/')
