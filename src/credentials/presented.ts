/**
 * Decides which credential of a request counts: the first kind that is present, in a fixed order.
 */
import type { HeaderReader } from '../http/headerReader.ts'
import { sessionCookieValues } from './session.ts'

/** The credential that counts for a request, as it was sent: nothing of it has been verified. */
export type PresentedCredential =
  | { kind: 'none' }
  | { kind: 'api_key' | 'session' | 'oauth' | 'payment'; value: string }
  /** An `Authorization` header that is neither a bearer token nor a payment. */
  | { kind: 'unknown' }
  /** Two credentials of one kind: nothing says which one was meant. */
  | { kind: 'multiple' }

/**
 * Returns the credential that counts: `x-api-key`, then `Authorization`, then the session cookie.
 * The first one present decides, whether it turns out to be valid or not. A comma means that a
 * header was repeated, because repeated headers arrive joined by ", " and no credential contains a
 * comma.
 *
 * If `takesPaymentHeader` is set, a payment in `Payment-Authorization` counts too. It comes last
 * because it is not an identity: beside any other credential it is ignored.
 */
export function presentedCredential(
  headers: HeaderReader,
  cookieName: string,
  takesPaymentHeader: boolean,
): PresentedCredential {
  const apiKey = headers.get('x-api-key') ?? null
  if (apiKey !== null) {
    return apiKey.includes(',') ? { kind: 'multiple' } : { kind: 'api_key', value: apiKey }
  }
  const authorization = headers.get('authorization') ?? null
  if (authorization !== null) return presentedAuthorization(authorization)
  const cookies = headers.get('cookie') ?? null
  const [session, second] = cookies === null ? [] : sessionCookieValues(cookies, cookieName)
  if (second !== undefined) return { kind: 'multiple' }
  if (session !== undefined) return { kind: 'session', value: session }
  const payment = takesPaymentHeader ? (headers.get('payment-authorization') ?? null) : null
  if (payment === null) return { kind: 'none' }
  const only = presentedAuthorization(payment)
  return only.kind === 'oauth' ? { kind: 'unknown' } : only
}

/** Reads an `Authorization` value (RFC 9110 section 11.6.2). The scheme is case-insensitive. */
function presentedAuthorization(authorization: string): PresentedCredential {
  if (authorization.includes(',')) return { kind: 'multiple' }
  const value = authorization.trim()
  const bearer = /^bearer +(\S+)$/i.exec(value)
  if (bearer !== null) return { kind: 'oauth', value: bearer[1] ?? '' }
  // A payment that cannot be read is still a payment: the protocol has its own answer to it.
  const payment = /^payment(?: +(\S.*))?$/i.exec(value)
  return payment === null ? { kind: 'unknown' } : { kind: 'payment', value: payment[1] ?? '' }
}
