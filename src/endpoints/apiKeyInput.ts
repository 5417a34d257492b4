/** The body of `POST /api-keys`: what a name and an expiry may be. */
import * as z from 'zod/mini'
import { hasInvisible } from '../lib/shownText.ts'

/** In characters of Unicode, so that every script has the same room. */
export const MAX_NAME_LENGTH = 100

const name = z.pipe(
  z.string(),
  z.transform((given: string, context) => {
    // Blanks around a name are typing mistakes; whatever cannot be seen could imitate another name.
    const reading = readKeyName(given)
    if ('name' in reading) return reading.name
    const message = NAME_COMPLAINTS[reading.fault]
    context.issues.push({ code: 'custom', message, input: given })
    return z.NEVER
  }),
)

const NAME_COMPLAINTS = {
  empty: '"name" must not be empty or blank.',
  length: `"name" must have at most ${MAX_NAME_LENGTH} characters.`,
  invisible: '"name" must not have control, bidirectional or other invisible characters.',
} as const

/** A name without the blanks around it, or what is wrong with it. */
export function readKeyName(given: string): { name: string } | { fault: KeyNameFault } {
  const name = given.replace(/^\p{Zs}+|\p{Zs}+$/gu, '')
  if (name === '') return { fault: 'empty' }
  // The length in UTF-16 bounds the work of counting characters.
  if (name.length > 2 * MAX_NAME_LENGTH || [...name].length > MAX_NAME_LENGTH)
    return { fault: 'length' }
  return hasInvisible(name) ? { fault: 'invisible' } : { name }
}

export type KeyNameFault = keyof typeof NAME_COMPLAINTS

const expiresAt = z.pipe(
  z.iso.datetime({
    offset: true,
    error: '"expiresAt" must be a time like "2027-01-31T12:00:00Z" (RFC 3339).',
  }),
  z.transform((text: string, context) => {
    const ms = Date.parse(text)
    if (ms > Date.now()) return ms
    const message = '"expiresAt" must be in the future.'
    context.issues.push({ code: 'custom', message, input: text })
    return z.NEVER
  }),
)

/** The name defaults to "Default"; `expiresAt` becomes epoch milliseconds. */
export const keyCreation = z.strictObject({
  name: z._default(name, 'Default'),
  expiresAt: z.optional(expiresAt),
})
