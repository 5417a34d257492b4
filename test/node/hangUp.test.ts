/**
 * A payer that disconnects before the answer, on the Workers' own sockets, which notice a
 * disconnect.
 */
import { get } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { PRICE, type Sale, startSale, untilNotPending, works } from '../support/node/market.ts'

const TWEET = '/api/v1/x/tweets/1'

let sale: Sale

beforeAll(async () => {
  sale = await startSale('dev/gateway.ts')
})

afterAll(() => sale.end())

beforeEach(() => sale.reset())

const call = (init: RequestInit = {}) => sale.call(TWEET, init)

async function payment() {
  const authorization = await sale.credentialFor(TWEET)
  return { authorization, pay: () => call({ headers: { authorization } }) }
}

/**
 * Pays, and resets the connection after `happened`. A reset, because the gateway notices an orderly
 * end only when it answers.
 */
async function leaveAfter(authorization: string, happened: Promise<unknown>): Promise<void> {
  const request = get(sale.stack.url + TWEET, { headers: { authorization } })
  const left = new Promise((resolve) => request.once('error', resolve))
  await happened
  request.socket?.resetAndDestroy()
  await left
}

it('a disconnect while the origin works ends its call and charges nothing; the same credential works', async () => {
  const { authorization, pay } = await payment()
  const before = await sale.wallets.merchant()
  let closed: Promise<unknown> = Promise.resolve()
  const asked = new Promise<void>((resolve) => {
    sale.origin.behave = (_, response) => {
      closed = new Promise((done) => response.once('close', done))
      resolve()
    }
  })
  await leaveAfter(authorization, asked)
  await closed
  expect(await sale.wallets.merchant()).toBe(before)
  sale.origin.behave = works
  expect((await untilNotPending(pay)).status).toBe(200)
  expect(await sale.wallets.merchant()).toBe(before + PRICE)
})

it('after a disconnect while the payment is sent, the answer is owed, and given once without paying', async () => {
  const { authorization, pay } = await payment()
  const before = await sale.wallets.merchant()
  const sent = new Promise<void>((resolve) => {
    sale.line.onSent = resolve
  })
  sale.line.fault = 'silent after sending'
  await leaveAfter(authorization, sent)
  sale.line.fault = 'none'
  expect((await untilNotPending(pay)).status).toBe(200)
  expect((await pay()).status).toBe(402)
  expect(await sale.wallets.merchant()).toBe(before + PRICE)
  const query = 'select kind, count(*) / 2 as n from ledger_entries group by kind'
  const { results } = await sale.stack.database.prepare(query).all<{ kind: string; n: number }>()
  const events = Object.fromEntries(results.map(({ kind, n }) => [kind, n]))
  expect(events).toMatchObject({ claim: 3, release: 1, settlement: 2, undelivered: 1, retry: 1 })
})
