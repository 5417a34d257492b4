/** `POST /api/oauth/revoke`: a client gives a token back (RFC 7009). */

import { mintedHash } from '../../credentials/minted.ts'
import { tagKeysOf } from '../../store/env.ts'
import { authenticateClient } from './client.ts'
import { NO_STORE, type OAuthEndpoint } from './endpoint.ts'
import { readOAuthForm, requiredParameter } from './form.ts'

/**
 * Ends the token; a refresh token's whole grant ends with it (section 2.1). 200 without a body,
 * also for a token that is unknown, has ended, or belongs to another client, whose token stays
 * valid. `token_type_hint` is ignored. A text without a tag of the gateway counts for its sender's
 * address, and is not looked up. Throws invalid_request, invalid_client and rate_limit_exceeded.
 */
export const revoke: OAuthEndpoint = async (call, context) => {
  const { isolate } = context
  const form = await readOAuthForm(call)
  const client = await authenticateClient(call, context, form)
  const presented = requiredParameter(form, 'token')
  const tagKeys = await tagKeysOf(call.env)
  const hash =
    (await mintedHash('access_token', presented, tagKeys)) ??
    (await mintedHash('refresh_token', presented, tagKeys))
  if (hash === null) isolate.refusals.take(call)
  else isolate.presented.take(hash)
  const known = hash === null ? null : await isolate.tokens.findGrant(call.env, hash)
  call.hasChangedNothing = known === null
  if (hash !== null && known !== null && known.clientId === client.id) {
    if (known.kind === 'access')
      await isolate.tokens.revoke(call.env, known.accountId, hash, call.waitUntil)
    else await isolate.tokens.endFamily(call.env, known.grantId, call.waitUntil)
  }
  return new Response(null, { headers: NO_STORE })
}
