/** `/dashboard/apps`: the OAuth clients that the person has let in. */
import { Hono } from 'hono/tiny'
import type { Config } from '../../config/config.ts'
import { Problem } from '../../http/problem.ts'
import { shownApps } from '../../pages/dashboard/apps.tsx'
import { DASHBOARD_PATHS } from '../../pages/dashboard/paths.ts'
import type { App } from '../../pipeline/app.ts'
import type { Isolate } from '../../store/isolate.ts'
import { MAX_FORM_BYTES, readForm } from '../form.ts'
import { isGrantId } from '../grants.ts'
import { redirect } from '../redirect.ts'
import { signedIn } from './signedIn.ts'

/** The list of connected applications, and the form that ends one. */
export function appPages(config: Config, isolate: Isolate): Hono<App> {
  const app = new Hono<App>()

  app.get(
    DASHBOARD_PATHS.apps,
    signedIn(config, isolate, async (call, view, { accountId }) => {
      await isolate.hearts.flush(call.env, accountId, call.waitUntil)
      const now = Date.now()
      const grants = await isolate.grants.list(call.env, accountId, now)
      const isEnded = call.target.query === '?done=ended'
      return shownApps(view, { grants, oauth: config.oauth, now, isEnded })
    }),
  )

  app.post(
    DASHBOARD_PATHS.endApp,
    signedIn(config, isolate, async (call, _, { accountId }) => {
      const form = await readForm(call.request, MAX_FORM_BYTES)
      const id = form.get('id') ?? ''
      if (!isGrantId(id)) throw new Problem('invalid_id')
      // An application that has ended already, in another tab, is what the person wants.
      await isolate.tokens.endFamily(call.env, id, call.waitUntil, accountId)
      return redirect(`${DASHBOARD_PATHS.apps}?done=ended`)
    }),
  )

  return app
}
