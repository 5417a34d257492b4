// better-auth's API keys before the origin: verifyApiKey() for each call, as its docs say. Its
// store is its own memory adapter, which favours it; its limits are on, as it counts them, and
// refuse nothing.
import { apiKey } from '@better-auth/api-key'
import { memoryAdapter } from '@better-auth/memory-adapter'
import { betterAuth } from 'better-auth'
import { Hono } from 'hono'

const DAY_MS = 86_400_000
const tables = { user: [], session: [], account: [], verification: [], apikey: [] }

const auth = betterAuth({
  baseURL: 'https://xquik.com',
  secret: 'a secret of the bench that has thirty-two bytes',
  database: memoryAdapter(tables),
  telemetry: { enabled: false },
  plugins: [apiKey({ rateLimit: { enabled: true, timeWindow: DAY_MS, maxRequests: 999_999_999 } })],
})

const app = new Hono()
app.use('*', async (c, next) => {
  const key = c.req.header('x-api-key')
  if (key === undefined) return c.json({ error: 'unauthenticated' }, 401)
  const { valid } = await auth.api.verifyApiKey({ body: { key } })
  if (!valid) return c.json({ error: 'unauthenticated' }, 401)
  await next()
})
app.all('*', (c) => c.env.ORIGIN.fetch(c.req.raw))

export default app

// A user with a key.
export const setup = {
  async fetch() {
    const { internalAdapter } = await auth.$context
    const user = await internalAdapter.createUser({ email: 'bench@example.com', name: 'bench' })
    const { key } = await auth.api.createApiKey({ body: { userId: user.id } })
    return Response.json({ key })
  },
}
