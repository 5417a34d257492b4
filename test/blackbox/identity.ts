/** Reads the caller from the gateway's signed assertion, as a real origin does. */
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { headerValues } from './answer.ts'
import type { Hit } from './upstream.ts'

/** A hit as the cases expect it: its header `x-user-id` is the account in the assertion. */
export type IdentifiedHit = Hit & {
  /** The reason for which the assertion is wrong; absent if it is right. */
  flaw?: string
}

/**
 * A function that adds to a hit the pseudo header `x-user-id`: the `sub` of a `turnpike-assertion`
 * with a right signature, issuer, audience and time. A header of that name that a client got
 * through stays there.
 */
export function createIdentifier(gatewayUrl: string, issuer: string, audience: string) {
  const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', gatewayUrl))

  return async function identify(hit: Hit): Promise<IdentifiedHit> {
    const assertions = headerValues(hit.headers, 'turnpike-assertion')
    const [assertion = ''] = assertions
    if (assertions.length !== 1) return { ...hit, flaw: `${assertions.length} assertions` }
    try {
      const { payload } = await jwtVerify(assertion, keys, { issuer, audience })
      if (payload.sub === undefined) return hit
      return { ...hit, headers: [...hit.headers, ['x-user-id', payload.sub]] }
    } catch (error) {
      return { ...hit, flaw: `assertion: ${String(error)}` }
    }
  }
}
