/** The interactive reference: Swagger UI, whose files are assets, over `/openapi.json`. */
import { OWN_PATHS } from '../config/ownPaths.ts'
import { page } from './layout.tsx'
import type { View } from './view.ts'
import { REFERENCE } from './words/front.ts'
import { PROBLEM } from './words/problems.ts'

/**
 * The page. Without JavaScript it says where every route is listed; if the script cannot load the
 * document, how to go on. Routes are grouped by their first segment below `basePath`.
 */
export function referencePage(view: View, basePath: string): Response {
  const { say, show } = view.words
  const document = <a href={OWN_PATHS.openApi}>{OWN_PATHS.openApi}</a>
  const content = (
    <>
      <p class="lead">{show(REFERENCE.lead, { document })}</p>
      <noscript>
        <p class="note">{say(REFERENCE.script)}</p>
      </noscript>
      <section id="unreachable" class="panel empty" role="alert" hidden>
        <h2>{say(REFERENCE.unreachableTitle)}</h2>
        <p class="soft">{say(REFERENCE.unreachable)}</p>
        <p>
          <a class="button" href={OWN_PATHS.reference}>
            {say(PROBLEM.retry)}
          </a>
        </p>
      </section>
      <div id="reference" data-base={basePath} />
    </>
  )
  return page(view, {
    title: say(REFERENCE.title),
    width: 'wide',
    styles: ['/assets/reference/swagger-ui.css', '/assets/reference.css'],
    scripts: ['/assets/reference/swagger-ui-bundle.js', '/assets/reference.js'],
    connects: true,
    content,
  })
}
