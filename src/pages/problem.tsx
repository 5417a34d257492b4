/** What went wrong, for people; for programs that ask for it, as JSON. */
import type { ErrorHandler } from 'hono'
import { asProblem, type ProblemCode } from '../http/problem.ts'
import { inWords } from '../lib/time.ts'
import type { App } from '../pipeline/app.ts'
import type { Call } from '../pipeline/call.ts'
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
  /** Where a person can go on from here. */
  link?: { href: string; text: string } | undefined
}

/** A page; `{"error","message",…}` where `Accept` asks for JSON and not for HTML. */
export function problemPage(call: Call, problem: ProblemText): Response {
  const { status, code, title, sentence, fields, headers, link } = problem
  if (wantsJson(call)) {
    const body = { error: code, message: sentence, ...fields }
    return Response.json(body, { status, headers: { 'cache-control': 'no-store', ...headers } })
  }
  const content = (
    <>
      <p>{sentence}</p>
      {link === undefined ? null : (
        <p>
          <a href={link.href}>{link.text}</a>
        </p>
      )}
    </>
  )
  return page({ status, title, site: siteOf(call), headers: headers ?? {}, content })
}

/** Whether a request is a program's, which wants no page: its `Accept` asks for JSON and not for HTML. */
export function wantsJson(call: Call): boolean {
  const accept = call.header('accept') ?? ''
  return /\bapplication\/json\b/i.test(accept) && !/\btext\/html\b/i.test(accept)
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
export const toPage: ErrorHandler<App> = function toPage(error, { env: { call } }) {
  const problem = asProblem(error)
  call.problem = problem
  const { code, status, fields, headers } = problem
  const { retryAfter } = fields
  const when = typeof retryAfter === 'number' ? `Try again in ${inWords(retryAfter * 1000)}.` : null
  const title = TITLES[code] ?? (status < 500 ? 'That did not work' : 'Something went wrong')
  const link = code.startsWith('sign_in_') ? { href: '/sign-in', text: 'Sign in' } : undefined
  const sentence = wantsJson(call) || when === null ? problem.message : when
  return problemPage(call, { status, code, title, sentence, fields, headers, link })
}
