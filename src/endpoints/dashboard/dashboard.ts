/** `/dashboard` and all below it: the pages of the person who is signed in. */
import { Hono } from 'hono/tiny'
import type { Config } from '../../config/config.ts'
import { OWN_PATHS } from '../../config/ownPaths.ts'
import { DASHBOARD_PATHS } from '../../pages/dashboard/paths.ts'
import { problemToPage } from '../../pages/problem.tsx'
import type { App } from '../../pipeline/app.ts'
import type { Isolate } from '../../store/isolate.ts'
import { refuseOthers } from '../method.ts'
import { redirect } from '../redirect.ts'
import { accountPages } from './account.ts'
import { appPages } from './apps.ts'
import { keyPages } from './keys.ts'
import { ownerPages } from './owners.ts'
import { paymentPages } from './payments.ts'
import { signedIn } from './signedIn.ts'
import { usagePages } from './usage.ts'

/** All pages of the dashboard, as one app. */
export function dashboard(config: Config, isolate: Isolate): Hono<App> {
  const app = new Hono<App>()
  app.onError(problemToPage(config))
  refuseOthers(app)
  app.get(
    OWN_PATHS.dashboard,
    signedIn(config, isolate, async () => redirect(DASHBOARD_PATHS.keys)),
  )
  app.route('/', keyPages(config, isolate))
  app.route('/', usagePages(config, isolate))
  app.route('/', appPages(config, isolate))
  app.route('/', accountPages(config, isolate))
  app.route('/', ownerPages(config, isolate))
  app.route('/', paymentPages(config, isolate))
  return app
}
