/** `GET /health`: whether the Worker runs. */
import { Hono } from 'hono/tiny'
import { OWN_PATHS } from '../config/ownPaths.ts'
import type { App } from '../pipeline/app.ts'

/**
 * Always 200 with `{"status":"ok"}`: no store is asked, because the Worker runs without a store or
 * an origin too.
 */
export const health = new Hono<App>().get(OWN_PATHS.health, (c) => {
  return c.json({ status: 'ok' }, 200, { 'cache-control': 'no-store' })
})
