/**
 * Payment challenges (draft-httpauth-payment section 5): a template for each row, and for each caller a
 * fresh id that binds all of it. Nothing is stored; whatever comes back proves itself.
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

/** A secret that challenges are bound with, and the short name that they carry of it. */
export interface ChallengeKey {
  kid: string
  key: CryptoKey
}

/** What is constant for an offer of a row. */
export interface OfferTemplate {
  realm: string
  method: string
  intent: string
  /** base64url of the canonical JSON of amount, currency, recipient, methodDetails. */
  request: string
  /** "Payment-Authorization" where the row asks for it; else undefined. */
  header: string | undefined
}

/** What one request adds. */
export interface ChallengeParameters {
  /** What is bought: `binding` of the request's method and target. */
  binding: string
  /** RFC 9530 digest of the request's body, if it has one. */
  digest: string | undefined
  /** Epoch milliseconds. */
  expiresAt: number
}

/** The member of `opaque` that binds: key id, nonce, and what is bought. */
interface Opaque {
  k: string
  n: string
  s: string
}

/** base64url of canonical JSON, as `request` and `opaque` are. */
export function encodeJson(value: Json): string {
  return toBase64url(utf8(canonicalJson(value)))
}

/** The longest binding that is written out, in characters. */
const MAX_BINDING_LENGTH = 160

/** "This method on this target": HEAD buys what GET does. A long one is named by 128 bits of its SHA-256. */
export async function bindingOf(method: string, routeId: string, target: string): Promise<string> {
  const verb = method === 'HEAD' ? 'GET' : method
  const binding = `${verb} ${routeId} ${target}`
  if (/^[ -~]*$/.test(binding) && binding.length <= MAX_BINDING_LENGTH) return binding
  return toBase64url((await sha256(utf8(binding))).slice(0, 16))
}

/**
 * The id: base64url of HMAC-SHA256 over the seven slots, each always there, "" if absent (section
 * 5.1.2.1.1). A header other than `Authorization` is one more slot, before `opaque`.
 */
export function challengeId(key: CryptoKey, challenge: Omit<Challenge, 'id'>): Promise<string> {
  const {
    realm,
    method,
    intent,
    request,
    expires = '',
    digest = '',
    opaque = '',
    header,
  } = challenge
  const named = header === undefined || header === 'Authorization' ? '' : `${header}|`
  const slots = `${realm}|${method}|${intent}|${request}|${expires}|${digest}|${named}${opaque}`
  return hmacBase64url(key, slots)
}

/** A challenge that was never made before. */
export async function issueChallenge(
  template: OfferTemplate,
  asked: ChallengeParameters,
  key: ChallengeKey,
): Promise<Challenge> {
  const { realm, method, intent, request, header } = template
  const opaque = encodeOpaque({ k: key.kid, n: crypto.randomUUID(), s: asked.binding })
  const expires = new Date(asked.expiresAt).toISOString()
  const { digest } = asked
  const challenge: Challenge = { id: '', realm, method, intent, request, expires, opaque }
  if (digest !== undefined) challenge.digest = digest
  if (header !== undefined) challenge.header = header
  challenge.id = await challengeId(key.key, challenge)
  return challenge
}

/** The challenge as a `WWW-Authenticate` value (RFC 9110 section 11.2, quoted-string). */
export function serializeChallenge(challenge: Challenge): string {
  let parameters = ''
  for (const [name, value] of Object.entries(challenge)) {
    const text = String(value)
    const quoted = /[\\"]/.test(text) ? text.replace(/[\\"]/g, '\\$&') : text
    parameters += `${parameters === '' ? '' : ', '}${name}="${quoted}"`
  }
  return `Payment ${parameters}`
}

/** Whether an echoed challenge is one of ours, unaltered, with any of the active keys. */
export async function isOurs(
  challenge: Challenge,
  keys: readonly ChallengeKey[],
): Promise<boolean> {
  // A "|" in a part could stand for the border between two.
  if (Object.values(challenge).some((part) => part?.includes('|'))) return false
  const opaque = readOpaque(challenge.opaque)
  const key = keys.find(({ kid }) => kid === opaque?.k)
  if (key === undefined) return false
  return equal(await challengeId(key.key, challenge), challenge.id)
}

/** What an echoed challenge was made for, or null. Means something only if it `isOurs`. */
export function bindingOfChallenge(challenge: Challenge): string | null {
  return readOpaque(challenge.opaque)?.s ?? null
}

/** As `encodeJson` does it, in less time: the names are in order, and all of it is ASCII. */
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
