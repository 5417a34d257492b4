/**
 * Issues and verifies payment challenges (draft-httpauth-payment section 5). A challenge is a
 * route's template with a nonce, an expiry, and an id that is an HMAC over all of it. Nothing is
 * stored: the id of an echoed challenge proves that the gateway issued the challenge.
 * See docs/decisions/0010.
 */
import type { Challenge } from '../../contract/wire.ts'
import {
  base64urlOf,
  equal,
  fromBase64url,
  hmacBase64url,
  sha256,
  toBase64url,
  utf8,
} from '../../lib/bytes.ts'
import { canonicalJson, type Json } from '../../lib/canonicalJson.ts'
import { isoTime } from '../../lib/time.ts'
import type { Eventually } from '../../lib/when.ts'

/** A secret that challenges are bound with, and the key id by which they name it. */
export interface ChallengeKey {
  kid: string
  key: CryptoKey
}

/** The constant part of every challenge for one offer of a route. */
export interface OfferTemplate {
  realm: string
  method: string
  intent: string
  /** base64url of the canonical JSON of `amount`, `currency`, `recipient` and `methodDetails`. */
  request: string
  /** "Payment-Authorization" if the route asks for payments there, else undefined. */
  header: string | undefined
}

/** The part of a challenge that depends on the request. */
export interface ChallengeParameters {
  /** The method, route and target that are paid for: see `bindingOf`. */
  binding: string
  /** The RFC 9530 digest of the request's body, or undefined if there is no body. */
  digest: string | undefined
  /** In epoch milliseconds. */
  expiresAt: number
}

/**
 * The content of a challenge's `opaque`. The names are short because they travel with each call.
 */
interface Opaque {
  /** The id of the key that the challenge is bound with. */
  k: string
  /** A random nonce. */
  n: string
  /** The binding: see `bindingOf`. */
  s: string
}

/** Encodes a value as base64url of its canonical JSON, the form of `request` and `opaque`. */
export function encodeJson(value: Json): string {
  return toBase64url(utf8(canonicalJson(value)))
}

/** The longest binding that is written out instead of hashed, in characters. */
const MAX_BINDING_LENGTH = 160

/**
 * Returns what a payment is bound to: a method, a route and a target. HEAD has the binding of GET.
 * A binding that is long or not printable ASCII is replaced by 128 bits of its SHA-256.
 */
export function bindingOf(method: string, routeId: string, target: string): Eventually<string> {
  const verb = method === 'HEAD' ? 'GET' : method
  const binding = `${verb} ${routeId} ${target}`
  if (/^[ -~]*$/.test(binding) && binding.length <= MAX_BINDING_LENGTH) return binding
  return sha256(utf8(binding)).then((hash) => toBase64url(hash.slice(0, 16)))
}

/**
 * Computes a challenge's id: base64url of an HMAC-SHA256 over seven slots (section 5.1.2.1.1). An
 * absent parameter is an empty slot. A `header` other than `Authorization` is an eighth slot.
 */
export function challengeId(key: CryptoKey, challenge: Omit<Challenge, 'id'>): Promise<string> {
  const { opaque = '', header } = challenge
  const headerSlot = header === undefined || header === 'Authorization' ? '' : `|${header}`
  return hmacBase64url(key, `${sixSlotsOf(challenge)}|${opaque}${headerSlot}`)
}

/**
 * Computes the id that challenges with a `header` had before draft -01: its slot was before
 * `opaque`. Answers are owed for such challenges until 30 days after the last of them.
 */
function formerChallengeId(key: CryptoKey, challenge: Challenge): Promise<string> {
  const { opaque = '', header = '' } = challenge
  return hmacBase64url(key, `${sixSlotsOf(challenge)}|${header}|${opaque}`)
}

function sixSlotsOf(challenge: Omit<Challenge, 'id'>): string {
  const { realm, method, intent, request, expires = '', digest = '' } = challenge
  return `${realm}|${method}|${intent}|${request}|${expires}|${digest}`
}

/** Issues a new challenge from a template. A random nonce makes every challenge unique. */
export async function issueChallenge(
  template: OfferTemplate,
  parameters: ChallengeParameters,
  key: ChallengeKey,
): Promise<Challenge> {
  const { realm, method, intent, request, header } = template
  const opaque = encodeOpaque({ k: key.kid, n: crypto.randomUUID(), s: parameters.binding })
  const expires = isoTime(parameters.expiresAt)
  const { digest } = parameters
  const challenge: Challenge = { id: '', realm, method, intent, request, expires, opaque }
  if (digest !== undefined) challenge.digest = digest
  if (header !== undefined) challenge.header = header
  challenge.id = await challengeId(key.key, challenge)
  return challenge
}

/**
 * Returns a challenge as a `WWW-Authenticate` value, its parameters quoted (RFC 9110 section 11.2).
 */
export function serializeChallenge(challenge: Challenge): string {
  let text = 'Payment '
  for (const name in challenge) {
    const value = String(challenge[name as keyof Challenge])
    const quoted = /[\\"]/.test(value) ? value.replace(/[\\"]/g, '\\$&') : value
    text += `${text.length === 8 ? '' : ', '}${name}="${quoted}"`
  }
  return text
}

/** Whether the gateway issued an echoed challenge, just as it is, with any of the active keys. */
export async function isOurs(
  challenge: Challenge,
  keys: readonly ChallengeKey[],
): Promise<boolean> {
  // A "|" inside a parameter could pass for the border between two slots.
  if (Object.values(challenge).some((part) => part?.includes('|'))) return false
  const opaque = readOpaque(challenge.opaque)
  const key = keys.find(({ kid }) => kid === opaque?.k)
  if (key === undefined) return false
  if (equal(await challengeId(key.key, challenge), challenge.id)) return true
  if (challenge.header === undefined) return false
  return equal(await formerChallengeId(key.key, challenge), challenge.id)
}

/**
 * The binding that a challenge was issued for, or null if it cannot be read. Proves nothing unless
 * the challenge `isOurs`.
 */
export function bindingOfChallenge(challenge: Challenge): string | null {
  return readOpaque(challenge.opaque)?.s ?? null
}

/** Like `encodeJson` but faster: the names are in order already, and all of the text is ASCII. */
function encodeOpaque({ k, n, s }: Opaque): string {
  return base64urlOf(btoa(JSON.stringify({ k, n, s })))
}

function readOpaque(encoded: string | undefined): Opaque | null {
  const json = fromBase64url(encoded ?? '', 512)
  if (json === null) return null
  try {
    const { k, n, s } = JSON.parse(json) as Record<string, unknown>
    return typeof k === 'string' && typeof n === 'string' && typeof s === 'string'
      ? { k, n, s }
      : null
  } catch {
    return null
  }
}
