/** `POST /api/oauth/register`: dynamic client registration (RFC 7591). */

import type { OAuth } from '../../config/config.ts'
import { type ClientMetadata, parseClientMetadata } from '../../credentials/oauth/client.ts'
import { readText } from '../../http/body.ts'
import { asProblem, Problem } from '../../http/problem.ts'
import { randomHex, sha256Hex } from '../../lib/bytes.ts'
import { wholeSeconds } from '../../lib/time.ts'
import type { Call } from '../../pipeline/call.ts'
import type { Isolate } from '../../store/isolate.ts'
import { NOT_STORED } from './answer.ts'

/** The longest metadata, in bytes. */
const MAX_METADATA = 8_192

/** 201 with all that is registered, defaults included, and no member that is null (section 3.2.1). */
export async function register(call: Call, oauth: OAuth, isolate: Isolate): Promise<Response> {
  const now = Date.now()
  isolate.registrations.take(`address ${call.address}`)
  const metadata = parseClientMetadata(await readMetadata(call.request))
  if ('error' in metadata) throw new Problem(metadata.error, { message: metadata.sentence })
  const id = crypto.randomUUID()
  const secret = metadata.isConfidential ? randomHex(32) : null
  const secretHash = secret === null ? null : await sha256Hex(secret)
  const { name, redirectUris, refreshes } = metadata
  const client = { id, name, redirectUris, refreshes, secretHash }
  if (!(await isolate.clients.register(call.env, client, now))) throw tooManyClients(oauth)
  const body = {
    client_id: id,
    client_id_issued_at: Math.floor(now / 1000),
    ...(secret === null ? {} : { client_secret: secret, client_secret_expires_at: 0 }),
    ...registered(metadata),
  }
  return Response.json(body, { status: 201, headers: NOT_STORED })
}

function registered({ name, redirectUris, refreshes, isConfidential }: ClientMetadata) {
  return {
    ...(name === null ? {} : { client_name: name }),
    redirect_uris: redirectUris,
    grant_types: ['authorization_code', ...(refreshes ? ['refresh_token'] : [])],
    response_types: ['code'],
    token_endpoint_auth_method: isConfidential ? 'client_secret_post' : 'none',
  }
}

function tooManyClients({ limits }: OAuth): Problem {
  const retryAfter = wholeSeconds(
    Math.max(0, ...limits.registrations.map(({ windowMs }) => windowMs)),
  )
  const headers = { 'retry-after': String(retryAfter) }
  return new Problem('rate_limit_exceeded', { fields: { retryAfter }, headers })
}

async function readMetadata(request: Request): Promise<unknown> {
  try {
    return JSON.parse(await readText(request, MAX_METADATA))
  } catch (error) {
    if (asProblem(error).code === 'payload_too_large') throw error
    throw new Problem('invalid_client_metadata', { message: 'The metadata is not JSON.' })
  }
}
