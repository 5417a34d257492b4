/** `POST /api/oauth/revoke`: a client gives a token back (RFC 7009). */

import { mintedHash } from '../../credentials/minted.ts'
import type { Call } from '../../pipeline/call.ts'
import { secretsOf } from '../../store/env.ts'
import type { Isolate } from '../../store/isolate.ts'
import { NOT_STORED, oauthForm, required } from './answer.ts'
import { presenterOf } from './client.ts'

/**
 * 200 without a body, also for a token that is unknown, has ended, or is another client's: that one
 * is left alone. A refresh token takes its family along (section 2.1). Hints are not needed.
 */
export async function revoke(call: Call, isolate: Isolate): Promise<Response> {
  const form = await oauthForm(call)
  const client = await presenterOf(call, isolate, form)
  const presented = required(form, 'token')
  const { tagKeys } = await secretsOf(call.env)
  const hash =
    (await mintedHash('access_token', presented, tagKeys)) ??
    (await mintedHash('refresh_token', presented, tagKeys))
  const known = hash === null ? null : await isolate.tokens.findGrant(call.env, hash)
  if (hash !== null && known !== null && known.clientId === client.id) {
    if (known.kind === 'access') await isolate.tokens.revoke(call.env, hash)
    else await isolate.tokens.endFamily(call.env, known.grantId)
  }
  return new Response(null, { headers: NOT_STORED })
}
