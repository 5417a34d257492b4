/** Checks and parses the settings of sign-in. */

import { namedLimits } from '../limits/limit.ts'
import type { Config } from './config.ts'
import type { ParsedConfig as Parsed } from './schema.ts'

/** A secret of ours is counted by itself, because many people may share an address. */
const SECRET_LIMITS = namedLimits('sign-in', { count: 20, windowMs: 60_000 })
/** Pages of the dashboard for one session: more than a person can read. */
const PAGE_LIMITS = namedLimits('pages', { count: 120, windowMs: 60_000 })

/** The complaints about the settings of sign-in. */
export function signInComplaints({ signIn, mail, owners }: Parsed): string[] {
  if (signIn === undefined)
    return owners.length === 0 ? [] : ['owners: needs "signIn", because owners sign in']
  return mail === undefined
    ? ['signIn: needs "mail", which says where the links are sent from']
    : []
}

/** Whether an e-mail address, in its one spelling, is of a person who runs the gateway. */
export const isOwner = ({ owners }: Pick<Config, 'owners'>, email: string): boolean =>
  owners.includes(email)

/** Whether the first sign-in with an e-mail address, in its one spelling, makes an account. */
export function mayGetAccount(config: Pick<Config, 'owners' | 'signIn'>, email: string): boolean {
  const policy = config.signIn?.accounts ?? 'closed'
  if (policy === 'open' || isOwner(config, email)) return true
  return policy !== 'closed' && policy.domains.includes(email.slice(email.indexOf('@') + 1))
}

/** The settings of sign-in; null if the config has none. */
export function signInOf({ signIn }: Parsed): Config['signIn'] {
  if (signIn === undefined) return null
  return {
    accounts: signIn.accounts,
    google: signIn.google ?? null,
    linkMs: signIn.link,
    emailLimits: namedLimits('sign-in', signIn.emailLimit),
    addressLimits: namedLimits('sign-in', signIn.addressLimit),
    totalLimits: namedLimits('sign-in', signIn.totalLimit),
    secretLimits: SECRET_LIMITS,
    pageLimits: PAGE_LIMITS,
  }
}
