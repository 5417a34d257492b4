/**
 * The way back of a deposit, by mppx's unmodified client on a real chain: outages, lost answers,
 * closed channels and strangers leave no deposit locked, and every amount is exact.
 */
import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { challengeId } from '../../src/credentials/payments/challenge.ts'
import { hmacKey } from '../../src/lib/bytes.ts'
import type { Spoil } from '../support/node/chainProxy.ts'
import { PAYER_KEYS, signVoucher } from '../support/node/channelWallet.ts'
import {
  decode,
  encode,
  PATIENCE,
  type PaymentServices,
  receiptOf,
  type Seen,
  startPaymentServices,
} from '../support/node/paidGateway.ts'
import { startWorkers } from '../support/node/workers.ts'

const PRICE = 150
const DEPOSIT = 10_000n
/** Each is for a test that counts a payer's openings. */
const [, , STREAMER, WATCHER] = PAYER_KEYS

/** An origin that answers with as many results as the query's `n` says. */
function gives({ target }: Seen, response: ServerResponse): void {
  const query = new URL(target, 'http://origin').searchParams
  const tweets = Array.from({ length: Number(query.get('n') ?? 0) }, (_, id) => ({ id }))
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ tweets }))
}

const streams = (events: string) => (_: Seen, response: ServerResponse) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' }).end(events)
}

const fails = (status: number) => (_: Seen, response: ServerResponse) => {
  response.writeHead(status).end('no')
}

let services: PaymentServices
let workers: Awaited<ReturnType<typeof startWorkers>>
beforeAll(async () => {
  services = await startPaymentServices()
  const entry = 'test/support/worker/pricedGateway.ts'
  const payments = { UNUSED_AFTER_MS: '1500' }
  workers = await startWorkers(services.originUrl, services.rpc.url, entry, { payments })
})
afterAll(async () => {
  await workers.end()
  await services.end()
})
beforeEach(() => {
  services.reset()
  services.origin.behave = gives
})

const at = (path: string) => workers.url + path
const search = (limit: number, n: number) => at(`/search?limit=${limit}&n=${n}`)
const escrow = () => services.wallets.escrow()
const merchant = () => services.wallets.merchant()

/** The challenge of a 402. */
async function challengeAt(path: string): Promise<Record<string, string>> {
  const header = (await fetch(at(path))).headers.get('www-authenticate') ?? ''
  const parameters = header.matchAll(/([a-z]+)="((?:[^"\\]|\\.)*)"/g)
  return Object.fromEntries([...parameters].map(([, name, value]) => [name, value]))
}

/** A wallet whose channel has paid for so many results. `loses`: the next answer gets lost. */
async function spent(results: number) {
  const client = { loses: false }
  const wallet = services.wallets.channels({
    fetch: async (input, init) => {
      const isPaid = new Headers(init?.headers).has('authorization')
      const response = await fetch(input, init)
      if (!client.loses || !isPaid) return response
      await response.arrayBuffer()
      client.loses = false
      throw new TypeError('the connection was lost')
    },
  })
  const before = { merchant: await merchant(), payer: 0n }
  expect((await wallet.manager.fetch(search(results, results))).status).toBe(200)
  before.payer = await services.wallets.balance(wallet.address)
  const channelId = wallet.channelId()
  const voucher = (challenge: object, cumulative: number, action = 'voucher') => {
    const signature = signVoucher(channelId, cumulative)
    const cumulativeAmount = String(cumulative)
    const descriptor = { ...wallet.channel() }
    return encode({
      challenge,
      payload: { action, channelId, descriptor, cumulativeAmount, signature },
    })
  }
  const gained = async () => Number((await merchant()) - before.merchant)
  const refunded = async () =>
    Number((await services.wallets.balance(wallet.address)) - before.payer)
  return { client, wallet, channelId, voucher, gained, refunded }
}

describe('an outage of the origin', () => {
  it('locks no deposit: of three tries one opens a channel, and its close gives the rest back', async () => {
    const wallet = services.wallets.channels()
    const [locked, earned] = [await escrow(), await merchant()]
    const statuses: number[] = []
    for (const behave of [fails(500), fails(503), gives]) {
      services.origin.behave = behave
      statuses.push((await wallet.manager.fetch(search(20, 4))).status)
      expect(await escrow()).toBe(behave === gives ? locked + DEPOSIT : locked)
    }
    expect(statuses).toEqual([500, 503, 200])
    expect(await wallet.manager.close()).toMatchObject({ spent: '600' })
    expect(await escrow()).toBe(locked)
    expect(await merchant()).toBe(earned + 600n)
  })

  it.each<[what: string, behave: (seen: Seen, response: ServerResponse) => void, status: number]>([
    ['answers 404', fails(404), 404],
    ['never answers', () => undefined, 504],
    ['breaks off', (_, response) => void response.destroy(), 502],
  ])(
    'that %s locks no deposit, and says that nothing was charged',
    async (_what, behave, status) => {
      services.origin.behave = behave
      const locked = await escrow()
      const response = await services.wallets.channels().manager.fetch(search(20, 4))
      expect(response.status).toBe(status)
      expect(response.headers.get('payment-status')).toMatch(
        /^charged=\?0, reference="0x[0-9a-f]{64}"$/,
      )
      expect(response.headers.get('payment-receipt')).toBeNull()
      expect(await escrow()).toBe(locked)
    },
  )

  it('of a stream locks no deposit either', async () => {
    services.origin.behave = fails(500)
    const locked = await escrow()
    const wallet = services.wallets.channels()
    expect((await wallet.manager.fetch(at('/stream'))).status).toBe(500)
    expect(await escrow()).toBe(locked)
  })
})

describe('a fault of the chain that passes', () => {
  it.each<[method: string, how: Spoil, times: number]>([
    ['eth_call', { error: -32_603 }, 2],
    ['eth_call', 'a page', 2],
    // An opening is sent once; then its receipt is asked for.
    ['eth_sendRawTransactionSync', { error: -32_000 }, 1],
    ['eth_sendRawTransactionSync', 'an error afterwards', 1],
    ['eth_sendRawTransactionSync', 'the answer to another question', 1],
  ])('is not noticed by a client that opens a channel: %s, %j', async (method, how, times) => {
    const [locked, earned] = [await escrow(), await merchant()]
    services.rpc.spoil({ method, how, about: '', times })
    const wallet = services.wallets.channels()
    const response = await wallet.manager.fetch(search(20, 4))
    expect([response.status, receiptOf(response)?.spent]).toEqual([200, '600'])
    expect(await escrow()).toBe(locked + DEPOSIT)
    expect(await wallet.manager.close()).toMatchObject({ spent: '600' })
    expect([await escrow(), await merchant()]).toEqual([locked, earned + 600n])
  })

  it('locks nothing by an opening that cannot be checked: 503, and the next call opens one', async () => {
    const locked = await escrow()
    services.rpc.fault = 'down'
    const wallet = services.wallets.channels()
    const first = await wallet.manager.fetch(search(20, 4))
    expect([first.status, first.headers.get('payment-status')]).toEqual([503, 'pending'])
    expect(services.origin.seen).toEqual([])
    services.rpc.fault = 'none'
    expect((await wallet.manager.fetch(search(20, 4))).status).toBe(200)
    expect(await escrow()).toBe(locked + DEPOSIT)
    await wallet.manager.close()
    expect(await escrow()).toBe(locked)
  })
})

describe('an opening that is pending when its challenge expires', () => {
  /** The credential of a fresh wallet's first call, for a challenge that lives for a second. */
  async function briefOpening(): Promise<string> {
    const { id: _, ...fresh } = await challengeAt('/search?limit=4')
    const parts = { ...fresh, expires: new Date(Date.now() + 1_000).toISOString() } as never
    const id = await challengeId(await hmacKey(workers.secrets.PAYMENT_SECRET), parts)
    let presented = ''
    const wallet = services.wallets.channels({
      fetch: async (input, init) => {
        presented = new Headers(init?.headers).get('authorization') ?? ''
        if (presented !== '') throw new TypeError('the connection was lost')
        return fetch(input, init)
      },
    })
    await expect(wallet.manager.fetch(search(4, 4))).rejects.toThrow('lost')
    return encode({ ...decode(presented), challenge: { id, ...(parts as object) } })
  }

  it('is never 402: its credential gets 503, and then the answer, once', async () => {
    const authorization = await briefOpening()
    const expiry = Date.parse(decode(authorization).challenge.expires)
    const pay = (init: RequestInit = {}) =>
      fetch(search(4, 4), { ...init, headers: { authorization } })
    services.rpc.fault = 'break after sending'
    const opening = pay({ method: 'HEAD' })
    await expect.poll(() => services.rpc.asked, PATIENCE).toContain('eth_sendRawTransactionSync')
    for (let isLate = false; !isLate; ) {
      isLate = Date.now() > expiry
      const pending = await pay()
      expect([pending.status, pending.headers.get('payment-status')]).toEqual([503, 'pending'])
    }
    services.rpc.fault = 'none'
    expect((await opening).status).toBe(204)
    const locked = await escrow()
    const answer = await pay()
    expect([answer.status, receiptOf(answer)?.spent]).toEqual([200, '600'])
    const again = await pay()
    expect(again.status).toBe(402)
    expect(await again.json()).toMatchObject({ type: expect.stringContaining('payment-expired') })
    expect(await escrow()).toBe(locked)
  })
})

describe('a channel of which nobody has had an answer', () => {
  it('is closed when it was idle for a while, and all of the deposit goes back', async () => {
    services.origin.behave = streams(': nothing\n\n')
    const [locked, earned] = [await escrow(), await merchant()]
    const wallet = services.wallets.channels({ privateKey: STREAMER })
    const response = await wallet.manager.fetch(at('/stream'))
    expect(response.status).toBe(200)
    expect(await escrow()).toBe(locked + DEPOSIT)
    await response.text()
    await expect.poll(escrow, PATIENCE).toBe(locked)
    expect(await merchant()).toBe(earned)
  })

  it('is one of three a day for a payer; one that was spent from does not count', async () => {
    const open = async (events: string) => {
      services.origin.behave = streams(events)
      const wallet = services.wallets.channels({ privateKey: WATCHER })
      const response = await wallet.manager.fetch(at('/stream'))
      await response.text()
      return response
    }
    const locked = await escrow()
    const statuses = [(await open('data: 1\n\n')).status]
    for (let opening = 0; opening < 3; opening++) statuses.push((await open(': no\n\n')).status)
    expect(statuses).toEqual([200, 200, 200, 200])
    const late = await open(': no\n\n')
    expect(late.status).toBe(429)
    expect(await services.origin.seen.length).toBe(4)
    expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(0)
    // The channels of which nothing was spent are closed; the other one stays open.
    await expect.poll(escrow, PATIENCE).toBe(locked + DEPOSIT)
  })
})

describe('a stream that breaks off', () => {
  /**
   * Opens a channel by a stream that breaks off when its client has its head and one event, which
   * the client throws away if it `loses` them.
   */
  async function broken(privateKey: string | undefined, loses: boolean) {
    let breakOff = () => {}
    services.origin.behave = (_, response) => {
      const headers = { 'content-type': 'text/event-stream', 'content-length': '1000' }
      response.writeHead(200, headers).write('data: 1\n\n')
      breakOff = () => void response.destroy()
    }
    const readToBreak = async (response: Response) => {
      const reader = response.body?.getReader()
      await reader?.read()
      breakOff()
      await expect(reader?.read().then(() => reader.read())).rejects.toThrow()
    }
    const wallet = services.wallets.channels({
      ...(privateKey === undefined ? {} : { privateKey }),
      async fetch(input, init) {
        const response = await fetch(input, init)
        if (!loses || response.status !== 200) return response
        await readToBreak(response)
        throw new TypeError('the connection was lost')
      },
    })
    const calling = wallet.manager.fetch(at('/stream'))
    if (loses) await expect(calling).rejects.toThrow('lost')
    else await readToBreak(await calling)
    services.origin.behave = streams('data: 1\n\n')
    return wallet
  }

  it('with the head of its answer locks nothing: what left is paid, and the rest goes back', async () => {
    const [locked, earned] = [await escrow(), await merchant()]
    const returned = await broken(PAYER_KEYS[4], false)
    // Its payer knows the channel, and comes back to it.
    await (await returned.manager.fetch(at('/stream'))).text()
    await broken(PAYER_KEYS[5], true)
    expect(await escrow()).toBe(locked + 2n * DEPOSIT)
    await expect.poll(escrow, PATIENCE).toBe(locked + DEPOSIT)
    expect(await merchant()).toBe(earned + BigInt(PRICE))
    expect((await returned.state()).deposit).toBe(DEPOSIT)
    expect(await returned.manager.close()).toMatchObject({ spent: String(2 * PRICE) })
    expect(await escrow()).toBe(locked)
  })
})

describe('an answer that got lost', () => {
  it('does not keep the client from its deposit: the close takes exactly what was spent', async () => {
    const { client, wallet, gained, refunded } = await spent(5)
    client.loses = true
    await expect(wallet.manager.fetch(search(7, 7))).rejects.toThrow('lost')
    // The client signs a close for the 5 results that it knows of.
    await wallet.manager.close()
    expect(await gained()).toBe(12 * PRICE)
    expect(await refunded()).toBe(Number(DEPOSIT) - 12 * PRICE)
    expect((await wallet.state()).deposit).toBe(0n)
  })

  it('does not make it open another channel: the 402 says what to sign', async () => {
    const { client, wallet, channelId, gained } = await spent(5)
    const locked = await escrow()
    client.loses = true
    await expect(wallet.manager.fetch(search(20, 7))).rejects.toThrow('lost')
    const next = await wallet.manager.fetch(search(2, 2))
    expect([next.status, receiptOf(next)?.spent]).toEqual([200, String(14 * PRICE)])
    expect(wallet.channelId()).toBe(channelId)
    expect(await escrow()).toBe(locked)
    expect(await wallet.manager.close()).toMatchObject({ spent: String(14 * PRICE) })
    expect(await gained()).toBe(14 * PRICE)
  })
})

describe('a close for less than is spent', () => {
  it('takes exactly what is spent, if the payer has signed it', async () => {
    const { voucher, wallet, channelId, gained, refunded } = await spent(5)
    const challenge = await challengeAt('/search')
    const close = (signature: string) => {
      const credential = decode(voucher(challenge, 100, 'close'))
      const authorization = encode({
        ...credential,
        payload: { ...credential.payload, signature },
      })
      return fetch(search(5, 5), { method: 'POST', headers: { authorization } })
    }
    expect((await close(signVoucher(channelId, 100, STREAMER))).status).toBe(402)
    expect((await wallet.state()).deposit).toBe(DEPOSIT)
    const closed = await close(signVoucher(channelId, 100))
    // No receipt: the client would not take one for more than it has signed.
    expect([closed.status, receiptOf(closed)]).toEqual([204, null])
    expect((await wallet.state()).deposit).toBe(0n)
    expect(await gained()).toBe(5 * PRICE)
    expect(await refunded()).toBe(Number(DEPOSIT) - 5 * PRICE)
  })
})

describe('a channel that was closed behind its client', () => {
  it('is 410 that says what to do; doing so opens another one', async () => {
    const { wallet, voucher, channelId } = await spent(5)
    const authorization = voucher(await challengeAt('/search'), 750, 'close')
    const closed = await fetch(search(5, 5), { method: 'POST', headers: { authorization } })
    expect(closed.status).toBe(204)
    const refused = await wallet.manager.fetch(search(5, 5))
    expect(refused.status).toBe(410)
    const { detail, type } = (await refused.json()) as Record<string, string>
    expect(type).toContain('session/channel-finalized')
    expect(detail).toMatch(/Open another channel.*close\(\)/)
    await wallet.manager.close().catch(() => undefined)
    expect((await wallet.manager.fetch(search(5, 5))).status).toBe(200)
    expect(wallet.channelId()).not.toBe(channelId)
    await wallet.manager.close()
  })
})

describe('a deposit that was topped up on the chain', () => {
  it('is seen by the first voucher that needs it, and the chain is asked once', async () => {
    const { wallet, voucher } = await spent(5)
    const challenge = await challengeAt('/search')
    const pay = (cumulative: number) =>
      fetch(search(1, 1), { headers: { authorization: voucher(challenge, cumulative) } })
    services.rpc.asked.length = 0
    expect((await pay(12_000)).status).toBe(402)
    expect(services.rpc.asked).toEqual(['eth_call'])
    await wallet.topUp(5_000n)
    expect((await pay(12_000)).status).toBe(200)
    expect(services.rpc.asked).toEqual(['eth_call', 'eth_call'])
    services.rpc.fault = 'down'
    expect((await pay(16_000)).status).toBe(503)
    services.rpc.fault = 'none'
    expect((await pay(16_000)).status).toBe(402)
  })
})

describe('strangers', () => {
  it('with random signatures on eight connections do not slow the payer down', async () => {
    const { wallet, voucher, channelId } = await spent(1)
    const challenge = await challengeAt('/search')
    const random = (cumulative: number) => {
      const credential = decode(voucher(challenge, cumulative))
      const signature = signVoucher(channelId, cumulative, STREAMER)
      return encode({ ...credential, payload: { ...credential.payload, signature } })
    }
    let isOver = false
    let tries = 0
    const strangers = Array.from({ length: 8 }, async (_, stranger) => {
      const headers = {
        'cf-connecting-ip': `192.0.2.${stranger + 1}`,
        authorization: random(9_000 + stranger),
      }
      while (!isOver) {
        expect((await fetch(search(1, 1), { headers })).ok).toBe(false)
        tries += 1
      }
    })
    // More than one bucket of checks holds for all strangers together.
    await expect.poll(() => tries, PATIENCE).toBeGreaterThan(300)
    const statuses: number[] = []
    for (let call = 0; call < 20; call++)
      statuses.push((await wallet.manager.fetch(search(1, 1))).status)
    isOver = true
    await Promise.all(strangers)
    expect(statuses).toEqual(Array(20).fill(200))
    expect(await wallet.manager.close()).toMatchObject({ spent: String(21 * PRICE) })
  })
})
