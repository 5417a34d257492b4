/** Reads the caller out of what the gateway sealed, as a real origin would. */
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { headerValues } from './answer.ts'
import type { Hit } from './upstream.ts'

/** A hit as the cases know it: with `x-user-id`, the account that the gateway vouches for. */
export type IdentifiedHit = Hit & {
  /** What is wrong with the gateway's word about the caller, if anything. */
  flaw?: string
}

/**
 * Makes a reader of hits for a gateway: adds the pseudo header `x-user-id` with the `sub` of a
 * `turnpike-assertion` whose signature, issuer, audience and time hold. What a client sent under that
 * name and got through is still there.
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
