/**
 * The demo origin: the Worker behind the gateway in `npm run dev` and in tests. It answers every
 * caller, and its header `demo-assertion` says whether the gateway's assertion was verified.
 */
import { Hono } from 'hono'
import {
  ASSERTION_HEADER,
  type Assertion,
  type AssertionEnv,
  verifyAssertion,
} from './assertion.ts'
import { createCollection } from './collection.ts'
import { type Arrival, arrivalOf, echo } from './echo.ts'
import { eventSocket, eventStream } from './events.ts'
import { pageOf } from './input.ts'
import { answerMcp } from './mcp.ts'
import { x } from './x.ts'

type DemoEnv = {
  /**
   * `MCP_AUDIENCE` is the expected `aud` at `/mcp`, which the gateway treats as an origin of its
   * own.
   */
  Bindings: AssertionEnv & { MCP_AUDIENCE?: string }
  Variables: { assertion: Assertion }
}

const COLLECTIONS = [
  'monitors',
  'webhooks',
  'draws',
  'extractions',
  'styles',
  'drafts',
  'integrations',
  'x-accounts',
  'support',
  'credits',
  'guest-wallets',
]
const MAX_REQUESTS = 100

/** The members that the gateway adds to its own of `GET /account`. */
const ACCOUNT = {
  monitorsUsed: 0,
  monitorsAllowed: Number.MAX_SAFE_INTEGER,
  monitorBilling: {
    unlimitedSlots: true,
    eventsIncluded: true,
    instantCheckIntervalSeconds: 1,
    activeHourlyBurn: '0',
    activeDailyEstimate: '0',
    creditsPerActiveMonitorHour: '21',
    creditsPerActiveMonitorDay: '504',
  },
}

/** The last requests that reached this origin, oldest first. */
const requests: (Arrival & { at: string })[] = []

const app = new Hono<DemoEnv>({ getPath: pathWithoutBase })

app.use(async function record(c, next) {
  if (c.req.path !== '/__requests') {
    requests.push({ ...arrivalOf(c.req.raw), at: new Date().toISOString() })
  }
  if (requests.length > MAX_REQUESTS) requests.shift()
  await next()
})

app.use(async function readAssertion(c, next) {
  const { MCP_AUDIENCE: AUDIENCE } = c.env
  const env = c.req.path === '/mcp' && AUDIENCE ? { ...c.env, AUDIENCE } : c.env
  const assertion = await verifyAssertion(c.req.header(ASSERTION_HEADER), env)
  c.set('assertion', assertion)
  await next()
  // Set on the answer itself, because `c.header()` would rebuild it, and a 101 would lose its
  // socket.
  c.res.headers.set('demo-assertion', assertion.verified ? 'verified' : assertion.reason)
})

app.get('/__requests', (c) => c.json({ requests }))
app.delete('/__requests', (c) => {
  requests.length = 0
  return c.body(null, 204)
})

// `/*` also matches the path before it: `/x/echo`, `/x-write` and everything below them.
app.all('/x/echo/*', (c) => echo(c, c.get('assertion')))
app.post('/x-write/*', (c) => c.json({ success: true, id: crypto.randomUUID() }))
app.route('/', x)

app.get('/events', (c) => c.json(pageOf(c, 'events', eventAt)))
app.get('/events/stream', eventStream)
app.get('/events/socket', (c) => eventSocket(c, c.get('assertion')))
app.get('/events/:id', (c) => c.json({ id: c.req.param('id'), type: 'tweet.new' }))

for (const name of COLLECTIONS) app.route(`/${name}`, createCollection(name))

app.all('/mcp', (c) => answerMcp(c.req.raw, c.get('assertion')))

app.post('/compose', (c) => c.json({ drafts: ['A first draft.', 'A shorter draft.'] }))
app.get('/radar', (c) =>
  c.json(pageOf(c, 'topics', (index) => ({ rank: index + 1, score: 90 }), 3)),
)
app.post('/subscribe', (c) => c.json({ url: 'https://billing.example/checkout/demo' }))
app.get('/account', (c) => c.json(ACCOUNT))
app.put('/account/x-identity', (c) => c.json({ success: true }))

app.notFound((c) => {
  const message =
    'The demo origin has no such path. ORIGIN_URL=http://localhost:3000 npm run dev puts your own service here.'
  return c.json({ error: 'not_found', message }, 404)
})

/** The path without `/api/v1`, because a gateway may keep or strip the base path. */
function pathWithoutBase(request: Request): string {
  return new URL(request.url).pathname.replace(/^\/api\/v1(?=\/|$)/, '') || '/'
}

function eventAt(index: number): { id: string; type: string } {
  return { id: String(index + 1), type: 'tweet.new' }
}

export default app
