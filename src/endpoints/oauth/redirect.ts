/** The authorization endpoint's ways out that are redirects. What must not be redirected is a page. */

import type { Config } from '../../config/config.ts'
import { withParameters } from '../../credentials/oauth/redirectUri.ts'

/** A code may be in the URL: it is for no cache, no frame, and no `Referer`. */
const SEALED = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-frame-options': 'DENY',
}

/** 303, so that what was posted is not posted again. */
export function redirect(location: string): Response {
  return new Response(null, { status: 303, headers: { ...SEALED, location } })
}

/** Back to the client: exactly its redirect URI, with the answer, its `state`, and who answers (RFC 9207). */
export function toClient(
  { publicUrl }: Config,
  { redirectUri, state }: { redirectUri: string; state: string | null },
  answer: { code: string } | { error: string; error_description: string },
): Response {
  const parameters = { ...answer, state: state ?? undefined, iss: publicUrl }
  return redirect(withParameters(redirectUri, parameters))
}
