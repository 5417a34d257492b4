/**
 * Says what is wrong with an API key that was sent, where its form alone tells it. The key is never
 * part of the sentence.
 */

import type { ApiKeys } from '../config/keyForms.ts'
import { type KeyForms, keyFormsOf } from './apiKey.ts'

/** The number of characters of a minted key after its prefix. */
const MINTED_LENGTH = 64

/** Texts that a developer forgets to replace: "YOUR_API_KEY", "<key>", "$KEY", "xq_...". */
const PLACEHOLDER = /your|replace|example|placeholder|api_?key|secret|[<>{}$%]|\.\.\.|…|x{4}|\*{3}/i

/**
 * Returns the sentence about a value that was sent as an API key in `field`, or null if the value
 * has the form of a key. The value may be anything.
 */
export function keyMistake(value: string, field: string, apiKeys: ApiKeys): string | null {
  const { prefix } = apiKeys
  const forms = keyFormsOf(apiKeys)
  const whole = `"${prefix}" and ${MINTED_LENGTH} characters of 0-9 and a-f`
  if (value.trim() === '') return `The API key in ${field} is empty.`
  if (forms.isImported(value)) return null
  if (value.length > 1_000) return `The API key in ${field} is too long: a key is ${whole}.`
  if (/^(?:bearer|basic|token|apikey|key)\b[ :=]/i.test(value))
    return `Send the API key alone in ${field}, without "Bearer" or another word before it.`
  if (/^(?:x-api-key|authorization)\b/i.test(value))
    return `Send the API key alone in ${field}, without the name of the header.`
  if (/^["'`]|["'`]$|[\u2018-\u201f]/.test(value))
    return `Send the API key in ${field} without quotes.`
  if (/[^\x20-\x7e]/.test(value))
    return `The API key in ${field} has an invisible character, or one that no key has: copy it again.`
  if (/\s/.test(value)) return `The API key in ${field} has a blank in it: copy the key again.`
  if (PLACEHOLDER.test(value))
    return `The API key in ${field} is a placeholder: put a key of your account in its place.`
  const lower = value.toLowerCase()
  if (!lower.startsWith(prefix)) return notAKey(lower, field, forms, whole)
  const characters = value.slice(prefix.length)
  const count = `${value.length} of ${prefix.length + MINTED_LENGTH} characters`
  if (characters.length < MINTED_LENGTH)
    return `The API key in ${field} is cut short: it has ${count}.`
  if (characters.length > MINTED_LENGTH)
    return `The API key in ${field} is too long: a key is ${whole}.`
  if (!/^[0-9a-f]+$/.test(lower.slice(prefix.length)))
    return `The API key in ${field} has a character that no key has: a key is ${whole}.`
  return value === lower
    ? null
    : `The API key in ${field} has capitals: a key is ${whole}, all lower-case.`
}

function notAKey(lower: string, field: string, forms: KeyForms, whole: string): string {
  if (/^[0-9a-f]{64}$/.test(lower))
    return `The value in ${field} is no API key: a key is ${whole}. A token is sent as a bearer.`
  if (lower.startsWith('eyj'))
    return `The value in ${field} is a token, not an API key: a key is ${whole}.`
  if (forms.beginsAsKey(lower))
    return `The API key in ${field} is not complete: copy the key again.`
  return `The value in ${field} is not an API key of this gateway: a key is ${whole}.`
}

/**
 * Returns the sentence about an API key in an `Authorization` of a scheme that takes no keys, or
 * null if the header holds no key: a key without a scheme, behind another scheme, or in Basic.
 */
export function keyInAuthorization(authorization: string, forms: KeyForms): string | null {
  const value = authorization.trim().slice(0, 1_000)
  const right = 'Send it in x-api-key, or as "Authorization: Bearer <key>".'
  if (forms.beginsAsKey(value)) return `"Authorization" holds an API key without a scheme. ${right}`
  const [, scheme = '', rest = ''] = /^([A-Za-z][A-Za-z-]{0,30})[\s:=]+(.*)$/.exec(value) ?? []
  if (/^basic$/i.test(scheme) && basicParts(rest).some(forms.beginsAsKey))
    return `"Authorization: Basic" holds an API key. ${right}`
  if (forms.beginsAsKey(rest) || (/^\S+\s+/.test(rest) && forms.holdsKey(rest)))
    return `"Authorization" holds an API key behind a scheme that takes no keys. ${right}`
  return null
}

/** The user and the password of Basic credentials (RFC 7617), or nothing. */
function basicParts(encoded: string): string[] {
  try {
    return atob(encoded.trim()).split(':')
  } catch {
    return []
  }
}
