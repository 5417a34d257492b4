/** The body of `POST /api-keys`: what a name and an expiry may be. */
import * as z from 'zod/mini'
import { hasInvisible } from '../lib/shownText.ts'

/** In characters of Unicode, so that every script has the same room. */
const MAX_NAME_LENGTH = 100

const name = z.pipe(
  z.string(),
  z.transform((given: string, context) => {
    // Blanks around a name are typing mistakes; whatever cannot be seen could imitate another name.
    const trimmed = given.replace(/^\p{Zs}+|\p{Zs}+$/gu, '')
    const complaint = nameComplaint(trimmed)
    if (complaint === null) return trimmed
    context.issues.push({ code: 'custom', message: complaint, input: given })
    return z.NEVER
  }),
)

/** The complaint about a trimmed name, or null. */
function nameComplaint(name: string): string | null {
  if (name === '') return '"name" must not be empty or blank.'
  // The length in UTF-16 bounds the work of counting characters.
  if (name.length > 2 * MAX_NAME_LENGTH || [...name].length > MAX_NAME_LENGTH)
    return `"name" must have at most ${MAX_NAME_LENGTH} characters.`
  return hasInvisible(name)
    ? '"name" must not have control, bidirectional or other invisible characters.'
    : null
}

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
