/** Sign-in and mail: what is wrong with their configuration, and what they are once read. */

import { named } from '../limits/limit.ts'
import type { ParsedConfig as Parsed } from './configSchema.ts'
import type { Gateway } from './gateway.ts'

/** What is wrong with how people sign in. */
export function signInComplaints({ signIn, mail }: Parsed): string[] {
  if (signIn === undefined || mail !== undefined) return []
  return ['signIn: "mail" is missing: it says from where the links are sent']
}

/** How people sign in, or null: they do not. */
export function signInOf({ signIn }: Parsed): Gateway['signIn'] {
  if (signIn === undefined) return null
  return {
    linkMs: signIn.link,
    emailLimit: named('sign-in', signIn.emailLimit),
    addressLimit: named('sign-in', signIn.addressLimit),
  }
}
