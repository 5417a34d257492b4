/**
 * Decides which credential of a request counts: the first kind that is present, in a fixed order.
 */
import type { HeaderReader } from '../http/headerReader.ts'
import type { KeyForms } from './apiKey.ts'
import { sessionCookieValues } from './session.ts'

/** The credential that counts for a request, as it was sent: nothing of it has been verified. */
export type PresentedCredential =
  | { kind: 'none' }
  | { kind: 'api_key' | 'session' | 'oauth' | 'payment'; value: string }
  /** An `Authorization` header that is neither a key, nor a bearer token, nor a payment. */
  | { kind: 'unknown' }
  /** Two credentials of one kind: nothing says which one was meant. */
  | { kind: 'multiple' }

/**
 * Returns the credential that counts: `x-api-key` and its aliases in their order, then
 * `Authorization`, then the session cookie. The first one present decides, whether it turns out to
 * be valid or not. A comma means that a header was repeated, because repeated headers arrive joined
 * by ", " and no credential contains a comma. A bearer that begins as a key does is a key.
 *
 * If `takesPaymentHeader` is set, a payment in `Payment-Authorization` counts too. It comes last
 * because it is not an identity: beside any other credential it is ignored.
 */
export function presentedCredential(
  headers: HeaderReader,
  cookieName: string,
  takesPaymentHeader: boolean,
  keys: Pick<KeyForms, 'headers' | 'beginsAsKey'>,
): PresentedCredential {
  for (const name of keys.headers) {
    const apiKey = headers.get(name) ?? null
    if (apiKey !== null)
      return apiKey.includes(',') ? { kind: 'multiple' } : { kind: 'api_key', value: apiKey }
  }
  const authorization = headers.get('authorization') ?? null
  if (authorization !== null) return presentedAuthorization(authorization, keys)
  const cookies = headers.get('cookie') ?? null
  const [session, second] = cookies === null ? [] : sessionCookieValues(cookies, cookieName)
  if (second !== undefined) return { kind: 'multiple' }
  if (session !== undefined) return { kind: 'session', value: session }
  const payment = takesPaymentHeader ? (headers.get('payment-authorization') ?? null) : null
  if (payment === null) return { kind: 'none' }
  const only = presentedAuthorization(payment, keys)
  return only.kind === 'payment' || only.kind === 'multiple' ? only : { kind: 'unknown' }
}

/** Reads an `Authorization` value (RFC 9110 section 11.6.2). The scheme is case-insensitive. */
function presentedAuthorization(
  authorization: string,
  keys: Pick<KeyForms, 'beginsAsKey'>,
): PresentedCredential {
  if (authorization.includes(',')) return { kind: 'multiple' }
  const value = authorization.trim()
  const [, bearer] = /^bearer +(\S.*)$/i.exec(value) ?? []
  if (bearer !== undefined) {
    if (keys.beginsAsKey(bearer)) return { kind: 'api_key', value: bearer }
    return /\s/.test(bearer) ? { kind: 'unknown' } : { kind: 'oauth', value: bearer }
  }
  // A payment that cannot be read is still a payment: the protocol has its own answer to it.
  const payment = /^payment(?: +(\S.*))?$/i.exec(value)
  return payment === null ? { kind: 'unknown' } : { kind: 'payment', value: payment[1] ?? '' }
}
