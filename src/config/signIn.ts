/** Sign-in and mail: what is wrong with their configuration, and what they are once read. */

import { namedLimits } from '../limits/limit.ts'
import type { Config } from './config.ts'
import type { ParsedConfig as Parsed } from './schema.ts'

/** What is wrong with how people sign in. */
export function signInComplaints({ signIn, mail }: Parsed): string[] {
  if (signIn === undefined || mail !== undefined) return []
  return ['signIn: "mail" is missing: it says from where the links are sent']
}

/** How people sign in, or null: they do not. */
export function signInOf({ signIn }: Parsed): Config['signIn'] {
  if (signIn === undefined) return null
  return {
    linkMs: signIn.link,
    emailLimits: namedLimits('sign-in', signIn.emailLimit),
    addressLimits: namedLimits('sign-in', signIn.addressLimit),
  }
}
