/** A payer who leaves before the answer: on the Workers' own sockets, where leaving can be seen. */
import { get } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type Market, PRICE, startMarket, untilNotPending, works } from '../support/market.ts'
import { startStack } from '../support/stack.ts'

const TWEET = '/api/v1/x/tweets/1'

let market: Market
let stack: Awaited<ReturnType<typeof startStack>>

beforeAll(async () => {
  market = await startMarket()
  stack = await startStack(market.originUrl, market.line.url)
})

afterAll(async () => {
  await stack.end()
  await market.end()
})

beforeEach(() => market.reset())

const call = (init: RequestInit = {}) => fetch(stack.url + TWEET, init)

async function payment() {
  const authorization = await market.wallets.payer('pull').createCredential(await call())
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

it('while the origin works: the origin is let go of, nothing is charged, the same credential works', async () => {
  const { authorization, pay } = await payment()
  const before = await market.wallets.merchant()
  let closed: Promise<unknown> = Promise.resolve()
  const asked = new Promise<void>((resolve) => {
    market.origin.behave = (_, response) => {
      closed = new Promise((done) => response.once('close', done))
      resolve()
    }
  })
  await leaveAfter(authorization, asked)
  await closed
  expect(await market.wallets.merchant()).toBe(before)
  market.origin.behave = works
  expect((await untilNotPending(pay)).status).toBe(200)
  expect(await market.wallets.merchant()).toBe(before + PRICE)
})

it('while the payment is sent: the answer is owed, and given once, without paying again', async () => {
  const { authorization, pay } = await payment()
  const before = await market.wallets.merchant()
  const sent = new Promise<void>((resolve) => {
    market.line.onSent = resolve
  })
  market.line.fault = 'silent after sending'
  await leaveAfter(authorization, sent)
  market.line.fault = 'none'
  expect((await untilNotPending(pay)).status).toBe(200)
  expect((await pay()).status).toBe(402)
  expect(await market.wallets.merchant()).toBe(before + PRICE)
  const query = 'select kind, count(*) / 2 as n from ledger_entries group by kind'
  const { results } = await stack.database.prepare(query).all<{ kind: string; n: number }>()
  const events = Object.fromEntries(results.map(({ kind, n }) => [kind, n]))
  expect(events).toMatchObject({ claim: 3, release: 1, settlement: 2, undelivered: 1, retry: 1 })
})
