/** Which client presents a code or a token, and whether it is that client (RFC 6749 section 2.3.1). */

import type { OAuthClient } from '../../credentials/oauth/client.ts'
import type { Parameters } from '../../credentials/oauth/parameters.ts'
import { Problem } from '../../http/problem.ts'
import { equal, sha256Hex } from '../../lib/bytes.ts'
import type { Call } from '../../pipeline/call.ts'
import type { Isolate } from '../../store/isolate.ts'
import { required } from './answer.ts'

/**
 * The client that a form names, authenticated if it is confidential. It comes before everything else:
 * `invalid_client` is what makes a client whose registration is gone register anew. Throws it, or
 * invalid_request.
 */
export async function presenterOf(
  call: Call,
  isolate: Isolate,
  form: Parameters,
): Promise<OAuthClient> {
  if (form.get('client_id') === undefined && /^basic /i.test(call.header('authorization') ?? '')) {
    // It is told that this is not taken here (section 5.2).
    const challenge = `Basic realm="${new URL(call.url).host}"`
    throw new Problem('invalid_client', { headers: { 'www-authenticate': challenge } })
  }
  const client = await isolate.clients.resolvePresenter(call.env, required(form, 'client_id'))
  if (client === null) throw new Problem('invalid_client')
  if (client.secretHash === null) return client
  const secret = form.get('client_secret')
  if (secret === undefined || !equal(await sha256Hex(secret), client.secretHash))
    throw new Problem('invalid_client')
  return client
}
