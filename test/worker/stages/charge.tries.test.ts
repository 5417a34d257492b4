/**
 * Payments that are tried and not paid count for their address, because each of them costs the
 * origin, the chain or the ledger something.
 */
import { expect, it } from 'vitest'
import { toBase64url, utf8 } from '../../../src/lib/bytes.ts'
import {
  type Answer,
  clientOf,
  recordingOrigin,
  shippedGateway,
  unlimited,
} from '../../support/worker/gateway.ts'

const TWEET = '/api/v1/x/tweets/7'
const SEARCH = '/api/v1/x/tweets/search?q=tea'
const ALLOWED = 3

const receipt = { method: 'tempo', status: 'success', timestamp: '', reference: '0x1' }
const payer = '0xab'
const kept = { status: 200, headers: [], body: utf8('sold') }

/** A binding of Durable Objects that gives the same object for every name. */
const bound = (answers: Record<string, unknown>) => {
  const methods = Object.entries(answers).map(([name, answer]) => [name, async () => answer])
  return { getByName: () => Object.fromEntries(methods) }
}

const charges = (opened: object, settled: object = {}) => ({
  CHARGES: bound({ open: opened, settle: settled, deliver: undefined, fail: undefined }),
})
const channels = (accepted: object) => ({
  CHANNELS: bound({ accept: accepted, keep: receipt, release: undefined }),
})
const authorized = { state: 'authorized', payer }
const reserved = { state: 'reserved', payer, channelId: '0xcd', receipt }

const found: Answer = () => Response.json({ tweets: [{}] })
const nothing: Answer = () => Response.json({ tweets: [] })
const tooLarge: Answer = () => new Response(new Uint8Array(1_048_577))
const fails: Answer = () => new Response(null, { status: 500 })

/** The statuses of calls with a payment from one address: one call more than its limit of tries. */
async function statuses(path: string, bindings: object, answer: Answer): Promise<number[]> {
  const gateway = {
    ...shippedGateway(unlimited),
    unpaidLimits: [{ name: 'unpaid', count: ALLOWED, windowMs: 60_000 }],
  }
  const { call, settled } = clientOf(gateway, {
    ORIGIN: recordingOrigin(answer).binding,
    ...bindings,
  })
  const offered = (await call(path)).headers.get('www-authenticate') ?? ''
  const parameters = [...offered.matchAll(/([a-z]+)="([^"]*)"/g)]
  const challenge = Object.fromEntries(parameters.map(([, name, value]) => [name, value]))
  const payload = { type: 'hash', action: 'voucher', channelId: `0x${'ab'.repeat(32)}` }
  const authorization = `Payment ${toBase64url(utf8(JSON.stringify({ challenge, payload })))}`
  const all: number[] = []
  for (let n = 0; n <= ALLOWED; n++) {
    all.push((await call(path, { headers: { authorization } })).status)
    await settled()
  }
  return all
}

it.each<[what: string, path: string, bindings: object, answer: Answer, status: number]>([
  ['a payment that stays pending', TWEET, charges({ state: 'pending' }), found, 503],
  [
    ...(['an answer that was made before', TWEET] as const),
    ...([charges({ state: 'replayed', payer, receipt, answer: kept }), found, 200] as const),
  ],
  [
    ...(['a payment that is pending when the origin has answered', TWEET] as const),
    ...([charges(authorized, { state: 'pending' }), found, 503] as const),
  ],
  ['an answer that is too large to be withheld', TWEET, charges(authorized), tooLarge, 502],
  ['a channel that stays pending', SEARCH, channels({ state: 'pending' }), found, 503],
  ['a search that finds nothing', SEARCH, channels(reserved), nothing, 200],
  ['an origin that fails a search', SEARCH, channels(reserved), fails, 500],
])('%s counts as a try', async (_what, path, bindings, answer, status) => {
  expect(await statuses(path, bindings, answer)).toEqual([...Array(ALLOWED).fill(status), 429])
})

it.each<[what: string, path: string, bindings: object]>([
  ['a call', TWEET, charges(authorized, { state: 'paid', payer, receipt })],
  ['a result', SEARCH, channels(reserved)],
])('%s that is paid for does not count as a try', async (_what, path, bindings) => {
  expect(await statuses(path, bindings, found)).toEqual(Array(ALLOWED + 1).fill(200))
})
