/**
 * `POST /api/oauth/authorize`: the person's answer to a consent page.
 * See docs/decisions/0025.
 */

import { deriveSecret } from '../../credentials/derived.ts'
import type { Parameters } from '../../credentials/oauth/parameters.ts'
import { requireOwnPage } from '../../credentials/ownPage.ts'
import { randomHex, sha256Hex } from '../../lib/bytes.ts'
import { logError } from '../../lib/log.ts'
import { CONSENT_PROBLEM } from '../../pages/words/consent.ts'
import type { Call } from '../../pipeline/call.ts'
import { derivingKeysOf } from '../../store/env.ts'
import {
  approveRequest,
  denyRequest,
  findRequest,
  markRequestAnswered,
  type ShownRequest,
} from '../../store/oauth/consents.ts'
import { signedInPerson } from '../session.ts'
import { authorizationResponse } from './authorizationResponse.ts'
import type { OAuthContext, OAuthEndpoint } from './endpoint.ts'
import { invalidRequest, invalidRequestInWords, readOAuthForm, requiredParameter } from './form.ts'

/** An answer to a page: the page's token, and the scopes that are approved, "" for a refusal. */
interface Decision {
  token: string
  scope: string
}

/**
 * A redirect to the client, with a code or with access_denied. The form says only which page is
 * answered and how: the client, the redirect URI and the scopes to choose from are those that were
 * stored when the page was shown. A page is answered once, by the session that it was shown to; the
 * same answer gets the same redirect again within the leeway, and until the code ends if the first
 * try failed here. Throws invalid_request, and cross_site_request.
 */
export const answerConsent: OAuthEndpoint = async (call, context) => {
  const { config, oauth, isolate } = context
  requireOwnPage(call)
  const form = await readOAuthForm(call)
  const isApproved = readDecision(form)
  const token = requiredParameter(form, 'request')
  const hash = await sha256Hex(token)
  const person = await signedInPerson(call, config, isolate)
  if (person === null) throw invalidRequestInWords(CONSENT_PROBLEM.signedOut)
  const owner = { hash, sessionId: person.sessionId, accountId: person.accountId }
  const find = () => findRequest(call.env, owner, Date.now())
  const shown = await find()
  if (shown === null) throw invalidRequestInWords(CONSENT_PROBLEM.ended)
  const decision = { token, scope: isApproved ? chosenScope(form, shown.scope) : '' }
  if (shown.usedAt === null) {
    const answer = await settle(call, context, shown, decision)
    if (answer !== null) return answer
  }
  const settled = await find()
  if (settled?.usedAt == null || settled.answer !== decision.scope)
    throw invalidRequestInWords(CONSENT_PROBLEM.ended)
  const age = Date.now() - settled.usedAt
  const mayComeAgain = settled.answeredAt === null ? oauth.codeMs : oauth.leewayMs
  if (age > mayComeAgain) throw invalidRequestInWords(CONSENT_PROBLEM.ended)
  const key = (await derivingKeysOf(call.env)).find(({ kid }) => kid === settled.usedWith)
  if (decision.scope === '') return redirectTo(call, context, settled, null)
  if (key === undefined) throw invalidRequestInWords(CONSENT_PROBLEM.ended)
  const code = await deriveSecret('code', { context: owner.sessionId, presented: token }, key)
  return redirectTo(call, context, settled, code.value)
}

/** Answers an open page for the first time. Null if another request was faster. */
async function settle(
  call: Call,
  context: OAuthContext,
  shown: ShownRequest,
  { token, scope }: Decision,
): Promise<Response | null> {
  const now = Date.now()
  if (scope === '') {
    const isDenied = await denyRequest(call.env, shown, now)
    return isDenied ? redirectTo(call, context, shown, null) : null
  }
  const [key] = await derivingKeysOf(call.env)
  if (key === undefined) throw new Error('no key to derive a code with')
  const from = { context: shown.sessionId, presented: token }
  const code = await deriveSecret('code', from, key)
  const approval = {
    grantId: `grt_${randomHex(12)}`,
    scope,
    codeHash: code.hash,
    kid: key.kid,
    codeExpiresAt: now + context.oauth.codeMs,
  }
  const isApproved = await approveRequest(call.env, shown, approval, now)
  return isApproved ? redirectTo(call, context, shown, code.value) : null
}

/** The redirect to the client with a code, or with access_denied if there is none. */
function redirectTo(
  { env, waitUntil }: Call,
  { config }: OAuthContext,
  request: ShownRequest,
  code: string | null,
): Response {
  // After the answer, so that this write cannot make the answer fail.
  const marked = markRequestAnswered(env, request.hash)
  waitUntil(marked.catch((error) => logError('consent_answer_write_failed', error)))
  if (code !== null) return authorizationResponse(config, request, { code })
  const error_description = 'The person refused access.'
  return authorizationResponse(config, request, { error: 'access_denied', error_description })
}

/** Whether the person approves. Throws invalid_request for anything but the two buttons. */
function readDecision(form: Parameters): boolean {
  const decision = requiredParameter(form, 'decision')
  if (decision !== 'approve' && decision !== 'deny')
    throw invalidRequest('The decision must be approve or deny.')
  return decision === 'approve'
}

/** The asked scopes that are ticked; all of them if the form has no boxes to tick. */
function chosenScope(form: Parameters, asked: string): string {
  if (form.get('choice') === undefined) return asked
  const ticked = form.all('scopes')
  const chosen = asked.split(' ').filter((scope) => ticked.includes(scope))
  return chosen.join(' ')
}
