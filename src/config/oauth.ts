/** The authorization server's settings and places: where it answers, what its tokens are for, how long they live. */

import { namedLimits } from '../limits/limit.ts'
import type { OAuth } from './config.ts'
import type { ParsedConfig as Parsed, ParsedRoute } from './schema.ts'

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
      registrationsByAddress: namedLimits('oauth registration', limits.registrationsByAddress),
      registrations: namedLimits('oauth registrations', limits.registrations),
      consents: namedLimits('oauth consent', limits.consents),
      tokens: namedLimits('oauth token', limits.tokens),
    },
  }
}
