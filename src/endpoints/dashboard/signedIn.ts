/** The way of every page of the dashboard: a person, a form of ours, an answer for nobody else. */
import type { Config } from '../../config/config.ts'
import { requireOwnPage } from '../../credentials/ownPage.ts'
import { onlyReads } from '../../http/methods.ts'
import { returnPathOf } from '../../http/returnPath.ts'
import { interruptedHref, signInHref } from '../../pages/signIn.tsx'
import { type View, viewOf } from '../../pages/view.ts'
import type { AppContext } from '../../pipeline/app.ts'
import type { Call } from '../../pipeline/call.ts'
import type { Isolate } from '../../store/isolate.ts'
import { redirect } from '../redirect.ts'
import { clearedSession, findPerson, type SignedInPerson } from '../session.ts'

/** Answers a call of the person who is signed in. Throws a Problem for every refusal. */
export type PersonalPage = (call: Call, view: View, person: SignedInPerson) => Promise<Response>

/**
 * A page of the dashboard as a Hono handler. A browser without a session is sent to sign in, and
 * comes back. Throws cross_site_request for a form of another site, rate_limit_exceeded for a
 * session that asks too often, and service_unavailable.
 */
export function signedIn(config: Config, isolate: Isolate, answer: PersonalPage) {
  return async ({ env: { call } }: AppContext): Promise<Response> => {
    const isRead = onlyReads(call.method)
    if (!isRead) requireOwnPage(call)
    const { person, hasSeveral } = await findPerson(call, config, isolate, isolate.pages)
    if (person !== null) return answer(call, viewOf(call, config, person), person)
    // A form cannot be sent again after signing in, but its page can be shown.
    const form = isRead
      ? signInHref(returnPathOf(call.target))
      : interruptedHref(call.target.path.split('/', 3).join('/'))
    return redirect(form, hasSeveral ? clearedSession(call, config) : [])
  }
}
