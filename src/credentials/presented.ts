/** Which of the credentials on a request counts: the first kind in a fixed order, and it alone. */
import { cookieValues } from '../http/cookies.ts'
import { Problem } from '../http/problem.ts'

/** Request headers by lower-case name: a native `Headers`, or a map of them. */
export interface HeaderReader {
  get(name: string): string | null | undefined
}

/** A request that may carry a cookie of ours. `ownOrigin` names a host that was checked to be the gateway's. */
export interface CookieRequest {
  headers: HeaderReader
  ownOrigin: string
}

export type PresentedCredential =
  | { kind: 'none' }
  | { kind: 'api_key' | 'session' | 'oauth' | 'payment'; value: string }
  /** An `Authorization` of a scheme that is not ours. */
  | { kind: 'unknown' }
  /** Two of one kind: there is no saying which was meant. */
  | { kind: 'multiple' }

/**
 * `x-api-key`, then `Authorization`, then the session cookie; the first one present decides, whether
 * it turns out valid or not. A repeated header arrives joined by ", ", and no credential of ours
 * holds a comma. A row may also take a payment in `Payment-Authorization`; it comes last, as it is no
 * identity: beside any of the others it is not looked at.
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
  const [session, second] = cookies === null ? [] : cookieValues(cookies, cookieName)
  if (second !== undefined) return { kind: 'multiple' }
  if (session !== undefined) return { kind: 'session', value: session }
  const payment = takesPaymentHeader ? (headers.get('payment-authorization') ?? null) : null
  if (payment === null) return { kind: 'none' }
  const only = presentedAuthorization(payment)
  return only.kind === 'oauth' ? { kind: 'unknown' } : only
}

/** `Authorization` (RFC 9110 section 11.6.2): the scheme is case-insensitive. */
function presentedAuthorization(authorization: string): PresentedCredential {
  if (authorization.includes(',')) return { kind: 'multiple' }
  const value = authorization.trim()
  const bearer = /^bearer +(\S+)$/i.exec(value)
  if (bearer !== null) return { kind: 'oauth', value: bearer[1] ?? '' }
  // A payment that cannot be read is still a payment: the protocol has its own answer to it.
  const payment = /^payment(?: +(\S.*))?$/i.exec(value)
  return payment === null ? { kind: 'unknown' } : { kind: 'payment', value: payment[1] ?? '' }
}

/**
 * Whether a request with a cookie comes from our own pages or from no page at all, by Fetch Metadata
 * or, where a browser does not send it, by `Origin`. A request with neither is no browser's.
 */
export function isSameOrigin(headers: HeaderReader, ownOrigin: string): boolean {
  const site = headers.get('sec-fetch-site') ?? null
  if (site !== null) return site === 'same-origin' || site === 'none'
  const origin = headers.get('origin') ?? null
  return origin === null || origin === ownOrigin
}

/** Throws cross_site_request for a request that a page of another site has made. */
export function requireOwnPage({ headers, ownOrigin }: CookieRequest): void {
  if (!isSameOrigin(headers, ownOrigin)) throw new Problem('cross_site_request')
}
