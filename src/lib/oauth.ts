/** The authorization server's settings and places: where it answers, what its tokens are for, how long they live. */
import type { ParsedConfig as Parsed, ParsedRoute } from './configSchema.ts'
import type { Gateway, OAuth } from './gateway.ts'
import { named } from './windows.ts'

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

const apiOf = ({ publicUrl, basePath }: Gateway) => publicUrl + (basePath || '/')

/** What is wrong with how a row takes tokens. */
export function tokenComplaints(row: ParsedRoute, { oauth }: Parsed): string[] {
  const takesToken = row.auth.includes('oauth')
  const complaints: string[] = []
  if (takesToken && oauth === undefined)
    complaints.push('auth: takes "oauth", but "oauth" is missing: it says how tokens are issued')
  if (row.scope === undefined) return complaints
  if (!takesToken) complaints.push('scope: only tokens have one; add "oauth" to auth')
  else if (oauth !== undefined && row.scope !== oauth.scope)
    complaints.push(`scope: no token has "${row.scope}"; the scope is "${oauth.scope}"`)
  return complaints
}

/** The settings, or null: no tokens are issued. */
export function oauthOf({ oauth }: Parsed): OAuth | null {
  if (oauth === undefined) return null
  const { limits } = oauth
  // With a blank, so that no tier can have the name.
  return {
    resourcePath: oauth.resource,
    scope: oauth.scope,
    codeMs: oauth.code,
    accessMs: oauth.access,
    refreshMs: oauth.refresh,
    leewayMs: oauth.refreshLeeway,
    consentMs: oauth.consent,
    limits: {
      registrationsByAddress: named('oauth registration', limits.registrationsByAddress),
      registrations: named('oauth registrations', limits.registrations),
      consents: named('oauth consent', limits.consents),
      tokens: named('oauth token', limits.tokens),
    },
  }
}
