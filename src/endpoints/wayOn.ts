/** The next step for a person who meets a problem on the pages of sign-in. */
import type { ErrorHandler } from 'hono'
import type { Config } from '../config/config.ts'
import { OWN_PATHS } from '../config/ownPaths.ts'
import { asProblem, type Problem, type WayOn } from '../http/problem.ts'
import { problemToPage } from '../pages/problem.tsx'
import { SIGN_IN } from '../pages/words/signIn.ts'
import type { App } from '../pipeline/app.ts'

/** The problem, with this way on unless it has one. */
export function wayOn(problem: Problem, link: WayOn): Problem {
  problem.link ??= link
  return problem
}

/** Runs `work`, and gives each problem that has no way on this one. */
export async function withWayOn(link: WayOn, work: () => Promise<Response>): Promise<Response> {
  try {
    return await work()
  } catch (error) {
    throw wayOn(asProblem(error), link)
  }
}

/** Answers anything thrown by the pages of sign-in, with a way on whatever was thrown. */
export function problemToSignInPage(config: Config): ErrorHandler<App> {
  const answer = problemToPage(config)
  return (error, context) => {
    const problem = asProblem(error)
    const words = LINK_PROBLEMS.has(problem.code) ? SIGN_IN.newLink : SIGN_IN.toSignIn
    return answer(wayOn(problem, { href: OWN_PATHS.signIn, words }), context)
  }
}

const LINK_PROBLEMS: ReadonlySet<string> = new Set(['sign_in_link_invalid', 'sign_in_elsewhere'])
