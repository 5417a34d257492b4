/**
 * Every way to pay × every failure of the origin × every next step of a client × every state of the
 * chain, by mppx's unmodified clients on local chains. Each payment that moves buys one answer,
 * nothing is owed that the client cannot get, no deposit stays locked, and the ledger agrees with
 * the chains. Each two of the conditions meet in one case; with MATRIX=full all
 * of them do.
 */
import type { ServerResponse } from 'node:http'
import { keccak256 } from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allPairs, allRows, type Row } from '../support/node/allPairs.ts'
import { PAYER_KEYS, signVoucher } from '../support/node/channelWallet.ts'
import { type EvmGateway, startEvmGateway } from '../support/node/evmGateway.ts'
import { fetchOrLeave } from '../support/node/leaver.ts'
import {
  decode,
  encode,
  PATIENCE,
  PRICE,
  receiptOf,
  type Seen,
  untilNotPending,
} from '../support/node/paidGateway.ts'

const COLUMNS = {
  way: ['pull', 'push', 'proof', 'evm', 'channel', 'stream'],
  origin: ['200', '404', '500', 'silent', 'reset', 'cut', 'too large', 'uncountable'],
  client: ['stays', 'leaves', 'repeats the credential', 'pays anew'],
  chain: ['well', 'behind', 'down'],
} as const
type Case = Row<typeof COLUMNS>

const IS_FULL = process.env.MATRIX === 'full'
const CASES = IS_FULL ? allRows(COLUMNS) : allPairs(COLUMNS)
/** How long one state of the chain may take. */
const LIMIT_MS = IS_FULL ? 1_800_000 : 240_000
/** How long it may take until a channel is closed that nobody has used, for `expect.poll`. */
const IDLE = { timeout: 120_000, interval: 500 }
/** How many cases run at once. */
const AT_ONCE = 8
/**
 * How many cases take their steps together: no more than can be at their end before a channel that
 * nobody has used is closed.
 */
const TOGETHER = 24
/** How long a client waits that leaves, and how long the origin works then, in milliseconds. */
const LEAVES_AFTER_MS = 1_000
const WORKS_FOR_MS = 2_500
/**
 * Wallets for the streams of all cases, one each: a payer may open only a few channels a day that
 * follow no answer.
 */
let streamPayers: readonly string[] = []

let gateway: EvmGateway
/** The behaviour of the origin for each case, by the case's number in the target. */
const origins = new Map<string, Case['origin']>()
const slow = new Set<string>()
beforeAll(async () => {
  // A channel whose payer never had an answer of it is closed when it was idle for this time.
  gateway = await startEvmGateway({ UNUSED_AFTER_MS: '60000' })
  gateway.origin.behave = answer
  const streams = CASES.filter(({ way }) => way === 'stream').length
  if (IS_FULL) streamPayers = await gateway.services.wallets.fresh(streams)
}, 180_000)
afterAll(() => gateway.end())

function answer({ target }: Seen, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(target, 'http://origin')
  const number = searchParams.get('case') ?? ''
  const behaviour = origins.get(number) ?? '200'
  const send = () => sendAnswer(pathname, behaviour, response)
  if (slow.has(number)) setTimeout(send, WORKS_FOR_MS)
  else send()
}

function sendAnswer(path: string, behaviour: Case['origin'], response: ServerResponse): void {
  const isStream = path === '/stream'
  const type = isStream ? 'text/event-stream' : 'application/json'
  const whole = isStream ? 'data: 1\n\n' : '{"tweets":[1]}'
  const begin = (status: number, headers = {}) =>
    response.writeHead(status, { 'content-type': type, ...headers })
  switch (behaviour) {
    case '404':
    case '500':
      return void begin(Number(behaviour)).end('{}')
    case 'silent':
      return
    case 'reset':
      return void response.destroy()
    case 'cut':
      begin(200, { 'content-length': '1000' }).write(whole)
      return void setTimeout(() => response.destroy(), 50)
    case 'too large':
      return void begin(200).end(
        isStream ? `data: ${'x'.repeat(1_100_000)}\n\n` : ' '.repeat(1_100_000),
      )
    case 'uncountable':
      return void begin(200).end(isStream ? ': nothing\n\n' : 'no JSON')
    case '200':
      return void begin(200).end(whole)
  }
}

/** Runs `work` for each of some cases, a few at once. */
async function each<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const waiting = [...all]
  const run = async () => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await work(one)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, run))
}

/** Expects an answer; a failure shows what the payer is told, and what the log says. */
async function expectSold(response: Response, name: string): Promise<void> {
  if (response.status === 200) return
  const money = response.headers.get('payment-status')
  const id = response.headers.get('x-request-id') ?? 'none'
  const logged = gateway.workers.logs.filter((line) => line.includes(id)).join(' ')
  throw new Error(`${name}: ${response.status} ${money} ${await response.clone().text()} ${logged}`)
}

let cases = 0
let streams = 0

/** One client with its own target, which counts the answers that it gets. */
function clientOf({ way, origin, client, chain }: Case) {
  const number = String(++cases)
  const own = way === 'stream' ? streamPayers[streams++] : undefined
  const key = own ?? PAYER_KEYS[cases % PAYER_KEYS.length] ?? ''
  const { wallets } = gateway.services
  const route = {
    pull: 'after',
    push: 'after',
    proof: 'proof',
    evm: 'evm',
    channel: 'search',
    stream: 'stream',
  }[way]
  const path = `/${route}?case=${number}&limit=1`
  const url = gateway.workers.url + path
  let credential = ''
  /** The credential of a channel that has got an answer when it was repeated. */
  let repeated = ''
  /** All its payments by the call. */
  const payments: string[] = []
  let answers = 0
  /** Whether an answer left that the client did not wait for. */
  let lost = 0
  /** The payments of which the client knows what has become of them. */
  const known = new Set<string>()

  /** Reads the answer to a payment to its end, and counts it. */
  async function counted(response: Response, payment = credential): Promise<Response> {
    if (!response.headers.get('payment-status')?.startsWith('pending')) known.add(payment)
    const text = await response
      .clone()
      .text()
      .catch(() => null)
    const isAnswer = response.status === 200 && text !== null
    if (isAnswer && way === 'stream') answers += text.match(/^data: [1x]/gm)?.length ?? 0
    else if (isAnswer) answers += 1
    if (response.status === 200 && text === null) lost += 1
    return response
  }
  const fetchAs = (to: string, headers: Record<string, string>) =>
    client === 'leaves' && slow.has(number)
      ? fetchOrLeave(to, headers, LEAVES_AFTER_MS)
      : fetch(to, { headers })
  const call = (authorization: string) => fetchAs(url, { authorization })

  const answerTo = async (payment: string) =>
    counted(await untilNotPending(() => call(payment)), payment)

  const isChannel = way === 'channel' || way === 'stream'
  const channel = wallets.channels({
    privateKey: key,
    async fetch(input, init) {
      const headers = new Headers(init?.headers)
      const authorization = headers.get('authorization')
      if (authorization !== null) credential = authorization
      const isCall = authorization !== null && (init?.method ?? 'GET') === 'GET'
      return isCall ? fetchAs(String(input), Object.fromEntries(headers)) : fetch(input, init)
    },
  })
  const payer = () =>
    way === 'evm' ? gateway.chain.payer() : wallets.payer(way === 'push' ? 'push' : 'pull', key)
  const pays = async (by = payer()) => {
    const payment = await by.createCredential(await fetch(url))
    payments.push(payment)
    return payment
  }

  return {
    name: `${way}, origin ${origin}, client ${client}`,
    way,
    isChannel,
    get answers() {
      return answers
    },
    get lost() {
      return lost
    },

    /** Makes the first payment, as long as the chain is well. */
    async prepare(): Promise<void> {
      origins.set(number, origin)
      if (client === 'leaves') slow.add(number)
      if (!isChannel) credential = await pays()
    },

    /** Makes the first call. */
    async first(): Promise<void> {
      const called = isChannel ? channel.manager.fetch(url) : call(credential)
      await called.then(
        (response) => counted(response),
        () => undefined,
      )
      if (client === 'leaves') await new Promise((resolve) => setTimeout(resolve, WORKS_FOR_MS))
      slow.delete(number)
    },

    /** Does what the client does next. */
    async next(): Promise<void> {
      if (client === 'repeats the credential' && credential !== '') {
        const answer = await answerTo(credential).catch(() => null)
        if (answer?.ok && isChannel) repeated = credential
      }
      if (client !== 'pays anew') return
      if (!isChannel) return void (await answerTo(await pays()).catch(() => undefined))
      await channel.manager.fetch(url).then(
        (response) => counted(response),
        () => undefined,
      )
    },

    /**
     * The origin works again, and the client calls until nothing is owed: until a payment of its
     * own has paid for the answer.
     */
    async end(): Promise<void> {
      origins.set(number, '200')
      if (isChannel) {
        const response = await untilNotPending(async () => channel.manager.fetch(url))
        await expectSold(response, this.name)
        await counted(response)
        return
      }
      // A push that no node has shown yet is in no book: only its own credential finds it.
      if (way === 'push' && chain !== 'well')
        for (const payment of payments) if (!known.has(payment)) await answerTo(payment)
      for (let tries = 0; tries < 5; tries++) {
        const buyer = way === 'evm' ? gateway.chain.payer() : wallets.payer('pull', key)
        const own = await pays(buyer)
        const response = await answerTo(own)
        await expectSold(response, this.name)
        if (way === 'proof' || (await isPaidBy(response, own))) return
      }
      throw new Error(`${this.name}: there is always something owed`)
    },

    /** How many prices it has paid: for a channel, what its close has taken. */
    async paid(): Promise<number> {
      if (isChannel) {
        const closed = Number((await channel.manager.close())?.spent ?? 0)
        return (closed + (await closeRepeated())) / Number(PRICE)
      }
      const moved = await Promise.all(payments.map(hasMoved))
      return moved.filter(Boolean).length
    },
  }

  /** Closes the channel that a repeated credential has opened, which the library has forgotten. */
  async function closeRepeated(): Promise<number> {
    const { payload } = repeated === '' ? { payload: {} } : decode(repeated)
    if (payload.action !== 'open' || payload.channelId === channel.channelId()) return 0
    const { channelId, cumulativeAmount, descriptor } = payload
    const signature = signVoucher(channelId, BigInt(cumulativeAmount), key)
    const header = (await fetch(url)).headers.get('www-authenticate') ?? ''
    const parameters = header.matchAll(/([a-z]+)="((?:[^"\\]|\\.)*)"/g)
    const challenge = Object.fromEntries([...parameters].map(([, name, value]) => [name, value]))
    const close = { action: 'close', channelId, cumulativeAmount, descriptor, signature }
    const headers = { authorization: encode({ challenge, payload: close }) }
    const closed = await untilNotPending(() => fetch(url, { method: 'POST', headers }))
    return Number(receiptOf(closed)?.spent ?? 0)
  }

  async function hasMoved(payment: string): Promise<boolean> {
    if (way === 'proof') return false
    if (way === 'evm') return gateway.isUsed(payment)
    const { hash, signature } = decode(payment).payload
    return gateway.services.wallets.isMined(hash ?? keccak256(signature))
  }

  async function isPaidBy(response: Response, own: string): Promise<boolean> {
    if (way === 'evm') return gateway.isUsed(own)
    return receiptOf(response)?.reference === keccak256(decode(own).payload.signature)
  }
}

describe.each(COLUMNS.chain)('while the chain is %s', (chain) => {
  const chosen = CASES.filter((one) => one.chain === chain)

  it(
    `each payment buys one answer, and nothing stays owed or locked (${chosen.length} cases)`,
    async () => {
      const { services } = gateway
      const { wallets } = services
      const before = {
        tempo: await wallets.merchant(),
        evm: await gateway.chain.merchant(),
        escrow: await wallets.escrow(),
      }
      const clients = chosen.map(clientOf)
      const wrong: string[] = []
      let spent = 0n
      for (let first = 0; first < clients.length; first += TOGETHER) {
        const some = clients.slice(first, first + TOGETHER)
        await each(some, (one) => one.prepare())
        const fault = { well: 'none', behind: 'no receipts', down: 'down' } as const
        for (const rpc of [services.rpc, gateway.rpc]) rpc.fault = fault[chain]
        await each(some, (one) => one.first())
        for (const rpc of [services.rpc, gateway.rpc]) rpc.fault = 'none'
        await each(some, (one) => one.next())
        await each(some, (one) => one.end().catch((error) => void wrong.push(String(error))))
        await each(some, async (one) => {
          const paid = await one.paid()
          if (one.isChannel) spent += BigInt(paid) * PRICE
          const least = one.way === 'proof' ? 0 : one.answers
          const most = one.isChannel ? one.answers + one.lost : least
          if (paid < least || paid > most)
            wrong.push(`${one.name}: ${paid} prices paid for ${one.answers} answers`)
        })
      }
      expect(wrong).toEqual([])
      const answersBy = (...ways: string[]) =>
        clients
          .filter(({ way }) => ways.includes(way))
          .reduce((sum, { answers }) => sum + BigInt(answers), 0n)
      const gained = {
        tempo: (await wallets.merchant()) - before.tempo,
        evm: (await gateway.chain.merchant()) - before.evm,
      }
      expect(gained).toEqual({
        tempo: answersBy('pull', 'push') * PRICE + spent,
        evm: answersBy('evm') * PRICE,
      })
      await expect.poll(() => wallets.escrow(), IDLE).toBe(before.escrow)
      await expect
        .poll(() => gateway.workers.ledgerSums(), PATIENCE)
        .toMatchObject({ sum: 0, held: 0 })
    },
    LIMIT_MS,
  )
})
