// The pattern of cloudflare/mpp-proxy on its packages: a table of paths, mppx's Hono middleware
// made for each request, a signed cookie after a payment, everything else proxied as it is. Written
// anew and shorter: without its endpoints for tests, the cookie's issue and the filter for bots,
// which cost the measured calls nothing or little.
import { Hono } from 'hono'
import { getCookie } from 'hono/cookie'
import { sign, verify } from 'hono/jwt'
import { payment } from 'mppx-of-mpp-proxy/hono'
import { Mppx, tempo } from 'mppx-of-mpp-proxy/server'

const JWT_SECRET = 'the secret that signs cookies'
const PROTECTED = [
  { pattern: '/__mpp/protected', amount: '0.01' },
  { pattern: '/api/v1/x/tweets/*', amount: '0.00015' },
]

const isMatch = (path, pattern) =>
  pattern.endsWith('/*') ? path.startsWith(pattern.slice(0, -2)) : path === pattern

const app = new Hono()

app.use('*', async (c) => {
  const config = PROTECTED.find(({ pattern }) => isMatch(c.req.path, pattern))
  if (config === undefined) return c.env.ORIGIN.fetch(c.req.raw)
  const mppx = Mppx.create({
    methods: [
      tempo({
        currency: '0x20c000000000000000000000b9537d11c60e8b50',
        recipient: '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC',
        testnet: false,
      }),
    ],
    realm: new URL(c.req.url).host,
    secretKey: 'a secret of the bench that has thirty-two bytes',
  })
  const ask = payment(mppx.charge, { amount: config.amount })
  const token = getCookie(c, 'auth_token')
  const isPaid = token !== undefined && (await isSigned(token))
  const refusal = isPaid ? undefined : await ask(c, async () => {})
  return refusal ?? c.env.ORIGIN.fetch(c.req.raw)
})

function isSigned(token) {
  return verify(token, JWT_SECRET, 'HS256').then(
    () => true,
    () => false,
  )
}

export default app

// A cookie of somebody who has paid.
export const setup = {
  async fetch() {
    const now = Math.floor(Date.now() / 1000)
    const token = await sign({ paid: true, iat: now, exp: now + 86_400 }, JWT_SECRET, 'HS256')
    return Response.json({ token })
  },
}
