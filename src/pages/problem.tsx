/** The page of an error, for people; the same error as JSON, for programs. */
import type { ErrorHandler } from 'hono'
import type { Child } from 'hono/jsx'
import type { Config } from '../config/config.ts'
import { FRONT_PATH } from '../config/ownPaths.ts'
import { onlyReads } from '../http/methods.ts'
import { asProblem, Problem } from '../http/problem.ts'
import type { App } from '../pipeline/app.ts'
import type { Call } from '../pipeline/call.ts'
import { page } from './layout.tsx'
import { type View, viewOf } from './view.ts'
import { PROBLEM_SENTENCES } from './words/problemSentences.ts'
import { PROBLEM, PROBLEM_TITLES } from './words/problems.ts'

/**
 * An error as a page, with `more` or its next steps below its sentence; or as
 * `{"error","message",…}` for a request that `wantsJson`.
 */
export function problemPage(asked: View, problem: Problem, more: Child = null): Response {
  const { status, code, message, fields, headers, link } = problem
  const view = { ...asked, back: asked.back ?? link?.href ?? null }
  if (wantsJson(view.call)) {
    const body = { error: code, message, ...fields }
    return Response.json(body, { status, headers: { 'cache-control': 'no-store', ...headers } })
  }
  const { words } = view
  const title = PROBLEM_TITLES[code] ?? (status < 500 ? PROBLEM.failed : PROBLEM.ourFault)
  const content = (
    <>
      {sentencesOf(view, problem).map(({ text, lang }) => (
        <p {...(lang === undefined ? {} : { lang })}>{text}</p>
      ))}
      {more ?? <NextSteps view={view} problem={problem} />}
      <p class="soft">{words.say(PROBLEM.request, { id: view.call.id })}</p>
    </>
  )
  return page(view, { status, title: words.say(title), headers, content })
}

/** Links: to the same page if a retry may succeed, and to the problem's way on or to the front. */
function NextSteps({ view, problem }: { view: View; problem: Problem }) {
  const { call, words, back } = view
  const { link = { href: FRONT_PATH, words: PROBLEM.toFront }, status } = problem
  // A form cannot be sent again by a link.
  const mayRetry = onlyReads(call.method) && (status >= 500 || status === 429)
  return (
    <>
      {mayRetry && back !== null ? (
        <p>
          <a class="button" href={back}>
            {words.say(PROBLEM.retry)}
          </a>
        </p>
      ) : null}
      <p>
        <a href={link.href}>{words.say(link.words)}</a>
      </p>
    </>
  )
}

/**
 * The sentences of the page: when to come back, or the problem's own sentence in the language of
 * the page, or the sentence of its code with the problem's English message below.
 */
function sentencesOf({ words }: View, problem: Problem): { text: string; lang?: string }[] {
  const { code, message, inWords, fields } = problem
  const { retryAfter } = fields
  if (typeof retryAfter === 'number')
    return [{ text: words.say(PROBLEM.again, { time: words.duration(retryAfter * 1000) }) }]
  if (inWords !== undefined) return [{ text: words.say(inWords) }]
  if (words.locale === 'en') return [{ text: message }]
  const usual = { text: PROBLEM_SENTENCES[code][words.locale] }
  return message === new Problem(code).message ? [usual] : [usual, { text: message, lang: 'en' }]
}

/** Whether the caller is a program that takes no page: its `Accept` names JSON and not HTML. */
export function wantsJson(call: Call): boolean {
  const accept = call.header('accept') ?? ''
  return /\bapplication\/json\b/i.test(accept) && !/\btext\/html\b/i.test(accept)
}

/**
 * Answers anything thrown by an app of pages with `problemPage`, and notes the Problem for the log.
 */
export function problemToPage(config: Config): ErrorHandler<App> {
  return (error, { env: { call } }) => {
    const problem = asProblem(error)
    call.problem = problem
    return problemPage(viewOf(call, config), problem)
  }
}
