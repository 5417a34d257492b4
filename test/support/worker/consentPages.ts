/**
 * A Worker that shows the consent page: at `/` for a usual client, at `/hostile` with the texts of
 * a hostile client. It keeps each decision for `/answers`, and redirects to the client at the
 * binding CLIENT_URL.
 */
import { Hono } from 'hono'
import shipped from '../../../src/gateway.config.ts'
import { type Consent, consentPage } from '../../../src/pages/consent.tsx'
import { type View, viewOf } from '../../../src/pages/view.ts'
import { Call } from '../../../src/pipeline/call.ts'
import type { Env } from '../../../src/store/env.ts'

const USUAL: Consent = {
  clientName: 'Claude',
  redirectHost: 'claude.ai',
  isLoopback: false,
  scopes: [{ name: 'mcp:tools', words: 'Use the tools of this account' }],
  resource: 'https://xquik.com/mcp',
  lasts: 'Until it has not been used for 30 days, or until you end it',
  endedAt: 'https://xquik.com/api/v1/oauth/grants',
  email: 'nina@example.com',
  requestToken: 'a'.repeat(64),
}

const HOSTILE: Consent = {
  ...USUAL,
  clientName: `Your bank\u202e evil\u0000<script>alert(1)</script> ${'W'.repeat(300)}`,
  clientHost: `${'accounts.your-bank.example.'.repeat(9)}evil.test`,
  redirectHost: 'localhost:11111',
  isLoopback: true,
  resource: `https://xquik.com/${'mcp'.repeat(60)}`,
  email: `${'n'.repeat(60)}@${'example'.repeat(20)}.com`,
}

/** The page needs nothing of an env. */
function viewFor(request: Request): View {
  const call = new Call(request, {} as Env, { waitUntil: () => undefined })
  return viewOf(call, shipped, { email: USUAL.email, locale: 'en', isOwner: false })
}

const answers: Record<string, string>[] = []

export default new Hono<{ Bindings: { CLIENT_URL: string } }>()
  .get('/', (c) => consentPage(viewFor(c.req.raw), USUAL))
  .get('/hostile', (c) => consentPage(viewFor(c.req.raw), HOSTILE))
  .get('/answers', (c) => c.json(answers))
  .post('/api/oauth/authorize', async (c) => {
    answers.push(Object.fromEntries(new URLSearchParams(await c.req.text())))
    return c.redirect(c.env.CLIENT_URL, 303)
  })
