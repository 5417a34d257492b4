/**
 * A Worker that shows the consent page: at `/` for a usual client, at `/hostile` with the texts of
 * a hostile client. It keeps each decision for `/answers`, and redirects to the client at the
 * binding CLIENT_URL.
 */
import { Hono } from 'hono'
import shipped from '../../../src/gateway.config.ts'
import { consentPage } from '../../../src/pages/consent.tsx'
import { type View, viewOf } from '../../../src/pages/view.ts'
import { Call } from '../../../src/pipeline/call.ts'
import type { Env } from '../../../src/store/env.ts'
import { CONSENT, HOSTILE_CONSENT } from './consents.ts'

/** The page needs nothing of an env. */
function viewFor(request: Request): View {
  const call = new Call(request, {} as Env, { waitUntil: () => undefined })
  return viewOf(call, shipped, { email: CONSENT.email, locale: 'en', isOwner: false })
}

const answers: Record<string, string>[] = []

export default new Hono<{ Bindings: { CLIENT_URL: string } }>()
  .get('/', (c) => consentPage(viewFor(c.req.raw), CONSENT))
  .get('/hostile', (c) => consentPage(viewFor(c.req.raw), HOSTILE_CONSENT))
  .get('/answers', (c) => c.json(answers))
  .post('/api/oauth/authorize', async (c) => {
    answers.push(Object.fromEntries(new URLSearchParams(await c.req.text())))
    return c.redirect(c.env.CLIENT_URL, 303)
  })
