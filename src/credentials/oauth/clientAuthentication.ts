/**
 * Reads how a client authenticates at the token and revocation endpoints: by HTTP Basic, or by
 * parameters of its form (RFC 6749 section 2.3.1). Every client may use either.
 */
import type { Parameters } from './parameters.ts'

/** The longest `Authorization` that is read: an encoded document URL and a secret, in base64. */
const MAX_AUTHORIZATION_LENGTH = 4_096

/** The client that a request names, and the secret that it sends. */
export interface PresentedClient {
  id: string
  /** Undefined: none, or an empty one, which counts as none. */
  secret: string | undefined
  /** Whether id and secret came by HTTP Basic. */
  isBasic: boolean
}

/**
 * Reads the client of a request. Returns null if neither place names a client; `malformed` for
 * credentials of HTTP Basic that cannot be read; and `two` for a request that authenticates in both
 * ways, or names two clients. Other schemes of `Authorization` are ignored.
 */
export function readPresentedClient(
  authorization: string | null,
  form: Parameters,
): PresentedClient | null | 'malformed' | 'two' {
  const id = form.get('client_id')
  const secret = form.get('client_secret')
  if (!/^basic(?: |$)/i.test(authorization ?? ''))
    return id === undefined ? null : { id, secret, isBasic: false }
  const basic = readBasic(authorization ?? '')
  if (basic === null) return 'malformed'
  if (secret !== undefined || (id !== undefined && id !== basic.id)) return 'two'
  return { ...basic, isBasic: true }
}

/** Credentials of HTTP Basic whose two parts are encoded like a form's values; null: malformed. */
function readBasic(authorization: string): { id: string; secret: string | undefined } | null {
  if (authorization.length > MAX_AUTHORIZATION_LENGTH) return null
  try {
    const bytes = Uint8Array.from(atob(authorization.slice(6).trim()), (c) => c.charCodeAt(0))
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    const colon = text.indexOf(':')
    const id = formDecoded(text.slice(0, Math.max(0, colon)))
    return id === '' ? null : { id, secret: formDecoded(text.slice(colon + 1)) || undefined }
  } catch {
    return null
  }
}

/** A value of `application/x-www-form-urlencoded`, decoded. Throws for a wrong percent-encoding. */
function formDecoded(value: string): string {
  return decodeURIComponent(value.replaceAll('+', ' '))
}
