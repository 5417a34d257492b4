/** The next step for a person who meets a problem on the pages of sign-in. */
import { asProblem, type Problem } from '../http/problem.ts'

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
