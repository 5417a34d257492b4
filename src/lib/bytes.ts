/** Encodes, hashes, makes and compares bytes: hex, base64url, SHA-256, HMAC-SHA256, randomness. */

const encoder = new TextEncoder()

/** Each byte as two lower-case hexadecimal characters. */
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Bytes → lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  let hex = ''
  for (const byte of bytes) hex += HEX[byte]
  return hex
}

/** Cryptographically random bytes as lower-case hexadecimal, two characters a byte. */
export function randomHex(byteCount: number): string {
  return toHex(crypto.getRandomValues(new Uint8Array(byteCount)))
}

/** SHA-256 of a string's UTF-8 bytes, as 64 lower-case hexadecimal characters. */
export async function sha256Hex(text: string): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text))))
}

/** A secret as a key for `hmacHex` and `hmacBase64url`; the key cannot be exported. */
export function hmacKey(secret: string): Promise<CryptoKey> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  return crypto.subtle.importKey('raw', encoder.encode(secret), algorithm, false, ['sign'])
}

/** HMAC-SHA256 of a string's UTF-8 bytes, as base64url without padding (43 characters). */
export async function hmacBase64url(key: CryptoKey, text: string): Promise<string> {
  return toBase64url(new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(text))))
}

/** SHA-256 of bytes, as 32 bytes. */
export async function sha256(bytes: BufferSource): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
}

/** Bytes → base64url without padding (RFC 4648 section 5). */
export function toBase64url(bytes: Uint8Array): string {
  return base64urlOf(toBase64(bytes))
}

/** Base64 → base64url without padding (RFC 4648 section 5). */
export function base64urlOf(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

/** Bytes → base64 with padding (RFC 4648 section 4). */
export function toBase64(bytes: Uint8Array): string {
  if (bytes.length <= MAX_ARGUMENTS) return btoa(binaryOf(bytes))
  let binary = ''
  for (let at = 0; at < bytes.length; at += MAX_ARGUMENTS)
    binary += binaryOf(bytes.subarray(at, at + MAX_ARGUMENTS))
  return btoa(binary)
}

/** How many bytes become characters in one call. Engines limit the arguments of a call. */
const MAX_ARGUMENTS = 4_096

/** Bytes → one character each. A loop would leave a string behind for each byte. */
const binaryOf = (bytes: Uint8Array): string => Reflect.apply(String.fromCharCode, null, bytes)

/**
 * Base64url → the UTF-8 text that it encodes, without a byte order mark; or null if `text` has more
 * than `maxLength` characters (padding counts, but may be missing), or is not base64url of UTF-8.
 */
export function fromBase64url(text: string, maxLength: number): string | null {
  if (text.length > maxLength || !/^[A-Za-z0-9_-]*={0,2}$/.test(text)) return null
  try {
    const binary = atob(text.replace(/=+$/, '').replaceAll('-', '+').replaceAll('_', '/'))
    // `Uint8Array.from` takes ten times as long, and strangers send long texts.
    const bytes = new Uint8Array(binary.length)
    for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at)
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch {
    return null
  }
}

/** A string's UTF-8 bytes. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(encoder.encode(text))
}

/** HMAC-SHA256 of a string's UTF-8 bytes, as 64 lower-case hexadecimal characters. */
export async function hmacHex(key: CryptoKey, text: string): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(text))))
}

/** Whether two strings are equal, in a time that depends on the length of `left` alone. */
export function equal(left: string, right: string): boolean {
  let difference = left.length ^ right.length
  for (let i = 0; i < left.length; i++) difference |= left.charCodeAt(i) ^ right.charCodeAt(i)
  return difference === 0
}
