/** Payments by the result on a real chain, by mppx's unmodified client. */

import { once } from 'node:events'
import { get, type IncomingMessage, type ServerResponse } from 'node:http'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { signVoucher } from '../support/node/channelWallet.ts'
import {
  encode,
  type PaidGateway,
  receiptOf,
  type Seen,
  startPaidGateway,
} from '../support/node/paidGateway.ts'

const PRICE = 150

/** An origin that answers with as many results as the query's `n` says. */
function gives({ target }: Seen, response: ServerResponse): void {
  const query = new URL(target, 'http://origin').searchParams
  const tweets = Array.from({ length: Number(query.get('n') ?? 0) }, (_, id) => ({ id }))
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ tweets }))
}

const json = (value: unknown) => (_: Seen, response: ServerResponse) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

let gateway: PaidGateway
beforeAll(async () => {
  gateway = await startPaidGateway()
})
afterAll(() => gateway.end())
beforeEach(() => {
  gateway.reset()
  gateway.origin.behave = gives
})

const at = (path: string) => gateway.workers.url + path
const search = (limit: number, n: number) => `/search?limit=${limit}&n=${n}`

/** The challenge of a 402, as it is on the wire. */
function challengeIn(response: Response): Record<string, string> {
  const header = response.headers.get('www-authenticate') ?? ''
  const parameters = header.matchAll(/([a-z]+)="((?:[^"\\]|\\.)*)"/g)
  return Object.fromEntries([...parameters].map(([, name, value]) => [name, value]))
}

const requestOf = (challenge: Record<string, string>) =>
  JSON.parse(Buffer.from(challenge.request ?? '', 'base64url').toString())

/** A channel of a fresh wallet, opened by a search without results: 3000 authorized and free. */
async function opened() {
  const wallet = gateway.wallets.channels()
  const first = await wallet.manager.fetch(at(search(20, 0)))
  expect([first.status, receiptOf(first)?.spent]).toEqual([200, '0'])
  const channelId = wallet.channelId()
  const descriptor = { ...wallet.channel() }
  const challengeAt = async (path: string, init: RequestInit = {}) =>
    challengeIn(await gateway.call(path, init))
  /** An `Authorization` with a voucher for a cumulative amount. */
  const voucher = (challenge: object, cumulative: number, action = 'voucher') => {
    const signature = signVoucher(channelId, cumulative)
    const cumulativeAmount = String(cumulative)
    const payload = { action, channelId, descriptor, cumulativeAmount, signature }
    return encode({ challenge, payload })
  }
  const pay = (path: string, authorization: string, init: RequestInit = {}) =>
    gateway.call(path, { ...init, headers: { ...init.headers, authorization } })
  /** The accepted and spent amounts: the answer to a HEAD with the highest voucher. */
  const state = async (cumulative: number) => {
    const challenge = await challengeAt('/search')
    const shown = await pay('/search', voucher(challenge, cumulative), { method: 'HEAD' })
    expect(shown.status).toBe(204)
    const { acceptedCumulative, spent, units } = receiptOf(shown)
    return { acceptedCumulative, spent, units }
  }
  gateway.origin.seen.length = 0
  return { wallet, channelId, challengeAt, voucher, pay, state }
}

describe('mppx', () => {
  it('opens, searches twenty times with top-ups, and closes: every amount is exact', async () => {
    const wallet = gateway.wallets.channels()
    const merchant = await gateway.wallets.merchant()
    let results = 0
    for (let limit = 1; limit <= 20; limit++) {
      const n = limit % 5
      const response = await wallet.manager.fetch(at(search(limit, n)))
      results += n
      expect(response.status).toBe(200)
      expect(await response.json()).toEqual({
        tweets: Array.from({ length: n }, (_, id) => ({ id })),
      })
      const spent = String(results * PRICE)
      expect(receiptOf(response)).toMatchObject({ spent, units: results, status: 'success' })
    }
    // 210 results were authorized, which is more than three deposits of 0.01.
    expect((await wallet.state()).deposit).toBe(40_000n)
    await wallet.manager.topUp('0.1')
    expect((await wallet.state()).deposit).toBe(140_000n)
    const payer = await gateway.wallets.balance(wallet.address)
    const receipt = await wallet.manager.close()
    expect(receipt).toMatchObject({ spent: String(results * PRICE), txHash: expect.any(String) })
    const cost = BigInt(results * PRICE)
    expect((await gateway.wallets.merchant()) - merchant).toBe(cost)
    expect((await wallet.state()).deposit).toBe(0n)
    expect((await gateway.wallets.balance(wallet.address)) - payer).toBe(140_000n - cost)
    expect(gateway.origin.seen.map(({ method }) => method)).toEqual(Array(20).fill('GET'))
  })

  it('pays for the events of a stream, voucher by voucher', async () => {
    const events = ['a', 'b', 'c', 'd', 'e']
    gateway.origin.behave = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end(`: hello\n\n${events.map((data) => `data: ${data}\n\n`).join('')}`)
    }
    const wallet = gateway.wallets.channels()
    const receipts: unknown[] = []
    const stream = await wallet.manager.sse(at('/stream'), {
      onReceipt: (one) => receipts.push(one),
    })
    const got: string[] = []
    for await (const data of stream) got.push(data)
    expect(got).toEqual(events)
    expect(receipts).toEqual([expect.objectContaining({ spent: String(5 * PRICE), units: 5 })])
    expect(await wallet.manager.close()).toMatchObject({ spent: String(5 * PRICE) })
    expect(gateway.origin.seen).toHaveLength(1)
  })
})

describe('what a call costs', () => {
  it.each([
    ['no results cost nothing', search(20, 0), 0],
    ['the results that came are charged, not the ones that were asked for', search(20, 7), 7],
    ['as many as were asked for', search(20, 20), 20],
    ['results beyond what was asked for are free', search(5, 20), 5],
    ['without a parameter, at most the default', '/search?n=30', 20],
  ])('%s', async (_what, path, units) => {
    const { voucher, pay, challengeAt } = await opened()
    const response = await pay(path, voucher(await challengeAt(path), 3000))
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toContain('no-store')
    const { spent, acceptedCumulative } = receiptOf(response)
    expect({ spent, acceptedCumulative }).toEqual({
      spent: String(units * PRICE),
      acceptedCumulative: '3000',
    })
    // The rest of the reservation is free again.
    const rest = await pay(search(20 - units, 0), voucher(await challengeAt('/search'), 3000))
    expect(rest.status).toBe(units === 20 ? 402 : 200)
  })

  it('the challenge asks for the most that this very call can cost', async () => {
    const headers = { 'content-type': 'application/json' }
    const init = { method: 'POST', body: '{"ids":[1,2,3]}', headers }
    const asked = [search(7, 0), '/search', search(101, 0), '/counted', '/stream'].map((path) => {
      return gateway.call(path)
    })
    const answers = await Promise.all([...asked, gateway.call('/download', init)])
    const units = answers.map((one) => Number(requestOf(challengeIn(one)).amount) / PRICE)
    expect(units).toEqual([7, 20, 100, 10, 2, 3])
    expect(gateway.origin.seen).toEqual([])
  })

  it('a body can say what is asked for, and reaches the origin unchanged', async () => {
    const { voucher, pay, challengeAt } = await opened()
    const headers = { 'content-type': 'application/json' }
    const init = { method: 'POST', body: '{ "ids": [1, 2, 3] }', headers }
    gateway.origin.behave = json({ tweets: [1, 2] })
    const response = await pay(
      '/download',
      voucher(await challengeAt('/download', init), 3000),
      init,
    )
    expect(receiptOf(response)).toMatchObject({ spent: '300', units: 2 })
    expect(gateway.origin.seen).toMatchObject([{ method: 'POST', body: init.body }])
  })

  it('a header can say how many results an answer of any size has', async () => {
    const { voucher, pay, challengeAt } = await opened()
    const body = 'x'.repeat(3_000_000)
    gateway.origin.behave = (_, response) =>
      void response.writeHead(200, { 'x-count': '4' }).end(body)
    const response = await pay('/counted', voucher(await challengeAt('/counted'), 3000))
    expect(receiptOf(response)).toMatchObject({ spent: '600', units: 4 })
    expect((await response.text()) === body).toBe(true)
  })

  it.each<[what: string, path: string, body: string]>([
    ['is not JSON', '/search', '<html>'],
    ['breaks off', '/search', '{"tweets":[1,2'],
    ['has nothing at the pointer', '/search', '{"users":[1,2]}'],
    ['has something else at the pointer', '/search', '{"tweets":"many"}'],
    ['is too large to be read', '/search', JSON.stringify({ tweets: ['x'.repeat(1_100_000)] })],
    ['lacks the header', '/counted', '{"tweets":[1,2]}'],
    ['is not a stream', '/stream', '{"tweets":[1,2]}'],
  ])('an answer that %s is refused, costs nothing, and is reported', async (_what, path, body) => {
    const { voucher, pay, challengeAt } = await opened()
    gateway.workers.logs.length = 0
    gateway.origin.behave = (_, response) => void response.writeHead(200).end(body)
    const response = await pay(path, voucher(await challengeAt(path), 3000))
    expect(response.status).toBe(502)
    const error = body.length > 1_048_576 ? 'answer_too_large' : 'answer_uncountable'
    expect(await response.json()).toMatchObject({ error, charged: false })
    expect(receiptOf(response)).toBeNull()
    await expect.poll(() => gateway.workers.logs.join()).toContain('uncountable_answer')
    gateway.origin.behave = gives
    const paid = await pay(search(20, 1), voucher(await challengeAt('/search'), 3000))
    expect(receiptOf(paid), 'nothing was spent before').toMatchObject({ spent: '150', units: 1 })
  })

  it.each<[what: string, behave: PaidGateway['origin']['behave'], status: number]>([
    ['refuses', (_, response) => void response.writeHead(404).end('{"tweets":[1]}'), 404],
    ['fails', (_, response) => void response.writeHead(500).end('{"tweets":[1]}'), 500],
    ['redirects', (_, response) => void response.writeHead(302, { location: '/x' }).end(), 302],
    ['is not there', (_, response) => void response.destroy(), 502],
    [
      'breaks off',
      (_, response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{"tweets":[1,2]')
        setImmediate(() => response.destroy())
      },
      502,
    ],
  ])(
    'when the origin %s, nothing is charged, and nothing stays reserved',
    async (_what, behave, status) => {
      const { voucher, pay, challengeAt } = await opened()
      const challenge = await challengeAt('/search')
      gateway.origin.behave = behave
      const response = await pay(search(20, 0), voucher(challenge, 3000), { redirect: 'manual' })
      expect([response.status, receiptOf(response)]).toEqual([status, null])
      if (status === 502) expect(await response.json()).toMatchObject({ charged: false })
      gateway.origin.behave = gives
      const again = await pay(search(20, 20), voucher(challenge, 3000))
      expect(receiptOf(again)).toMatchObject({ spent: '3000', units: 20 })
    },
  )

  it('the origin learns payer, channel and most, and gets no credential, Range or encoding', async () => {
    const { wallet, channelId, voucher, pay, challengeAt } = await opened()
    const challenge = await challengeAt('/search')
    const headers = { range: 'bytes=0-1', 'accept-encoding': 'gzip, br' }
    expect((await pay(search(7, 1), voucher(challenge, 3000), { headers })).status).toBe(200)
    const [seen] = gateway.origin.seen
    const claims = decodeJwt(String(seen?.headers['turnpike-assertion']))
    expect(claims).toMatchObject({ kind: 'payment', sub: wallet.address.toLowerCase() })
    expect(claims.payment).toMatchObject({
      channel_id: channelId,
      challenge_id: challenge.id,
      amount: '1050',
      moved: false,
    })
    expect(seen?.headers).toMatchObject({ 'accept-encoding': 'identity' })
    expect(Object.keys(seen?.headers ?? {})).not.toContain('range')
    expect(Object.keys(seen?.headers ?? {})).not.toContain('authorization')
  })
})

describe('one challenge', () => {
  it('carries many vouchers, whatever each call of its route asks for', async () => {
    const { voucher, pay, challengeAt } = await opened()
    const challenge = await challengeAt(search(3, 0))
    for (const [i, limit] of [1, 5, 20].entries()) {
      const response = await pay(search(limit, 1), voucher(challenge, 9000 + i))
      expect(receiptOf(response)).toMatchObject({ spent: String((i + 1) * PRICE) })
    }
  })

  it.each<[what: string, path: string, to: string, status: number, type: string]>([
    ['of another route', '/likes', '/search', 402, 'invalid-challenge'],
    ['of a cheaper route', '/search', '/dear', 402, 'invalid-challenge'],
    ['of a price by the call', '/after', '/search', 400, 'method-unsupported'],
    ['of a price by the result, for a call', '/search', '/after', 400, 'method-unsupported'],
  ])('%s buys nothing', async (_what, path, to, status, type) => {
    const { voucher, pay, challengeAt, state } = await opened()
    const response = await pay(to, voucher(await challengeAt(path), 4000))
    expect([response.status, receiptOf(response)]).toEqual([status, null])
    expect(await response.json()).toMatchObject({
      type: `https://paymentauth.org/problems/${type}`,
      error: 'payment_invalid',
    })
    expect(await state(3000)).toMatchObject({ acceptedCumulative: '3000', spent: '0' })
    expect(gateway.origin.seen).toEqual([])
  })

  it.each<[what: string, change: (challenge: Record<string, string>) => object]>([
    ['for less', (one) => ({ request: reencoded(one, { amount: '150' }) })],
    [
      'for another payee',
      (one) => ({ request: reencoded(one, { recipient: `0x${'1'.repeat(40)}` }) }),
    ],
    ['that lasts longer', () => ({ expires: '2099-01-01T00:00:00.000Z' })],
    ['for a body', () => ({ digest: 'sha-256=:AAAA:' })],
  ])('that was altered, %s, is refused', async (_what, change) => {
    const { voucher, pay, challengeAt, state } = await opened()
    const challenge = await challengeAt('/search')
    const response = await pay('/search', voucher({ ...challenge, ...change(challenge) }, 4000))
    expect(response.status).toBe(402)
    expect(await response.json()).toMatchObject({
      type: 'https://paymentauth.org/problems/invalid-challenge',
    })
    expect(await state(3000)).toMatchObject({ acceptedCumulative: '3000' })
    expect(gateway.origin.seen).toEqual([])
  })
})

function reencoded(challenge: Record<string, string>, changes: object): string {
  return Buffer.from(JSON.stringify({ ...requestOf(challenge), ...changes })).toString('base64url')
}

describe('channel management never reaches an origin', () => {
  it.each<[what: string, path: string, init: RequestInit]>([
    ['HEAD', '/search', { method: 'HEAD' }],
    ['a POST at a route that takes GET', search(5, 5), { method: 'POST' }],
    ['a POST with a body at such a route', '/search', { method: 'POST', body: '{"a":1}' }],
    ['a POST without body and query at a route that takes POST', '/download', { method: 'POST' }],
  ])('%s takes a voucher', async (_what, path, init) => {
    const { voucher, pay, challengeAt } = await opened()
    const row = path === '/download' ? await challengeAt(path, init) : await challengeAt('/search')
    for (const _ of ['first', 'again']) {
      const response = await pay(path, voucher(row, 4500), init)
      expect([response.status, await response.text()]).toEqual([204, ''])
      expect(receiptOf(response)).toMatchObject({ acceptedCumulative: '4500', spent: '0' })
    }
    expect(gateway.origin.seen).toEqual([])
  })

  it('a lower voucher is refused, and so is a voucher over the deposit', async () => {
    const { voucher, pay, challengeAt, state } = await opened()
    const challenge = await challengeAt('/search')
    const init = { method: 'POST' }
    const lower = await pay('/search', voucher(challenge, 2999), init)
    expect(lower.status).toBe(402)
    expect(challengeIn(lower)).toMatchObject({ intent: 'session' })
    const above = await pay('/search', voucher(challenge, 10_001), init)
    expect([above.status, await above.json()]).toMatchObject([
      402,
      { type: expect.stringContaining('session/amount-exceeds-deposit'), requiredTopUp: '1' },
    ])
    expect(await state(3000)).toMatchObject({ acceptedCumulative: '3000', spent: '0' })
  })

  it('a close captures what was spent; then the channel is 410, without a challenge', async () => {
    const { voucher, pay, challengeAt, wallet } = await opened()
    const challenge = await challengeAt('/search')
    await pay(search(20, 3), voucher(challenge, 3000))
    gateway.origin.seen.length = 0
    let closed: Response | undefined
    const gain = await gateway.gain(async () => {
      closed = await pay('/search', voucher(challenge, 3000, 'close'), { method: 'POST' })
    })
    expect(closed?.status).toBe(204)
    expect(gain).toBe(450n)
    expect((await wallet.state()).deposit).toBe(0n)
    const late = await pay(search(1, 1), voucher(challenge, 3150))
    expect([late.status, late.headers.get('www-authenticate')]).toEqual([410, null])
    expect(await late.json()).toMatchObject({
      type: expect.stringContaining('session/channel-finalized'),
      error: 'payment_invalid',
    })
    expect(gateway.origin.seen).toEqual([])
  })

  it('an unknown action is 400', async () => {
    const { voucher, pay, challengeAt } = await opened()
    const response = await pay('/search', voucher(await challengeAt('/search'), 3000, 'steal'))
    expect([response.status, receiptOf(response)]).toEqual([400, null])
    expect(gateway.origin.seen).toEqual([])
  })

  it('a POST without a payment is 405, as without a price', async () => {
    const response = await gateway.call('/search', { method: 'POST' })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })
})

describe('calls at once', () => {
  it('fifty with one voucher get the answers that it pays for; the others learn what is missing', async () => {
    const { voucher, pay, challengeAt, state } = await opened()
    const authorization = voucher(await challengeAt(search(1, 1)), 3000)
    const calls = Array.from({ length: 50 }, () => pay(search(1, 1), authorization))
    const answers = await Promise.all(calls)
    const refused = answers.filter(({ status }) => status === 402)
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(20)
    expect(refused).toHaveLength(30)
    expect(gateway.origin.seen).toHaveLength(20)
    for (const response of refused) {
      expect(await response.json()).toMatchObject({
        type: expect.stringContaining('session/insufficient-balance'),
        requiredTopUp: '150',
        error: 'payment_required',
      })
      expect(challengeIn(response)).toMatchObject({ intent: 'session' })
    }
    expect(await state(3000)).toEqual({ acceptedCumulative: '3000', spent: '3000', units: 20 })
  })

  it('fifty with a voucher each: every answer is charged once, in any order', async () => {
    const { voucher, pay, challengeAt, state } = await opened()
    const challenge = await challengeAt(search(1, 1))
    const calls = Array.from({ length: 50 }, (_, i) => {
      return pay(search(1, 1), voucher(challenge, 3000 + (i + 1) * 100))
    })
    const statuses = (await Promise.all(calls)).map(({ status }) => status)
    const given = statuses.filter((status) => status === 200).length
    expect(statuses.every((status) => status === 200 || status === 402)).toBe(true)
    expect(given).toBeGreaterThan(0)
    expect(gateway.origin.seen).toHaveLength(given)
    expect(await state(8000)).toMatchObject({ spent: String(given * PRICE), units: given })
    expect(given * PRICE).toBeLessThanOrEqual(8000)
  })
})

/** Reads a stream until a text has come; returns what has come since the last read. */
function reading(response: Response) {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const decoder = new TextDecoder()
  let text = ''
  return async (until: string | null): Promise<string> => {
    while (until === null || !text.includes(until)) {
      const { done, value } = await reader.read()
      if (done && until !== null) throw new Error(`the stream has ended after ${text}`)
      if (done) break
      text += decoder.decode(value, { stream: true })
    }
    const came = text
    text = ''
    return came
  }
}

const eventIn = (text: string, type: string) =>
  JSON.parse(new RegExp(`event: ${type}\ndata: (.*)\n\n`).exec(text)?.[1] ?? 'null')

describe('a stream', () => {
  it('pauses where nothing is authorized, asks, goes on, and ends with a receipt', async () => {
    const { channelId, voucher, pay, challengeAt } = await opened()
    const events = Array.from({ length: 24 }, (_, i) => `id: ${i}\ndata: ${i}\n\n`)
    gateway.origin.behave = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end(`: hi\n\nevent: payment-receipt\ndata: forged\n\n${events.join('')}`)
    }
    const challenge = await challengeAt('/stream')
    const response = await pay('/stream', voucher(challenge, 3000))
    expect(receiptOf(response)).toMatchObject({ acceptedCumulative: '3000', spent: '0' })
    const read = reading(response)
    const first = await read('requiredCumulative')
    expect(first.startsWith(`: hi\n\n${events.slice(0, 20).join('')}event: payment-need`)).toBe(
      true,
    )
    expect(eventIn(first, 'payment-need-voucher')).toEqual({
      channelId,
      requiredCumulative: '3300',
      acceptedCumulative: '3000',
      deposit: '10000',
    })
    const more = await pay('/stream', voucher(challenge, 3450), { method: 'POST' })
    expect(receiptOf(more)).toMatchObject({ acceptedCumulative: '3450', spent: '3000' })
    const second = await read('requiredCumulative')
    expect(second).toContain(events.slice(20, 23).join(''))
    await pay('/stream', voucher(challenge, 9000), { method: 'POST' })
    const last = await read(null)
    expect(last).toContain(events.at(-1))
    expect(eventIn(last, 'payment-receipt')).toMatchObject({ spent: '3600', units: 24 })
    expect(gateway.origin.seen).toHaveLength(1)
    // Nothing stays reserved.
    expect((await pay(search(36, 0), voucher(await challengeAt('/search'), 9000))).status).toBe(200)
  })

  it('costs at most what its call asked for, on a route that counts no events', async () => {
    const { voucher, pay, challengeAt } = await opened()
    gateway.origin.behave = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-length': '270' })
      response.end('data: x\n\n'.repeat(30))
    }
    const response = await pay(search(5, 0), voucher(await challengeAt('/search'), 3000))
    const text = await reading(response)(null)
    expect(text.match(/data: x/g)).toHaveLength(30)
    expect(eventIn(text, 'payment-receipt')).toMatchObject({ spent: '750', units: 5 })
  })

  it('stops when the channel is closed while it waits for a voucher', async () => {
    const { voucher, pay, challengeAt } = await opened()
    gateway.origin.behave = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end('data: x\n\n'.repeat(30))
    }
    const challenge = await challengeAt('/stream')
    const read = reading(await pay('/stream', voucher(challenge, 3000)))
    await read('payment-need-voucher')
    const closed = await pay('/stream', voucher(challenge, 3000, 'close'), { method: 'POST' })
    expect(receiptOf(closed)).toMatchObject({ spent: '3000' })
    const last = await read(null)
    expect(last).not.toContain('data: x')
    expect(eventIn(last, 'payment-receipt')).toMatchObject({ spent: '3000', units: 20 })
  })

  it('costs what was delivered when the client leaves early', async () => {
    const { voucher, pay, challengeAt, state } = await opened()
    const left = Promise.withResolvers<void>()
    gateway.origin.behave = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: 1\n\ndata: 2\n\n')
      response.once('close', left.resolve)
    }
    const authorization = voucher(await challengeAt('/stream'), 3000)
    const request = get(at('/stream'), { headers: { authorization } })
    request.on('error', () => undefined)
    const [response]: IncomingMessage[] = await once(request, 'response')
    expect(response?.statusCode).toBe(200)
    await new Promise<void>((resolve) => {
      let text = ''
      response?.on('error', () => undefined)
      response?.on('data', (chunk) => {
        text += chunk
        if (text.includes('data: 2')) resolve()
      })
    })
    // A reset, because a plain end is noticed only when something is sent.
    request.socket?.resetAndDestroy()
    await left.promise
    expect(await state(3000)).toMatchObject({ spent: '300', units: 2 })
    gateway.origin.behave = gives
    const search18 = await challengeAt('/search')
    await expect
      .poll(async () => (await pay(search(18, 0), voucher(search18, 3000))).status)
      .toBe(200)
  })
})
