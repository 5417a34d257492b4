/** `POST /api/oauth/register`: dynamic client registration (RFC 7591). */

import { type ClientMetadata, parseClientMetadata } from '../../credentials/oauth/client.ts'
import { networkKey } from '../../http/address.ts'
import { readText } from '../../http/bodies/requestBody.ts'
import { Problem } from '../../http/problem.ts'
import { randomHex, sha256Hex } from '../../lib/bytes.ts'
import { NO_STORE, type OAuthEndpoint } from './endpoint.ts'

/** Room for a logo as a data URI: nothing of a registration is stored but what is used of it. */
const MAX_METADATA_BYTES = 65_536

/**
 * 201 with everything that is registered, defaults included, without members that are null (section
 * 3.2.1); the secret of a confidential client is in this answer and in no other. Throws
 * invalid_client_metadata, invalid_redirect_uri, payload_too_large, request_timeout; and
 * rate_limit_exceeded for one address, for its network, or for all of them together.
 */
export const register: OAuthEndpoint = async (call, { oauth, isolate, clients }) => {
  const now = Date.now()
  isolate.newClients.check(call)
  await isolate.registrations.take(call)
  const metadata = parseClientMetadata(await readMetadata(call.request), oauth.appSchemes)
  if ('error' in metadata) throw new Problem(metadata.error, { message: metadata.sentence })
  await isolate.newClients.take(call)
  const id = crypto.randomUUID()
  const secret = metadata.authMethod === 'none' ? null : randomHex(32)
  const secretHash = secret === null ? null : await sha256Hex(secret)
  const { name, redirectUris, refreshes } = metadata
  const client = { id, name, redirectUris, refreshes, secretHash }
  const network = networkKey(call.address)
  await clients.register(call, client, network, now)
  const body = {
    client_id: id,
    client_id_issued_at: Math.floor(now / 1000),
    client_secret: secret ?? undefined,
    client_secret_expires_at: secret === null ? undefined : 0,
    ...registeredMetadata(metadata),
  }
  return Response.json(body, { status: 201, headers: NO_STORE })
}

function registeredMetadata({ name, redirectUris, refreshes, authMethod }: ClientMetadata) {
  return {
    client_name: name ?? undefined,
    redirect_uris: redirectUris,
    grant_types: ['authorization_code', ...(refreshes ? ['refresh_token'] : [])],
    response_types: ['code'],
    token_endpoint_auth_method: authMethod,
  }
}

async function readMetadata(request: Request): Promise<unknown> {
  try {
    return JSON.parse(await readText(request, MAX_METADATA_BYTES))
  } catch (error) {
    // A body that is too large or too late says so itself. The parser's error quotes the body.
    const problem = error instanceof Problem ? error : new Problem('invalid_json')
    if (problem.code !== 'invalid_json') throw problem
    const { cause, reason } = problem
    throw new Problem('invalid_client_metadata', {
      message: 'The metadata is not valid JSON.',
      cause,
      ...(reason && { reason }),
    })
  }
}
