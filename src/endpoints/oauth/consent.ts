/** `POST /api/oauth/authorize`: the answer to a consent page. */

import type { Config, OAuth } from '../../config/config.ts'
import { mintSecret } from '../../credentials/minted.ts'
import { audiencesOf } from '../../credentials/oauth/resource.ts'
import { requireOwnPage } from '../../credentials/presented.ts'
import { randomHex, sha256Hex } from '../../lib/bytes.ts'
import type { Call } from '../../pipeline/call.ts'
import { secretsOf } from '../../store/env.ts'
import type { Isolate } from '../../store/isolate.ts'
import { approveRequest, denyRequest, findRequest } from '../../store/oauth/consents.ts'
import { signedIn } from '../session.ts'
import { invalidRequest, oauthForm, required } from './answer.ts'
import { toClient } from './redirect.ts'

const ENDED = 'This page was answered before, or is too old. Start again in the application.'

/**
 * One page, one answer, from the session that the page was shown to. The form says which page and
 * what; who gets the code, and where, is what the page's request has stored.
 */
export async function answerConsent(
  call: Call,
  config: Config,
  oauth: OAuth,
  isolate: Isolate,
): Promise<Response> {
  requireOwnPage(call)
  const form = await oauthForm(call)
  const decision = required(form, 'decision')
  const hash = await sha256Hex(required(form, 'request'))
  const person = await signedIn(call, config, isolate)
  if (person === null)
    throw invalidRequest('You are no longer signed in. Start again in the application.')
  const now = Date.now()
  const { sessionId, accountId } = person
  const request = await findRequest(call.env, { hash, sessionId, accountId }, now)
  if (request === null) throw invalidRequest(ENDED)
  if (decision === 'deny') {
    if (!(await denyRequest(call.env, request, now))) throw invalidRequest(ENDED)
    const error_description = 'The person refused.'
    return toClient(config, request, { error: 'access_denied', error_description })
  }
  if (decision !== 'approve') throw invalidRequest('The decision is approve or deny.')
  const code = await mintSecret('code', (await secretsOf(call.env)).tagKeys)
  const approval = {
    grantId: `grt_${randomHex(12)}`,
    audiences: audiencesOf(config, oauth),
    codeHash: code.hash,
    codeExpiresAt: now + oauth.codeMs,
  }
  if (!(await approveRequest(call.env, request, approval, now))) throw invalidRequest(ENDED)
  return toClient(config, request, { code: code.value })
}
