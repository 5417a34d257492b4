/** A payer who leaves before the answer: on the Workers' own sockets, where leaving can be seen. */
import { createServer, get, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { startChain, startLine, walletsOn } from '../support/chain.ts'
import { startStack } from '../support/stack.ts'

const PRICE = 150n
const TWEET = '/api/v1/x/tweets/1'

let chain: Awaited<ReturnType<typeof startChain>>
let line: Awaited<ReturnType<typeof startLine>>
let stack: Awaited<ReturnType<typeof startStack>>
let wallets: ReturnType<typeof walletsOn>
const works = (response: ServerResponse) => void response.writeHead(200).end('{"id":"1"}')
const origin = { behave: works }
const service = createServer((_, response) => origin.behave(response))

beforeAll(async () => {
  chain = await startChain()
  line = await startLine(chain.url)
  wallets = walletsOn(chain.url)
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
  stack = await startStack(`http://127.0.0.1:${(service.address() as AddressInfo).port}`, line.url)
})

afterAll(async () => {
  await stack.end()
  line.end()
  service.closeAllConnections()
  service.close()
  await chain.end()
})

beforeEach(() => {
  origin.behave = works
  line.fault = 'none'
})

const call = (init: RequestInit = {}) => fetch(stack.url + TWEET, init)

async function payment() {
  const authorization = await wallets.payer('pull').createCredential(await call())
  return { authorization, pay: () => call({ headers: { authorization } }) }
}

/** Pays, and breaks the connection once something has happened: a quiet goodbye is only noticed at the answer. */
async function leaveAfter(authorization: string, happened: Promise<unknown>): Promise<void> {
  const request = get(stack.url + TWEET, { headers: { authorization } })
  const left = new Promise((resolve) => request.once('error', resolve))
  await happened
  request.socket?.resetAndDestroy()
  await left
}

async function untilNotPending(ask: () => Promise<Response>): Promise<Response> {
  for (;;) {
    const response = await ask()
    if (response.status !== 503) return response
    const seconds = Number(response.headers.get('retry-after'))
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  }
}

it('while the origin works: the origin is let go of, nothing is charged, the same credential works', async () => {
  const { authorization, pay } = await payment()
  const before = await wallets.merchant()
  let closed: Promise<unknown> = Promise.resolve()
  const asked = new Promise<void>((resolve) => {
    origin.behave = (response) => {
      closed = new Promise((done) => response.once('close', done))
      resolve()
    }
  })
  await leaveAfter(authorization, asked)
  await closed
  expect(await wallets.merchant()).toBe(before)
  origin.behave = works
  expect((await untilNotPending(pay)).status).toBe(200)
  expect(await wallets.merchant()).toBe(before + PRICE)
})

it('while the payment is sent: the answer is owed, and given once, without paying again', async () => {
  const { authorization, pay } = await payment()
  const before = await wallets.merchant()
  const sent = new Promise<void>((resolve) => {
    line.onSent = resolve
  })
  line.fault = 'silent after sending'
  await leaveAfter(authorization, sent)
  line.fault = 'none'
  expect((await untilNotPending(pay)).status).toBe(200)
  expect((await pay()).status).toBe(402)
  expect(await wallets.merchant()).toBe(before + PRICE)
  const query = 'select kind, count(*) / 2 as n from ledger_entries group by kind'
  const { results } = await stack.database.prepare(query).all<{ kind: string; n: number }>()
  const events = Object.fromEntries(results.map(({ kind, n }) => [kind, n]))
  expect(events).toMatchObject({ claim: 3, release: 1, settlement: 2, undelivered: 1, retry: 1 })
})
