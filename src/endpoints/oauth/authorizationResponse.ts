/** The authorization response: the redirect that takes a code or an error to the client. */

import type { Config } from '../../config/config.ts'
import { withParameters } from '../../credentials/oauth/redirectUri.ts'
import { redirect } from '../redirect.ts'

/**
 * A redirect to exactly the client's redirect URI, with the answer, the client's `state`, and the
 * issuer (OAuth 2.1 section 4.1.2, RFC 9207).
 */
export function authorizationResponse(
  { publicUrl }: Config,
  { redirectUri, state }: { redirectUri: string; state: string | null },
  answer: { code: string } | { error: string; error_description: string },
): Response {
  const parameters = { ...answer, state: state ?? undefined, iss: publicUrl }
  return redirect(withParameters(redirectUri, parameters))
}
