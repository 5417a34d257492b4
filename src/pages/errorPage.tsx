/** The page of an error of the API, for a person whose browser asked for it. */
import type { Child } from 'hono/jsx'
import type { Config } from '../config/config.ts'
import { FRONT_PATH, hasSignIn } from '../config/ownPaths.ts'
import { Problem, type ProblemCode } from '../http/problem.ts'
import { parseReturnPath } from '../http/returnPath.ts'
import type { Call } from '../pipeline/call.ts'
import { DASHBOARD_PATHS } from './dashboard/paths.ts'
import { routePrice } from './price.ts'
import { problemPage } from './problem.tsx'
import { type View, viewOf } from './view.ts'
import { PROBLEM_SENTENCES } from './words/problemSentences.ts'
import { PROBLEM } from './words/problems.ts'

/** The members of an error's JSON that its page needs. */
interface ErrorBody {
  error?: unknown
  message?: unknown
  retryAfter?: unknown
}

/**
 * The page of an error whose JSON is `body`. The status of the page is that of the code; the answer
 * keeps its own.
 */
export function errorPage(call: Call, config: Config, body: ErrorBody): Response {
  // The query was refused perhaps, and may hold a key: it is not shown again.
  const view = { ...viewOf(call, config), back: parseReturnPath(call.target.path) }
  const code = codeOf(body.error)
  const { message, retryAfter } = body
  const problem = new Problem(code, {
    ...(typeof message === 'string' ? { message } : {}),
    ...(message === PROBLEM.payOnly.en ? { inWords: PROBLEM.payOnly } : {}),
    ...(typeof retryAfter === 'number' ? { fields: { retryAfter } } : {}),
  })
  return problemPage(view, problem, <WayOn view={view} config={config} code={code} />)
}

const codeOf = (error: unknown): ProblemCode =>
  typeof error === 'string' && Object.hasOwn(PROBLEM_SENTENCES, error)
    ? (error as ProblemCode)
    : 'internal_error'

function WayOn({ view, config, code }: { view: View; config: Config; code: ProblemCode }): Child {
  const { call, words } = view
  const takesKey = call.route?.auth.includes('api_key') ?? true
  const canMakeKey = hasSignIn(config) && takesKey
  const price = call.route === undefined ? null : routePrice(words, config, call.route)
  const asksToPay = code === 'payment_required' || code === 'payment_invalid'
  const header = <code>{config.apiKeys.headers[0]}</code>
  return (
    <>
      {asksToPay && price !== null ? (
        <>
          <dl>
            <div>
              <dt>{words.say(PROBLEM.price)}</dt>
              <dd>{price}</dd>
            </div>
          </dl>
          <p>
            {words.say(PROBLEM.howToPay)}
            {canMakeKey ? ` ${words.say(PROBLEM.orKey)}` : null}
          </p>
        </>
      ) : null}
      {code === 'unauthenticated' && takesKey ? (
        <p>
          {words.show(PROBLEM.howToCall, { header })}
          {canMakeKey ? ` ${words.say(PROBLEM.makeKey)}` : null}
        </p>
      ) : null}
      {canMakeKey && (asksToPay || code === 'unauthenticated') ? (
        <p>
          <a class="button" href={DASHBOARD_PATHS.keys}>
            {words.say(PROBLEM.toKeys)}
          </a>
        </p>
      ) : null}
      <p>
        <a href={FRONT_PATH}>{words.say(PROBLEM.toFront)}</a>
      </p>
    </>
  )
}
