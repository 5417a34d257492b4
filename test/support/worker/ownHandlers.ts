/** The pages and forms beside the route table, as the apps themselves list them. */
import type { Config } from '../../../src/config/config.ts'
import { OWN_PATHS } from '../../../src/config/ownPaths.ts'
import { dashboard } from '../../../src/endpoints/dashboard/dashboard.ts'
import { ownEndpoints } from '../../../src/endpoints/ownEndpoints.ts'
import { createIsolate } from '../../../src/store/isolate.ts'

/** OAuth clients call these: they take no cookie, so other sites can do no harm there. */
const WITHOUT_COOKIE = /^(?:\/api\/oauth)?\/(?:token|register|revoke)$/

/**
 * The paths of all handlers that answer a GET, and of those that may take a form. Some take both,
 * and decide by the method.
 */
export function ownHandlers(config: Config): { reads: string[]; forms: string[] } {
  const isolate = createIsolate(config)
  const apps = [ownEndpoints(config, isolate), dashboard(config, isolate)]
  const handlers = apps.flatMap(({ routes }) => routes).filter(({ path }) => !/[*:]/.test(path))
  const ofMethod = (method: string) => [
    ...new Set(
      handlers.filter((one) => [method, 'ALL'].includes(one.method)).map(({ path }) => path),
    ),
  ]
  return {
    reads: ofMethod('GET'),
    forms: ofMethod('POST')
      .filter((path) => !WITHOUT_COOKIE.test(path))
      // Where the app of the dashboard is mounted, whose own handlers are listed here.
      .filter((path) => path !== OWN_PATHS.dashboard),
  }
}
