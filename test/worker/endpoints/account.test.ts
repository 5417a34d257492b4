/** `GET /account` with the members that its origin adds. */
import { describe, expect, it } from 'vitest'
import {
  clientOf,
  recordingOrigin,
  shippedGateway,
  unlimited,
} from '../../support/worker/gateway.ts'
import { apiKey, seedAccount, seedKey } from '../../support/worker/seed.ts'

const accountId = await seedAccount()
const { key } = await seedKey(accountId)

async function accountWith(answer: () => Response | Promise<Response>, headers = {}) {
  const origin = recordingOrigin(answer)
  const { call } = clientOf(shippedGateway(unlimited), { ORIGIN: origin.binding })
  const response = await call('/api/v1/account', { headers: { ...apiKey(key), ...headers } })
  return { status: response.status, text: await response.text(), seen: origin.seen }
}

const OWN = { plan: 'active', locale: 'en', usage: expect.any(Object) }

it('adds the members of the origin, who learns of the caller as ever', async () => {
  const monitorBilling = { unlimitedSlots: true }
  const { status, text, seen } = await accountWith(() => Response.json({ monitorBilling }))
  expect([status, JSON.parse(text)]).toEqual([200, { ...OWN, monitorBilling }])
  expect(seen).toHaveLength(1)
  expect(seen[0]?.headers.get('turnpike-assertion')).not.toBeNull()
  expect(seen[0]?.headers.has('x-api-key')).toBe(false)
  expect(seen[0]?.url.pathname).toBe('/api/v1/account')
})

it('lets no origin say what the gateway says', async () => {
  const lies = `{"plan":"inactive","locale":"de","usage":{},"partial":true,"error":"x",
    "__proto__":{"plan":"x"},"constructor":1,"monitorsUsed":3}`
  const { text } = await accountWith(() => new Response(lies))
  expect(JSON.parse(text)).toEqual({ ...OWN, constructor: 1, monitorsUsed: 3 })
  expect(text).not.toContain('__proto__')
})

it('asks for the whole answer, whatever part the caller asks for', async () => {
  const { seen } = await accountWith(() => Response.json({}), {
    range: 'bytes=0-1',
    'if-none-match': '"a"',
    // The platform does not undo each coding that a client may take.
    'accept-encoding': 'zstd, br',
  })
  expect(seen[0]?.headers.get('accept-encoding')).toBe('identity')
  expect([seen[0]?.headers.has('range'), seen[0]?.headers.has('if-none-match')]).toEqual([
    false,
    false,
  ])
})

describe('an origin that fails is told by partial, and the rest is there', () => {
  it.each<[what: string, answer: () => Response | Promise<Response>]>([
    ['an error', () => new Response('{"monitorsUsed":1}', { status: 500 })],
    ['201', () => new Response('{"monitorsUsed":1}', { status: 201 })],
    ['no connection', () => Promise.reject(new Error('down'))],
    ['no JSON', () => new Response('<html>')],
    ['a list', () => Response.json([1])],
    ['null', () => Response.json(null)],
    ['nothing', () => new Response(null)],
    ['no UTF-8', () => new Response(new Uint8Array([0x7b, 0xff, 0x7d]))],
    ['too much', () => Response.json({ a: 'x'.repeat(65_536) })],
    ['a redirect', () => Response.redirect('https://elsewhere.test/')],
  ])('%s', async (_what, answer) => {
    const { status, text } = await accountWith(answer)
    expect([status, JSON.parse(text)]).toEqual([200, { ...OWN, partial: true }])
  })

  it('no answer within two seconds', { timeout: 10_000 }, async () => {
    const { promise, resolve } = Promise.withResolvers<Response>()
    const { text } = await accountWith(() => promise)
    expect(JSON.parse(text)).toEqual({ ...OWN, partial: true })
    resolve(Response.json({}))
  })
})
