/**
 * The way back to the payer: the unmodified client makes a new credential for every try, and gets
 * what is owed or kept for an earlier one. The money is compared with the chain.
 */
import { get } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { FEE_PAYER_PRIVATE_KEY } from '../../dev/money.ts'
import {
  type Behaviour,
  decode,
  encode,
  PATIENCE,
  type PaidGateway,
  PRICE,
  receiptOf,
  startPaidGateway,
  untilNotPending,
  works,
} from '../support/node/paidGateway.ts'

let gateway: PaidGateway
beforeAll(async () => {
  gateway = await startPaidGateway()
})
afterAll(() => gateway.end())
beforeEach(() => gateway.reset())

const fails: Behaviour = (_, response) => void response.writeHead(500).end('{"error":"theirs"}')
let calls = 0
/** A target that no other test uses: what is owed is found by its target. */
const target = () => `/after?call=${++calls}`

/** One call of the unmodified client, which pays anew for each. */
const buy = (path: string, mode: 'pull' | 'push' = 'pull', init: RequestInit = {}) =>
  gateway.wallets.payer(mode).fetch(gateway.workers.url + path, init)

const credentialFor = async (path: string, mode: 'pull' | 'push' = 'pull') =>
  gateway.wallets.payer(mode).createCredential(await gateway.call(path))
const pay = (path: string, authorization: string, headers: Record<string, string> = {}) =>
  gateway.call(path, { headers: { authorization, ...headers } })
const statusOf = (response: Response) => response.headers.get('payment-status')
const OWED = /^charged=\?0, owed="150", reference="0x[0-9a-f]{64}", until=[0-9]{10}$/
const CHARGED = /^charged=\?1, amount="150", reference="0x[0-9a-f]{64}"$/

describe('a push whose origin fails', () => {
  it('is owed: the next payment of its payer gets its answer, and is owed in turn', async () => {
    const path = target()
    const gained = await gateway.gain(async () => {
      gateway.origin.behave = fails
      const first = await buy(path, 'push')
      expect([first.status, await first.json()]).toEqual([500, { error: 'theirs' }])
      expect(statusOf(first)).toMatch(OWED)
      const second = await buy(path, 'push')
      expect(second.status).toBe(500)
      expect(statusOf(second)).toMatch(/^charged=\?0, owed="300", reference="0x/)
      gateway.origin.behave = works
      const third = await buy(path, 'push')
      expect(third.status).toBe(200)
      // The oldest payment has bought the answer.
      expect(statusOf(third)).toMatch(
        /^charged=\?1, amount="150", owed="150", reference="0x[0-9a-f]{64}", until=/,
      )
    })
    expect(gained).toBe(3n * PRICE)
    // Owed answers are given before anything is sold.
    const later = await gateway.gain(async () => {
      for (let call = 0; call < 2; call++) expect((await buy(path)).status).toBe(200)
    })
    expect(later).toBe(0n)
    const sold = await gateway.gain(async () => void expect((await buy(path)).status).toBe(200))
    expect(sold).toBe(PRICE)
  })

  it('is owed too for a HEAD, which buys nothing', async () => {
    const path = target()
    const gained = await gateway.gain(async () => {
      // The client takes each 402 for a new question, three times.
      const head = await buy(path, 'push', { method: 'HEAD' })
      expect(head.status).toBe(402)
      expect(statusOf(head)).toMatch(/^charged=\?0, owed="300", reference="0x/)
      expect(gateway.origin.seen).toEqual([])
    })
    expect(gained).toBe(3n * PRICE)
    const later = await gateway.gain(async () => {
      for (let call = 0; call < 3; call++) expect((await buy(path)).status).toBe(200)
    })
    expect(later).toBe(0n)
    const sold = await gateway.gain(async () => void expect((await buy(path)).status).toBe(200))
    expect(sold).toBe(PRICE)
  })

  it('is owed for its target only, and to its payer only', async () => {
    const path = target()
    gateway.origin.behave = fails
    await buy(path, 'push')
    gateway.origin.behave = works
    const other = await gateway.gain(async () => {
      expect((await buy(target())).status).toBe(200)
      const post = { method: 'POST', body: 'a' }
      expect((await buy(path, 'pull', post)).status).toBe(200)
    })
    expect(other).toBe(2n * PRICE)
    // A stranger that names the payer as the source of its own transaction proves nothing.
    const stranger = gateway.wallets.payer('pull', FEE_PAYER_PRIVATE_KEY)
    const forged = decode(await stranger.createCredential(await gateway.call(path)))
    const { source } = decode(await credentialFor(path))
    const seen = gateway.origin.seen.length
    const strangers = await gateway.gain(async () => {
      await pay(path, encode({ ...forged, source }))
    })
    // An answer, if there is one, is paid for by the stranger.
    expect(strangers).toBe(BigInt(gateway.origin.seen.length - seen) * PRICE)
    const own = await gateway.gain(async () => void expect((await buy(path)).status).toBe(200))
    expect(own, 'the debt is still there').toBe(0n)
  })

  it('is given once: of several new payments in parallel one gets it', async () => {
    const path = target()
    gateway.origin.behave = fails
    await buy(path, 'push')
    gateway.origin.behave = works
    const gained = await gateway.gain(async () => {
      const credentials = []
      for (let one = 0; one < 5; one++) credentials.push(await credentialFor(path))
      const answers = await Promise.all(
        credentials.map((one) => untilNotPending(() => pay(path, one))),
      )
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
      const references = answers.map((one) => receiptOf(one).reference)
      expect(new Set(references).size, 'each answer has a payment of its own').toBe(5)
    })
    expect(gained).toBe(4n * PRICE)
  })
})

it('a debt is found by a payment whose claim is kept by the same object', async () => {
  const path = target()
  gateway.origin.behave = fails
  const owed = await credentialFor(path, 'push')
  expect((await pay(path, owed)).status).toBe(500)
  gateway.origin.behave = works
  const objectOf = (id: string) => id.slice(0, 1)
  const wanted = objectOf(decode(owed).challenge.id)
  const idOf = (answer: Response) =>
    /id="([^"]+)"/.exec(answer.headers.get('www-authenticate') ?? '')
  let challenge = await gateway.call(path)
  while (objectOf(idOf(challenge)?.[1] ?? '') !== wanted) challenge = await gateway.call(path)
  const authorization = await gateway.wallets.payer('pull').createCredential(challenge)
  const gained = await gateway.gain(async () => {
    expect((await pay(path, authorization)).status).toBe(200)
  })
  expect(gained).toBe(0n)
})

it('a pull that is spared is never sent, and its challenge is used up', async () => {
  const path = target()
  gateway.origin.behave = fails
  await buy(path, 'push')
  const spared = await credentialFor(path)
  const gained = await gateway.gain(async () => {
    const failed = await pay(path, spared)
    expect([failed.status, failed.headers.get('payment-receipt')]).toEqual([500, null])
    expect(statusOf(failed)).toMatch(OWED)
    gateway.origin.behave = works
    // The same credential finds the debt again.
    const given = await pay(path, spared)
    expect(given.status).toBe(200)
    expect(statusOf(given)).toMatch(CHARGED)
    const used = await pay(path, spared)
    expect([used.status, statusOf(used)]).toEqual([402, 'charged=?0'])
  })
  expect(gained).toBe(0n)
  expect(gateway.rpc.asked.filter((method) => method.startsWith('eth_sendRaw'))).toEqual([])
})

it('a pull that the node refuses once is sent again, and paid once', async () => {
  const path = target()
  const gained = await gateway.gain(async () => {
    gateway.rpc.fault = 'refuses to send once'
    const given = await buy(path)
    expect(given.status).toBe(200)
    expect(statusOf(given)).toMatch(CHARGED)
  })
  expect(gained).toBe(PRICE)
  await expect.poll(() => gateway.workers.ledgerSums(), PATIENCE).toEqual({ sum: 0, held: 0 })
})

describe('an Idempotency-Key', () => {
  const keyed = (key: string) => ({ headers: { 'idempotency-key': key } })

  it('buys once: another credential of its payer gets the very same answer', async () => {
    const path = target()
    let answers = 0
    gateway.origin.behave = (_, response) => void response.end(`answer ${++answers}`)
    const gained = await gateway.gain(async () => {
      for (let call = 0; call < 3; call++) {
        const given = await buy(path, 'pull', keyed('one'))
        expect([given.status, await given.text()]).toEqual([200, 'answer 1'])
        expect(statusOf(given)).toMatch(CHARGED)
      }
    })
    expect(gained).toBe(PRICE)
    expect(gateway.origin.seen).toHaveLength(1)
  })

  it('keeps its answer though the payer buys the same with other keys and without one', async () => {
    const path = target()
    let answers = 0
    gateway.origin.behave = (_, response) => void response.end(`answer ${++answers}`)
    const gained = await gateway.gain(async () => {
      // More than a payment looks at: they must hide no debt either.
      for (const key of ['a', 'b', '', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'])
        await buy(path, 'pull', key === '' ? {} : keyed(key))
      const again = await buy(path, 'pull', keyed('a'))
      expect([again.status, await again.text()]).toEqual([200, 'answer 1'])
    })
    expect(gained).toBe(11n * PRICE)
    gateway.origin.behave = fails
    await buy(path, 'push')
    gateway.origin.behave = works
    const owed = await gateway.gain(async () => void expect((await buy(path)).status).toBe(200))
    expect(owed).toBe(0n)
  })

  it('for another target or body is 422, and nothing is charged', async () => {
    const path = target()
    await buy(path, 'pull', keyed('two'))
    const gained = await gateway.gain(async () => {
      const refused = await buy(target(), 'pull', keyed('two'))
      expect(refused.status).toBe(422)
      expect(await refused.json()).toMatchObject({
        error: 'idempotency_key_reused',
        charged: false,
      })
      expect(statusOf(refused)).toBe('charged=?0')
      const other = { ...keyed('two'), method: 'POST', body: 'x' }
      expect((await buy(path, 'pull', other)).status).toBe(422)
    })
    expect(gained).toBe(0n)
    expect(gateway.origin.seen).toHaveLength(1)
  })

  it('twice at once buys once: the other call waits, and gets the same answer', async () => {
    const path = target()
    const asked = Promise.withResolvers<() => void>()
    gateway.origin.behave = (_, response) => asked.resolve(() => void response.end('slow'))
    const gained = await gateway.gain(async () => {
      const first = buy(path, 'pull', keyed('three'))
      const answer = await asked.promise
      const waiting = await buy(path, 'pull', keyed('three'))
      expect([waiting.status, (await waiting.json()).error]).toEqual([503, 'payment_pending'])
      answer()
      expect(await (await first).text()).toBe('slow')
      const again = await untilNotPending(() => buy(path, 'pull', keyed('three')))
      expect(await again.text()).toBe('slow')
    })
    expect(gained).toBe(PRICE)
    expect(gateway.origin.seen).toHaveLength(1)
  })

  it('whose payer leaves while the origin works is charged once, for the answer that comes', async () => {
    const path = target()
    const asked = Promise.withResolvers<void>()
    gateway.origin.behave = () => asked.resolve()
    const gained = await gateway.gain(async () => {
      const authorization = await credentialFor(path)
      const headers = { authorization, 'idempotency-key': 'four' }
      const request = get(gateway.workers.url + path, { headers })
      const left = new Promise((resolve) => request.once('error', resolve))
      await asked.promise
      request.socket?.resetAndDestroy()
      await left
      gateway.origin.behave = works
      const again = await untilNotPending(() => buy(path, 'pull', keyed('four')))
      expect([again.status, await again.text()]).toEqual([200, 'sold'])
    })
    expect(gained).toBe(PRICE)
  })
})
