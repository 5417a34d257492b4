/** Answers a browser with a page where a program gets an error as JSON. */
import type { Config } from '../config/config.ts'
import { OWN_PATHS, oauthPaths } from '../config/ownPaths.ts'
import { pathOf } from '../config/routePath.ts'
import { prefersPage } from '../http/accept.ts'
import { MAX_URL_LENGTH, rawPathOf } from '../http/path.ts'
import { lazy } from '../lib/lazy.ts'
import { when } from '../lib/when.ts'
import type { Answer } from '../pipeline/answer.ts'
import type { Stage } from '../pipeline/call.ts'

const loadPage = lazy(() => import('../pages/errorPage.tsx'))

/**
 * Replaces the JSON of the gateway's own errors by a page for a request whose `Accept` prefers one.
 * Status and headers stay. The answers of origins and endpoints pass unchanged, and so does
 * everything below an MCP endpoint and below the endpoints of OAuth clients. The stage looks at
 * `Accept` only when there is an error.
 */
export function errorPages(config: Config): Stage {
  const oauth = oauthPaths(config)
  const forPrograms = [
    ...config.routes.filter(({ protocol }) => protocol === 'mcp').map(pathOf),
    OWN_PATHS.token,
    OWN_PATHS.register,
    OWN_PATHS.revoke,
    ...(oauth === null ? [] : [oauth.token, oauth.register, oauth.revoke].flat()),
  ]
  const isForPrograms = (url: string) => {
    const path = url.length > MAX_URL_LENGTH ? '' : rawPathOf(url)
    return forPrograms.some((own) => path === own || path.startsWith(`${own}/`))
  }

  return (next) => (call) =>
    when(next(call), (answer) => {
      const { status, from, body } = answer
      if (status < 400 || from !== undefined || typeof body !== 'string') return answer
      if (!prefersPage(call.header('accept') ?? '') || isForPrograms(call.url)) return answer
      return when(loadPage(), ({ errorPage }) => {
        return withPage(answer, errorPage(call, config, JSON.parse(body)))
      })
    })
}

/** The answer with the page in the place of its body. */
function withPage(answer: Answer, page: Response): Answer {
  const headers: Answer['headers'] = { ...answer.headers, vary: 'Accept' }
  page.headers.forEach((value, name) => {
    headers[name] = value
  })
  return { ...answer, headers, body: page.body }
}
