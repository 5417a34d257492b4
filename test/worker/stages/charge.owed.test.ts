/** How long after the end of its challenge a payment can still get the answer that it paid for. */
import { expect, it } from 'vitest'
import { toBase64url, utf8 } from '../../../src/lib/bytes.ts'
import {
  clientOf,
  recordingOrigin,
  shippedGateway,
  unlimited,
} from '../../support/worker/gateway.ts'

const TWEET = '/api/v1/x/tweets/7'
const DAY_MS = 86_400_000
const receipt = { method: 'tempo', status: 'success', timestamp: '', reference: '0x1' }

it.each<[days: number, status: number, asked: string[]]>([
  [29, 200, ['open', 'settle', 'deliver']],
  [31, 402, []],
])('%d days after the end of its challenge a payment gets %d', async (days, status, asked) => {
  const seen: string[] = []
  const claims = new Proxy(
    {},
    {
      get: (_, name) => async () => {
        if (name !== 'hold') seen.push(String(name)) // a slow machine renews the hold
        return { state: 'paid', payer: '0xab', receipt }
      },
    },
  )
  const gateway = shippedGateway(unlimited)
  const payments = gateway.payments && { ...gateway.payments, challengeMs: -days * DAY_MS }
  const { call, settled } = clientOf(
    { ...gateway, payments },
    { ORIGIN: recordingOrigin().binding, CHARGES: { getByName: () => claims } },
  )
  const offered = (await call(TWEET)).headers.get('www-authenticate') ?? ''
  const parameters = [...offered.matchAll(/([a-z]+)="([^"]*)"/g)]
  const challenge = Object.fromEntries(parameters.map(([, name, value]) => [name, value]))
  const payload = { type: 'hash', hash: `0x${'1'.repeat(64)}` }
  const authorization = `Payment ${toBase64url(utf8(JSON.stringify({ challenge, payload })))}`
  const response = await call(TWEET, { headers: { authorization } })
  await settled()
  expect(response.status).toBe(status)
  expect(response.headers.has('payment-receipt')).toBe(status === 200)
  expect(seen).toEqual(asked)
})
