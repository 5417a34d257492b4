/** Checks and parses the settings of OAuth, and checks the routes that take tokens. */

import { namedLimits } from '../limits/limit.ts'
import { IGNORED_SCOPES, type OAuth, type Resource } from './oauthSettings.ts'
import { pathOf } from './routePath.ts'
import type { ParsedConfig as Parsed, ParsedRoute } from './schema.ts'

/** The complaints about the resources of OAuth: every path and every scope belongs to one. */
export function resourceComplaints({ oauth }: Parsed): string[] {
  if (oauth === undefined) return []
  const seen = new Set<string>()
  const complaints: string[] = []
  for (const { path, scopes } of oauth.resources) {
    for (const name of [path, ...Object.keys(scopes)]) {
      if (seen.has(name))
        complaints.push(`oauth.resources: "${name}" is there twice; it can belong to one resource`)
      seen.add(name)
      if (IGNORED_SCOPES.includes(name))
        complaints.push(
          `oauth.resources: "${name}" is ignored when a client asks for it; rename it`,
        )
    }
  }
  return complaints
}

/**
 * The resource that a route with these segments belongs to: the one with the longest path that the
 * route is at or below. Null if there is none, or if the route takes no tokens.
 */
export function resourceOf(
  segments: readonly string[],
  route: ParsedRoute,
  config: Parsed,
): Resource | null {
  if (!route.auth.includes('oauth')) return null
  const path = pathOf({ segments })
  const above = resourcesOf(config).filter(
    ({ path: folder }) => folder === '/' || `${path}/`.startsWith(`${folder}/`),
  )
  return above.sort((a, b) => b.path.length - a.path.length)[0] ?? null
}

/** The complaints about how a route takes OAuth tokens; `resource` is what it belongs to. */
export function tokenComplaints(
  route: ParsedRoute,
  resource: Resource | null,
  { oauth }: Parsed,
): string[] {
  const takesToken = route.auth.includes('oauth')
  const complaints: string[] = []
  if (takesToken && oauth === undefined)
    complaints.push('auth: "oauth" needs the config\'s "oauth", which says how tokens are issued')
  else if (takesToken && resource === null && route.protocol !== 'mcp')
    complaints.push('auth: "oauth" needs a resource of "oauth" whose path the route is below')
  if (route.scope === undefined) return complaints
  if (!takesToken) complaints.push('scope: only OAuth tokens have one; add "oauth" to auth')
  else if (resource !== null && !Object.hasOwn(resource.scopes, route.scope)) {
    const scopes = Object.keys(resource.scopes).map((scope) => `"${scope}"`)
    complaints.push(
      `scope: no token for "${resource.path}" has "${route.scope}"; its scopes are ${scopes.join(', ')}`,
    )
  }
  return complaints
}

/** The settings of OAuth; null if the config has none. */
export function oauthOf(config: Parsed): OAuth | null {
  const { oauth } = config
  const [first, ...others] = resourcesOf(config)
  if (oauth === undefined || first === undefined) return null
  const { limits } = oauth
  // The names of the limits have a blank, so that no tier can have the same name.
  return {
    resources: [first, ...others],
    codeMs: oauth.code,
    accessMs: oauth.access,
    refreshMs: oauth.refresh,
    leewayMs: oauth.refreshLeeway,
    consentMs: oauth.consent,
    appSchemes: oauth.appSchemes,
    limits: {
      registrationsByAddress: namedLimits('oauth registration', limits.registrationsByAddress),
      registrations: namedLimits('oauth registrations', limits.registrations),
      lookUpsByAddress: namedLimits('oauth client', limits.lookUpsByAddress),
      consents: namedLimits('oauth consent', limits.consents),
      tokens: namedLimits('oauth token', limits.tokens),
      presented: namedLimits('oauth presented', limits.presented),
    },
  }
}

function resourcesOf({ oauth, publicUrl }: Parsed): Resource[] {
  const { origin } = new URL(publicUrl)
  return (oauth?.resources ?? []).map(({ path, scopes }) => ({ path, url: origin + path, scopes }))
}
