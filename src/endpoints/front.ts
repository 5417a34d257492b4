/** `/` and `/reference`: what the API is, for a person who has found it. */
import { Hono } from 'hono/tiny'
import type { Config } from '../config/config.ts'
import { FRONT_PATH, OWN_PATHS } from '../config/ownPaths.ts'
import { prefersPage } from '../http/accept.ts'
import { Problem } from '../http/problem.ts'
import { frontPage } from '../pages/front.tsx'
import { problemToPage } from '../pages/problem.tsx'
import { referencePage } from '../pages/reference.tsx'
import { viewOf } from '../pages/view.ts'
import type { App } from '../pipeline/app.ts'
import type { Call } from '../pipeline/call.ts'
import type { Isolate } from '../store/isolate.ts'
import { exampleOf, pricedExampleOf } from './dashboard/example.ts'
import { requireMethod } from './method.ts'
import { findPerson } from './session.ts'

/**
 * Both pages. The front is for browsers only: to a program `/` is not_found, as every path that the
 * table does not name.
 */
export function front(config: Config, isolate: Isolate): Hono<App> {
  const app = new Hono<App>()
  app.onError((error, c) => {
    if (prefersPage(c.env.call.header('accept') ?? '')) return problemToPage(config)(error, c)
    throw error
  })
  const view = async (call: Call) => {
    const { person } = await findPerson(call, config, isolate, isolate.pages)
    return viewOf(call, config, person)
  }
  app.all(FRONT_PATH, async ({ env: { call } }) => {
    if (!prefersPage(call.header('accept') ?? '')) throw new Problem('not_found')
    requireMethod(call, 'GET', 'HEAD')
    const examples = { key: exampleOf(config), priced: pricedExampleOf(config) }
    return frontPage(await view(call), config, examples)
  })
  app.all(OWN_PATHS.reference, async ({ env: { call } }) => {
    requireMethod(call, 'GET', 'HEAD')
    return referencePage(await view(call), config.basePath)
  })
  return app
}
