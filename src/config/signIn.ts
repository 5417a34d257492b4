/** Checks and parses the settings of sign-in. */

import { namedLimits } from '../limits/limit.ts'
import type { Config } from './config.ts'
import type { ParsedConfig as Parsed } from './schema.ts'

/** A secret of ours is counted by itself, because many people may share an address. */
const SECRET_LIMITS = namedLimits('sign-in', { count: 20, windowMs: 60_000 })
/** Pages of the dashboard for one session: more than a person can read. */
const PAGE_LIMITS = namedLimits('pages', { count: 120, windowMs: 60_000 })

/** The complaints about the settings of sign-in. */
export function signInComplaints({ signIn, mail }: Parsed): string[] {
  if (signIn === undefined || mail !== undefined) return []
  return ['signIn: needs "mail", which says where the links are sent from']
}

/** The settings of sign-in; null if the config has none. */
export function signInOf({ signIn }: Parsed): Config['signIn'] {
  if (signIn === undefined) return null
  return {
    linkMs: signIn.link,
    emailLimits: namedLimits('sign-in', signIn.emailLimit),
    addressLimits: namedLimits('sign-in', signIn.addressLimit),
    totalLimits: namedLimits('sign-in', signIn.totalLimit),
    secretLimits: SECRET_LIMITS,
    pageLimits: PAGE_LIMITS,
  }
}
