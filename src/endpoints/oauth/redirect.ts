/** The authorization endpoint's ways out: redirects, and pages for what must not be redirected. */
import type { ErrorHandler } from 'hono'
import type { App } from '../../context.ts'
import { withParameters } from '../../credentials/redirectUri.ts'
import type { Gateway } from '../../lib/gateway.ts'
import { asProblem } from '../../lib/problem.ts'
import { problemPage } from '../../pages/problem.tsx'

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
  { publicUrl }: Gateway,
  { redirectUri, state }: { redirectUri: string; state: string | null },
  answer: { code: string } | { error: string; error_description: string },
): Response {
  const parameters = { ...answer, state: state ?? undefined, iss: publicUrl }
  return redirect(withParameters(redirectUri, parameters))
}

const TITLES: Record<number, string> = {
  403: 'Not from there',
  405: 'Not this way',
  429: 'Too many requests',
  500: 'Something went wrong',
  503: 'Try again shortly',
}

/** Anything thrown → a page for the person, JSON for a program that asks for it. Never a redirect. */
export const pageOf: ErrorHandler<App> = function pageOf(error, c) {
  const { code, status, message, headers } = asProblem(error)
  const title = TITLES[status] ?? 'This link does not work'
  return problemPage(c, { status, code, title, sentence: message, headers })
}
