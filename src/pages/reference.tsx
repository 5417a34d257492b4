/** The interactive reference: Swagger UI, whose files are assets, over `/openapi.json`. */
import { OWN_PATHS } from '../config/ownPaths.ts'
import { page } from './layout.tsx'
import type { View } from './view.ts'
import { REFERENCE } from './words/front.ts'

/** The page. Without JavaScript it says where every route is listed. */
export function referencePage(view: View): Response {
  const { say, show } = view.words
  const document = <a href={OWN_PATHS.openApi}>{OWN_PATHS.openApi}</a>
  const content = (
    <>
      <p class="lead">{show(REFERENCE.lead, { document })}</p>
      <noscript>
        <p class="note">{say(REFERENCE.script)}</p>
      </noscript>
      <div id="reference" />
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
