/** The front page: what the API is, by its table, and how to call it in each of the four ways. */
import type { Child } from 'hono/jsx'
import type { Config, Route } from '../config/config.ts'
import { hasSignIn, OWN_PATHS } from '../config/ownPaths.ts'
import { pathOf, placedId } from '../config/routePath.ts'
import { DASHBOARD_PATHS } from './dashboard/paths.ts'
import { page } from './layout.tsx'
import { routePrice } from './price.ts'
import type { View } from './view.ts'
import { FRONT } from './words/front.ts'
import { CREDENTIALS } from './words/price.ts'

/** Calls that the page shows: with a key, and with a payment. */
export interface FrontExamples {
  key: { url: string; header: string } | null
  priced: string | null
}

/** The page, made from the config alone. */
export function frontPage(view: View, config: Config, examples: FrontExamples): Response {
  const { words } = view
  const { say, show } = words
  const { publicUrl, basePath, routes } = config
  const canSignIn = hasSignIn(config)
  const mcp = routes.find(({ protocol }) => protocol === 'mcp')
  const hasAll = examples.key !== null && mcp !== undefined && examples.priced !== null
  const documents = [OWN_PATHS.openApi, OWN_PATHS.guide, OWN_PATHS.prices].map((path, i) => (
    <>
      {i === 0 ? null : ', '}
      <a href={path}>{path}</a>
    </>
  ))
  const content = (
    <>
      <p class="lead">{say(hasAll ? FRONT.lead : FRONT.plainLead)}</p>
      <p class="choices front">
        {canSignIn ? (
          <a class="button" href={DASHBOARD_PATHS.keys}>
            {say(FRONT.getKey)}
          </a>
        ) : null}
        <a class="button second" href={OWN_PATHS.reference}>
          {say(FRONT.reference)}
        </a>
      </p>
      <div class="ways">
        {examples.key === null ? null : (
          <Way
            name={say(FRONT.developer)}
            line={`curl ${examples.key.url} -H "${examples.key.header}: $API_KEY"`}
          >
            {show(canSignIn ? FRONT.developerHow : FRONT.developerSends, {
              header: <code>{examples.key.header}</code>,
            })}
          </Way>
        )}
        {mcp === undefined ? null : (
          <Way name={say(FRONT.mcp)} line={publicUrl + pathOf(mcp)}>
            {mcp.auth.includes('oauth')
              ? say(FRONT.mcpHow)
              : show(FRONT.mcpWithKey, { header: <code>{config.apiKeys.headers[0]}</code> })}
          </Way>
        )}
        {examples.priced === null ? null : (
          <Way name={say(FRONT.agent)} line={`npx mppx ${examples.priced}`}>
            {say(FRONT.agentHow)}
          </Way>
        )}
        {canSignIn ? (
          <Way
            name={say(FRONT.person)}
            line={<a href={OWN_PATHS.signIn}>{publicUrl + OWN_PATHS.signIn}</a>}
          >
            {say(FRONT.personHow)}
          </Way>
        ) : null}
      </div>
      <h2>{say(FRONT.routes)}</h2>
      <p class="soft">{show(FRONT.base, { base: <code>{publicUrl + basePath}</code> })}</p>
      <table class="routes">
        <thead>
          <tr>
            <th scope="col">{say(FRONT.route)}</th>
            <th scope="col">{say(FRONT.callers)}</th>
            <th scope="col">{say(FRONT.price)}</th>
          </tr>
        </thead>
        <tbody>
          {routes.toSorted(byPath).map((route) => (
            <tr>
              <td>
                <code>{placedId(config, route)}</code>
              </td>
              <td data-name={say(FRONT.callers)}>
                {route.auth.map((kind) => say(CREDENTIALS[kind])).join(', ')}
              </td>
              <Price name={say(FRONT.price)} price={routePrice(words, config, route)} />
            </tr>
          ))}
        </tbody>
      </table>
      <p class="soft last">{show(FRONT.programs, { list: documents })}</p>
    </>
  )
  return page(view, { title: say(FRONT.title), width: 'wide', content })
}

/** The cell of a price, which a phone leaves out if there is none. */
function Price({ name, price }: { name: string; price: string | null }) {
  return price === null ? <td class="none">–</td> : <td data-name={name}>{price}</td>
}

/** A way to call: its name, a line to paste, and how it works. */
function Way({ name, line, children }: { name: string; line: Child; children?: Child }) {
  return (
    <section class="panel">
      <h2>{name}</h2>
      <p>{children}</p>
      <pre>{line}</pre>
    </section>
  )
}

/** The order of paths; the table has that of specificity. */
const byPath = (one: Route, other: Route) => (pathOf(one) < pathOf(other) ? -1 : 1)
