/** `POST /api/oauth/authorize`: the person's answer to a consent page. */

import { mintSecret } from '../../credentials/minted.ts'
import { audiencesOf } from '../../credentials/oauth/resource.ts'
import { requireOwnPage } from '../../credentials/ownPage.ts'
import { randomHex, sha256Hex } from '../../lib/bytes.ts'
import { tagKeysOf } from '../../store/env.ts'
import { approveRequest, denyRequest, findRequest } from '../../store/oauth/consents.ts'
import { signedInPerson } from '../session.ts'
import { authorizationResponse } from './authorizationResponse.ts'
import type { OAuthEndpoint } from './endpoint.ts'
import { invalidRequest, readOAuthForm, requiredParameter } from './form.ts'

const ENDED =
  'This request has already been answered or has expired. Start again in the application.'
const SIGNED_OUT = 'You are no longer signed in. Start again in the application.'

/**
 * A redirect to the client, with a code or with access_denied. The form says only which page is
 * answered and how: the client, the redirect URI and the scope are those that were stored when the
 * page was shown. A page is answered once, by the session that it was shown to. Throws
 * invalid_request, and cross_site_request.
 */
export const answerConsent: OAuthEndpoint = async (call, { config, oauth, isolate }) => {
  requireOwnPage(call)
  const form = await readOAuthForm(call)
  const decision = requiredParameter(form, 'decision')
  const hash = await sha256Hex(requiredParameter(form, 'request'))
  const person = await signedInPerson(call, config, isolate)
  if (person === null) throw invalidRequest(SIGNED_OUT)
  const now = Date.now()
  const { sessionId, accountId } = person
  const request = await findRequest(call.env, { hash, sessionId, accountId }, now)
  if (request === null) throw invalidRequest(ENDED)
  if (decision === 'deny') {
    if (!(await denyRequest(call.env, request, now))) throw invalidRequest(ENDED)
    const error_description = 'The person refused access.'
    return authorizationResponse(config, request, { error: 'access_denied', error_description })
  }
  if (decision !== 'approve') throw invalidRequest('The decision must be approve or deny.')
  const tagKeys = await tagKeysOf(call.env)
  const code = await mintSecret('code', tagKeys)
  const approval = {
    grantId: `grt_${randomHex(12)}`,
    audiences: audiencesOf(config, oauth),
    codeHash: code.hash,
    codeExpiresAt: now + oauth.codeMs,
  }
  if (!(await approveRequest(call.env, request, approval, now))) throw invalidRequest(ENDED)
  return authorizationResponse(config, request, { code: code.value })
}
