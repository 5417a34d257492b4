/**
 * Reads payment credentials and writes receipts as they are on the wire (draft-httpauth-payment
 * sections 5.2 and 5.3).
 */
import type { Challenge, PaymentCredential, Receipt } from '../../contract/wire.ts'
import { fromBase64url, toBase64url, utf8 } from '../../lib/bytes.ts'
import { canonicalJson, type Json } from '../../lib/canonicalJson.ts'

/** The longest credential that is read, in characters. Opening a channel takes about 3,000. */
export const MAX_CREDENTIAL_LENGTH = 16_384

/** How deep a payload may nest. No payment method's payload is more than half as deep. */
const MAX_DEPTH = 6

const REQUIRED = ['id', 'realm', 'method', 'intent', 'request'] as const
const OPTIONAL = ['expires', 'digest', 'opaque', 'header', 'description'] as const

/**
 * Parses a credential from base64url of JSON. Returns null if the text does not have the form of a
 * credential. Verifies neither the challenge nor the proof.
 */
export function parsePayment(value: string): PaymentCredential | null {
  const json = fromBase64url(value, MAX_CREDENTIAL_LENGTH)
  if (json === null) return null
  try {
    return readCredential(JSON.parse(json))
  } catch {
    return null
  }
}

function readCredential(value: unknown): PaymentCredential | null {
  if (!isObject(value) || !isObject(value.challenge) || !isObject(value.payload)) return null
  if (!isShallow(value.payload, MAX_DEPTH)) return null
  const { source } = value
  if (source !== undefined && typeof source !== 'string') return null
  const parts: Record<string, string> = {}
  for (const name of [...REQUIRED, ...OPTIONAL]) {
    const part = value.challenge[name]
    if (part === undefined) continue
    if (typeof part !== 'string') return null
    parts[name] = part
  }
  if (!REQUIRED.every((name) => parts[name] !== undefined && parts[name] !== '')) return null
  const challenge = parts as unknown as Challenge
  return { challenge, payload: value.payload, ...(source === undefined ? {} : { source }) }
}

/**
 * Returns a credential's canonical spelling, by which two credentials can be compared: white space
 * and padding make no difference.
 */
export function canonicalPayment(credential: PaymentCredential): string {
  const { challenge, payload, source } = credential
  return canonicalJson({
    challenge: { ...challenge },
    payload,
    ...(source === undefined ? {} : { source }),
  })
}

/** Returns a receipt as a `Payment-Receipt` value: base64url of JSON. */
export function serializeReceipt(receipt: Receipt): string {
  return toBase64url(utf8(JSON.stringify(receipt)))
}

function isShallow(value: Json, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return depth > 0 && Object.values(value).every((member) => isShallow(member, depth - 1))
}

function isObject(value: unknown): value is { [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
