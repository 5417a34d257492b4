/** `/dashboard/usage`: how much each key was used. */
import { Hono } from 'hono/tiny'
import type { Config } from '../../config/config.ts'
import { DASHBOARD_PATHS } from '../../pages/dashboard/paths.ts'
import { shownUsage } from '../../pages/dashboard/usage.tsx'
import type { App } from '../../pipeline/app.ts'
import type { Isolate } from '../../store/isolate.ts'
import { signedIn } from './signedIn.ts'

/** The page of totals and of each key's calls. */
export function usagePage(config: Config, isolate: Isolate): Hono<App> {
  return new Hono<App>().get(
    DASHBOARD_PATHS.usage,
    signedIn(config, isolate, async (call, view, { accountId }) => {
      await isolate.hearts.flush(call.env, accountId, call.waitUntil)
      const keys = await isolate.apiKeys.list(call.env, accountId)
      return shownUsage(view, { keys, now: Date.now() })
    }),
  )
}
