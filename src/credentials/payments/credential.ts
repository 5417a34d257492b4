/** Payment credentials and receipts on the wire (draft-httpauth-payment sections 5.2 and 5.3). */
import type { Challenge, PaymentCredential, Receipt } from '../../contract/wire.ts'
import { fromBase64url, toBase64url, utf8 } from '../../lib/bytes.ts'
import { canonicalJson, type Json } from '../../lib/canonicalJson.ts'

/** The longest credential that is read, in characters; a channel's opening takes about 3,000. */
export const MAX_CREDENTIAL_LENGTH = 16_384

/** How deep a payload may nest: no method's own goes beyond half of it. */
const MAX_DEPTH = 6

const REQUIRED = ['id', 'realm', 'method', 'intent', 'request'] as const
const OPTIONAL = ['expires', 'digest', 'opaque', 'header', 'description'] as const

/** base64url of JSON → a credential, or null if it does not have the form of one. Checks no proof. */
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

/** The credential's one spelling, for telling whether two are the same: white space and padding do not count. */
export function canonicalPayment(credential: PaymentCredential): string {
  const { challenge, payload, source } = credential
  return canonicalJson({
    challenge: { ...challenge },
    payload,
    ...(source === undefined ? {} : { source }),
  })
}

/** A `Payment-Receipt` value. */
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
