/** Checks and parses the settings of OAuth, and checks the routes that take tokens. */

import { namedLimits } from '../limits/limit.ts'
import type { OAuth } from './config.ts'
import type { ParsedConfig as Parsed, ParsedRoute } from './schema.ts'

/** The complaints about how a route takes OAuth tokens. */
export function tokenComplaints(route: ParsedRoute, { oauth }: Parsed): string[] {
  const takesToken = route.auth.includes('oauth')
  const complaints: string[] = []
  if (takesToken && oauth === undefined)
    complaints.push('auth: "oauth" needs the config\'s "oauth", which says how tokens are issued')
  if (route.scope === undefined) return complaints
  if (!takesToken) complaints.push('scope: only OAuth tokens have one; add "oauth" to auth')
  else if (oauth !== undefined && route.scope !== oauth.scope)
    complaints.push(`scope: no token has "${route.scope}"; the only scope is "${oauth.scope}"`)
  return complaints
}

/** The settings of OAuth; null if the config has none. */
export function oauthOf({ oauth }: Parsed): OAuth | null {
  if (oauth === undefined) return null
  const { limits } = oauth
  // The names of the limits have a blank, so that no tier can have the same name.
  return {
    resourcePath: oauth.resource,
    scope: oauth.scope,
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
    },
  }
}
