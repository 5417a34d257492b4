/** The way of every page of owners: nobody else learns who may see it. */
import type { Config } from '../../config/config.ts'
import { requireOwnPage } from '../../credentials/ownPage.ts'
import { Problem } from '../../http/problem.ts'
import { returnPathOf } from '../../http/returnPath.ts'
import { signInHref } from '../../pages/signIn.tsx'
import { viewOf } from '../../pages/view.ts'
import { SIGN_IN } from '../../pages/words/signIn.ts'
import type { AppContext } from '../../pipeline/app.ts'
import type { Call } from '../../pipeline/call.ts'
import type { Isolate } from '../../store/isolate.ts'
import { findPerson } from '../session.ts'
import { wayOn } from '../wayOn.ts'
import type { PersonalPage } from './signedIn.ts'

/**
 * A page of owners as a Hono handler. Throws not_found for everybody else, signed in or not, so
 * that the answer does not tell who is one; and what `signedIn` throws.
 */
export function forOwners(config: Config, isolate: Isolate, answer: PersonalPage) {
  return async ({ env: { call } }: AppContext): Promise<Response> => {
    if (call.method === 'POST') requireOwnPage(call)
    const { person } = await findPerson(call, config, isolate, isolate.pages)
    if (person?.isOwner) return answer(call, viewOf(call, config, person), person)
    const problem = new Problem('not_found')
    throw person === null ? wayOn(problem, toSignIn(call)) : problem
  }
}

/** The way on of an owner whose session has ended. */
const toSignIn = (call: Call) => ({
  href: signInHref(call.method === 'GET' ? returnPathOf(call.target) : null),
  words: SIGN_IN.toSignIn,
})
