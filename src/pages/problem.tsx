/** What went wrong, for people; for programs that ask for it, as JSON. */
import type { ErrorHandler } from 'hono'
import type { App, AppContext } from '../context.ts'
import { asProblem, type ProblemCode } from '../lib/problem.ts'
import { inWords } from '../lib/time.ts'
import { page, siteOf } from './layout.tsx'

export interface ProblemText {
  status: number
  /** A code of the contract or of OAuth; only programs see it. */
  code: string
  title: string
  sentence: string
  /** More members of the JSON. */
  fields?: Record<string, string | number | boolean>
  headers?: Record<string, string>
}

/** A page; `{"error","message",…}` where `Accept` asks for JSON and not for HTML. */
export function problemPage(c: AppContext, problem: ProblemText): Response {
  const { status, code, title, sentence, fields, headers } = problem
  if (wantsJson(c.req.header('accept'))) {
    const body = { error: code, message: sentence, ...fields }
    return Response.json(body, { status, headers: { 'cache-control': 'no-store', ...headers } })
  }
  return page({
    status,
    title,
    site: siteOf(c),
    headers: headers ?? {},
    content: <p>{sentence}</p>,
  })
}

/** Titles of problems that people meet. */
const TITLES: Readonly<Partial<Record<ProblemCode, string>>> = {
  sign_in_link_invalid: 'This link does not work',
  sign_in_elsewhere: 'This is another browser',
  account_disabled: 'You cannot sign in',
  rate_limit_exceeded: 'That was too often',
  service_unavailable: 'Not available right now',
}

/** The way to fail of what people look at: anything thrown → `problemPage`. */
export const toPage: ErrorHandler<App> = function toPage(error, c) {
  const problem = asProblem(error)
  const { code, status, fields, headers } = problem
  const { retryAfter } = fields
  const when = typeof retryAfter === 'number' ? ` Try again in ${inWords(retryAfter * 1000)}.` : ''
  const title = TITLES[code] ?? (status < 500 ? 'That did not work' : 'Something went wrong')
  return problemPage(c, { status, code, title, sentence: problem.message + when, fields, headers })
}

function wantsJson(accept: string | undefined): boolean {
  const asksFor = (type: RegExp) => accept !== undefined && type.test(accept)
  return asksFor(/\bapplication\/json\b/i) && !asksFor(/\btext\/html\b/i)
}
