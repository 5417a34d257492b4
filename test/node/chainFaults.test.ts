/**
 * A read of the chain has no "no": whatever a node does instead of answering, the payer gets the
 * answer for one price or is told to come again, and the ledger knows what has moved.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TxEnvelopeTempo } from 'ox/tempo'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Spoil } from '../support/node/chainProxy.ts'
import {
  decode,
  encode,
  PATIENCE,
  type PaidGateway,
  PRICE,
  receiptOf,
  startPaidGateway,
  untilNotPending,
} from '../support/node/paidGateway.ts'
import { HEALTH_SECRET } from '../support/node/workers.ts'

const folder = mkdtempSync(join(tmpdir(), 'turnpike-faults-'))
let gateway: PaidGateway
beforeAll(async () => {
  gateway = await startPaidGateway(undefined, { folder })
})
afterAll(async () => {
  await gateway.end()
  rmSync(folder, { recursive: true })
})
beforeEach(() => gateway.reset())

const pay = (authorization: string, path: string) =>
  gateway.call(path, { headers: { authorization } })

async function credentialFor(mode: 'pull' | 'push', path: string): Promise<string> {
  return gateway.wallets.payer(mode).createCredential(await gateway.call(path))
}

const FAULTS: readonly Spoil[] = [
  { error: -32_603 },
  { error: -32_000 },
  { error: -32_602 },
  { error: -32_005 },
  { error: 1_234 },
  { http: 429 },
  { http: 500 },
  { http: 404 },
  'null',
  'a page',
  'an empty body',
  'half an answer',
  'the answer twice',
  'the answer to another question',
  'a receipt of another transaction',
  'nothing',
  'an error afterwards',
]
const named = (how: Spoil) => JSON.stringify(how).replaceAll(/[{}"]/g, '')

/** A question about a payment, and the part of it that names the payment. */
interface Question {
  what: string
  mode: 'pull' | 'push'
  methods: string[]
  aboutOf: (credential: string) => string
  faults: readonly Spoil[]
}

const QUESTIONS: Question[] = [
  {
    what: 'the receipt of a push',
    mode: 'push',
    methods: ['eth_getTransactionReceipt'],
    aboutOf: (credential) => decode(credential).payload.hash,
    faults: FAULTS,
  },
  {
    what: 'the simulation of a pull',
    mode: 'pull',
    methods: ['eth_call'],
    aboutOf: (credential) => {
      const { calls } = TxEnvelopeTempo.deserialize(decode(credential).payload.signature)
      return String(calls[0]?.data)
    },
    // The result of a simulation names no transaction.
    faults: FAULTS.filter((how) => how !== 'a receipt of another transaction'),
  },
  {
    what: 'the sending of a pull',
    mode: 'pull',
    methods: ['eth_sendRawTransactionSync', 'eth_sendRawTransaction'],
    aboutOf: (credential) => decode(credential).payload.signature,
    // After the sending, the receipt shows the payment, whatever the answer is.
    faults: FAULTS.slice(0, FAULTS.indexOf('the answer twice')),
  },
]

describe('as long as the chain does not answer', () => {
  it.each(QUESTIONS)(
    '$what: 503, and the same credential then gets the answer for one price',
    async ({ mode, methods, aboutOf, faults }) => {
      const before = await gateway.workers.ledgerSums()
      const gained = await gateway.gain(async () => {
        const cases = faults.map(async (how, i) => {
          const path = `/after?case=${i}`
          const credential = await credentialFor(mode, path)
          const spoilt = methods.map((method) => {
            const questions = { method, how, about: aboutOf(credential), times: 1_000 }
            gateway.rpc.spoil(questions)
            return questions
          })
          const first = await pay(credential, path)
          const { error } = await first.json()
          const told = [first.status, error, first.headers.get('retry-after'), receiptOf(first)]
          for (const questions of spoilt) questions.times = 0
          const again = await untilNotPending(() => pay(credential, path))
          const used = await pay(credential, path)
          return [named(how), ...told, again.status, receiptOf(again)?.status, used.status]
        })
        expect(await Promise.all(cases)).toEqual(
          faults.map((how) => [named(how), 503, 'payment_pending', '2', null, 200, 'success', 402]),
        )
      })
      expect(gained).toBe(PRICE * BigInt(faults.length))
      await expect
        .poll(() => gateway.workers.ledgerSums(), PATIENCE)
        .toMatchObject({ ...before, sum: 0, held: 0 })
    },
  )
})

describe('a fault that passes', () => {
  it.each<[mode: 'pull' | 'push', method: string, how: Spoil]>([
    ['push', 'eth_getTransactionReceipt', 'null'],
    ['push', 'eth_getTransactionReceipt', { error: -32_603 }],
    ['push', 'eth_getTransactionReceipt', { http: 429 }],
    ['pull', 'eth_call', { error: -32_000 }],
    ['pull', 'eth_call', 'a page'],
    ['pull', 'eth_sendRawTransactionSync', { error: -32_000 }],
    ['pull', 'eth_sendRawTransactionSync', 'nothing'],
    ['pull', 'eth_sendRawTransactionSync', 'an error afterwards'],
    ['pull', 'eth_sendRawTransactionSync', 'the answer to another question'],
  ])('is not noticed by the unmodified client: by %s, %s', async (mode, method, how) => {
    const gained = await gateway.gain(async () => {
      gateway.rpc.spoil({ method, how, about: '', times: 2 })
      const response = await gateway.wallets.payer(mode).fetch(`${gateway.workers.url}/after`)
      expect([response.status, await response.text()]).toEqual([200, 'sold'])
    })
    expect(gained).toBe(PRICE)
    expect(gateway.origin.seen).toHaveLength(1)
  })
})

describe('a payment is refused at once', () => {
  it('when its call reverts', async () => {
    const credential = await credentialFor('pull', '/after')
    gateway.rpc.spoil({ method: 'eth_call', how: { error: 3 }, about: '', times: 1 })
    const refused = await pay(credential, '/after')
    expect(refused.status).toBe(402)
    expect(refused.headers.get('www-authenticate')).toContain('Payment id="')
    expect(gateway.origin.seen).toEqual([])
  })

  it.each([
    ['another payment', async () => decode(await credentialFor('push', '/after')).payload.hash],
    ['nothing, because it is none', async () => '0x1234'],
  ])('when its transaction is %s', async (_, hashOf) => {
    const own = decode(await credentialFor('pull', '/after'))
    const payload = { type: 'hash', hash: await hashOf() }
    expect((await pay(encode({ ...own, payload }), '/after')).status).toBe(402)
    expect(gateway.origin.seen).toEqual([])
  })
})

it('the operator is told which chain does not answer, without the URL of its node', async () => {
  gateway.rpc.spoil({ method: 'eth_chainId', how: { http: 429 }, about: '', times: 1 })
  const headers = { authorization: `Bearer ${HEALTH_SECRET}` }
  const answer = await gateway.call('/health', { headers })
  expect([answer.status, await answer.json()]).toMatchObject([
    503,
    {
      status: 'down',
      parts: {
        d1: { status: 'ok' },
        payments: { status: 'ok' },
        tempo: { status: 'down', error: 'the node of RPC_URL does not answer' },
      },
    },
  ])
})

it('a push that nobody has made is 503, and nothing of it is stored or counted', async () => {
  const own = decode(await credentialFor('pull', '/after'))
  const payload = { type: 'hash', hash: `0x${'ab'.repeat(32)}` }
  const before = await gateway.workers.ledgerSums()
  const credential = encode({ ...own, payload })
  const response = await pay(credential, '/after')
  expect(response.status).toBe(503)
  expect(await response.json()).toMatchObject({ error: 'payment_pending' })
  expect(gateway.origin.seen).toEqual([])
  expect(await gateway.workers.ledgerSums()).toEqual(before)
  // Another credential has the challenge, because the first one has left nothing.
  await expect.poll(async () => (await pay(encode(own), '/after')).status, PATIENCE).toBe(200)
})

describe('both Workers end when a payment is stored and not sent yet', () => {
  const path = '/after?ends'

  async function endBeforeSending(credential: string): Promise<void> {
    const stored = new Promise<void>((resolve) => {
      gateway.rpc.onSent = resolve
    })
    gateway.rpc.fault = 'silent before sending'
    const cut = pay(credential, path).catch(() => 'cut')
    await stored
    await gateway.workers.restart()
    expect(await cut).toBe('cut')
    gateway.rpc.fault = 'none'
  }

  it('and come back in its life: it is sent once, and its answer is given', async () => {
    const credential = await credentialFor('pull', path)
    const gained = await gateway.gain(async () => {
      await endBeforeSending(credential)
      const given = await untilNotPending(() => pay(credential, path))
      expect([given.status, receiptOf(given)?.status]).toEqual([200, 'success'])
    })
    expect(gained).toBe(PRICE)
  })

  it('and come back when it is over: blocks show that it never moved, and the payer buys anew', async () => {
    const credential = await credentialFor('pull', path)
    const seconds = 45
    try {
      const gained = await gateway.gain(async () => {
        await endBeforeSending(credential)
        // The clock of the chain and of the payers goes on, so this is the last test of the file.
        await gateway.rpc.passTime(seconds)
        vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1000 })
        const anew = await credentialFor('pull', path)
        const sold = await untilNotPending(() => pay(anew, path))
        expect([sold.status, await sold.text()]).toEqual([200, 'sold'])
        expect(gateway.origin.seen, 'one call for each payment').toHaveLength(2)
      })
      expect(gained).toBe(PRICE)
    } finally {
      vi.useRealTimers()
    }
    await expect
      .poll(() => gateway.workers.ledgerSums(), PATIENCE)
      .toMatchObject({ sum: 0, held: 0 })
  })
})
