/** What went wrong, for people; for programs that ask for it, as JSON. */
import type { AppContext } from '../context.ts'
import { page } from './layout.tsx'

export interface ProblemText {
  status: number
  /** A code of the contract or of OAuth; only programs see it. */
  code: string
  title: string
  sentence: string
  headers?: Record<string, string>
}

/** A page; `{"error","message"}` where `Accept` asks for JSON and not for HTML. */
export function problemPage(c: AppContext, problem: ProblemText): Response {
  const { status, code, title, sentence, headers } = problem
  if (wantsJson(c.req.header('accept'))) {
    const body = { error: code, message: sentence }
    return Response.json(body, { status, headers: { 'cache-control': 'no-store', ...headers } })
  }
  const { hostname: site } = new URL(c.req.url)
  return page({ status, title, site, headers: headers ?? {}, content: <p>{sentence}</p> })
}

function wantsJson(accept: string | undefined): boolean {
  return (
    accept !== undefined && /\bapplication\/json\b/i.test(accept) && !/\btext\/html\b/i.test(accept)
  )
}
