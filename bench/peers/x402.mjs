// @x402/hono, as its README sets it up. A 402 asks the facilitator once, at the start: it is
// answered here.
import { ExactEvmScheme } from '@x402/evm/exact/server'
import { paymentMiddleware, x402ResourceServer } from '@x402/hono'
import { Hono } from 'hono'

const network = 'eip155:84532'
const facilitator = {
  getSupported: async () => ({
    kinds: [{ x402Version: 2, scheme: 'exact', network }],
    extensions: [],
    signers: {},
  }),
  verify: async () => ({ isValid: false, invalidReason: 'invalid_payload' }),
  settle: async () => ({ success: false, transaction: '', network }),
}

const app = new Hono()
app.use(
  paymentMiddleware(
    {
      'GET /api/v1/x/tweets/*': {
        accepts: {
          scheme: 'exact',
          price: '$0.001',
          network,
          payTo: '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC',
        },
        description: 'A tweet',
      },
    },
    new x402ResourceServer(facilitator).register(network, new ExactEvmScheme()),
  ),
)
app.all('*', (c) => c.env.ORIGIN.fetch(c.req.raw))

export default app
