/** The page of an error, for people; the same error as JSON, for programs. */
import type { ErrorHandler } from 'hono'
import { asProblem, type ProblemCode } from '../http/problem.ts'
import { inWords } from '../lib/time.ts'
import type { App } from '../pipeline/app.ts'
import type { Call } from '../pipeline/call.ts'
import { page, siteOf } from './layout.tsx'

export interface ProblemText {
  status: number
  /** A code of `ProblemCode`. Only the JSON has it. */
  code: string
  title: string
  sentence: string
  /** More members of the JSON. */
  fields?: Record<string, string | number | boolean>
  headers?: Record<string, string>
  /** The next step for a person, under the sentence. */
  link?: { href: string; text: string } | undefined
}

/** An error as a page, or as `{"error","message",…}` for a request that `wantsJson`. */
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
      <p class="soft">Request: {call.id}</p>
    </>
  )
  return page({ status, title, site: siteOf(call), headers: headers ?? {}, content })
}

/** Whether the caller is a program that takes no page: its `Accept` names JSON and not HTML. */
export function wantsJson(call: Call): boolean {
  const accept = call.header('accept') ?? ''
  return /\bapplication\/json\b/i.test(accept) && !/\btext\/html\b/i.test(accept)
}

/** Titles of the errors that people meet most. */
const TITLES: Readonly<Partial<Record<ProblemCode, string>>> = {
  sign_in_link_invalid: 'This link does not work',
  sign_in_elsewhere: 'This link is for another browser',
  sign_in_code_invalid: 'This code does not work',
  sign_in_code_spent: 'Too many attempts',
  sign_in_google_invalid: 'You are not signed in',
  email_not_verified: 'You cannot sign in with Google',
  account_not_admitted: 'You cannot sign in',
  account_disabled: 'You cannot sign in',
  client_document_unusable: 'This application could not be checked',
  rate_limit_exceeded: 'Too many attempts',
  service_unavailable: 'Not available right now',
}

/**
 * Answers anything thrown by an app of pages with `problemPage`, and notes the Problem for the log.
 */
export const problemToPage: ErrorHandler<App> = function problemToPage(error, { env: { call } }) {
  const problem = asProblem(error)
  call.problem = problem
  const { code, status, fields, headers } = problem
  const { retryAfter } = fields
  const when = typeof retryAfter === 'number' ? `Try again in ${inWords(retryAfter * 1000)}.` : null
  const title = TITLES[code] ?? (status < 500 ? 'That did not work' : 'Something went wrong')
  const { link } = problem
  const sentence = wantsJson(call) || when === null ? problem.message : when
  return problemPage(call, { status, code, title, sentence, fields, headers, link })
}
