/** The next step for a person who meets a problem on the pages of sign-in. */
import type { ErrorHandler } from 'hono'
import { OWN_PATHS } from '../config/ownPaths.ts'
import { asProblem, type Problem } from '../http/problem.ts'
import { problemToPage } from '../pages/problem.tsx'
import type { App } from '../pipeline/app.ts'

export interface Link {
  href: string
  text: string
}

/** The problem, with this way on unless it has one. */
export function wayOn(problem: Problem, link: Link): Problem {
  problem.link ??= link
  return problem
}

/** Runs `work`, and gives each problem that has no way on this one. */
export async function withWayOn(link: Link, work: () => Promise<Response>): Promise<Response> {
  try {
    return await work()
  } catch (error) {
    throw wayOn(asProblem(error), link)
  }
}

/** Answers anything thrown by the pages of sign-in, with a way on whatever was thrown. */
export const problemToSignInPage: ErrorHandler<App> = (error, context) => {
  const problem = asProblem(error)
  const text = LINK_PROBLEMS.has(problem.code) ? 'Ask for a new link' : 'To the sign-in page'
  return problemToPage(wayOn(problem, { href: OWN_PATHS.signIn, text }), context)
}

const LINK_PROBLEMS: ReadonlySet<string> = new Set(['sign_in_link_invalid', 'sign_in_elsewhere'])
