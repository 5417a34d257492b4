/**
 * A payer that disconnects before the answer, on the Workers' own sockets, which notice a reset and
 * not an orderly end.
 */
import { get } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import {
  type PaidGateway,
  PRICE,
  startPaidGateway,
  untilNotPending,
  works,
} from '../support/node/paidGateway.ts'

const TWEET = '/api/v1/x/tweets/1'

let gateway: PaidGateway

beforeAll(async () => {
  gateway = await startPaidGateway('dev/gateway.ts')
})

afterAll(() => gateway.end())

beforeEach(() => gateway.reset())

const call = (init: RequestInit = {}) => gateway.call(TWEET, init)

async function payment() {
  const authorization = await gateway.credentialFor(TWEET)
  return { authorization, pay: () => call({ headers: { authorization } }) }
}

/**
 * Pays, and resets the connection after `happened`. A reset, because the gateway notices an orderly
 * end only when it answers.
 */
async function leaveAfter(authorization: string, happened: Promise<unknown>): Promise<void> {
  const request = get(gateway.workers.url + TWEET, { headers: { authorization } })
  const left = new Promise((resolve) => request.once('error', resolve))
  await happened
  request.socket?.resetAndDestroy()
  await left
}

it('a disconnect while the origin works ends its call and charges nothing; the same credential works', async () => {
  const { authorization, pay } = await payment()
  const before = await gateway.wallets.merchant()
  let closed: Promise<unknown> = Promise.resolve()
  const asked = new Promise<void>((resolve) => {
    gateway.origin.behave = (_, response) => {
      closed = new Promise((done) => response.once('close', done))
      resolve()
    }
  })
  await leaveAfter(authorization, asked)
  await closed
  expect(await gateway.wallets.merchant()).toBe(before)
  gateway.origin.behave = works
  expect((await untilNotPending(pay)).status).toBe(200)
  expect(await gateway.wallets.merchant()).toBe(before + PRICE)
})

it('after a disconnect while the payment is sent, the answer is owed, and given once without paying', async () => {
  const { authorization, pay } = await payment()
  const before = await gateway.wallets.merchant()
  const sent = new Promise<void>((resolve) => {
    gateway.rpc.onSent = resolve
  })
  gateway.rpc.fault = 'silent after sending'
  await leaveAfter(authorization, sent)
  gateway.rpc.fault = 'none'
  expect((await untilNotPending(pay)).status).toBe(200)
  expect((await pay()).status).toBe(402)
  expect(await gateway.wallets.merchant()).toBe(before + PRICE)
  const query = 'select kind, count(*) / 2 as n from ledger_entries group by kind'
  const { results } = await gateway.workers.database
    .prepare(query)
    .all<{ kind: string; n: number }>()
  const events = Object.fromEntries(results.map(({ kind, n }) => [kind, n]))
  expect(events).toMatchObject({ claim: 3, release: 1, settlement: 2, undelivered: 1, retry: 1 })
})

it('a client that ends its connection in order has paid, and gets the answer by its Idempotency-Key', async () => {
  const key = { 'idempotency-key': 'ended-in-order' }
  const gained = await gateway.gain(async () => {
    const headers = { authorization: await gateway.credentialFor(TWEET), ...key }
    let answer: () => void = () => undefined
    const asked = new Promise<void>((resolve) => {
      gateway.origin.behave = (_, response) => {
        answer = () => void response.end('sold')
        resolve()
      }
    })
    const controller = new AbortController()
    const left = fetch(gateway.workers.url + TWEET, { headers, signal: controller.signal })
    await asked
    controller.abort()
    await expect(left).rejects.toThrow()
    answer()
    const authorization = await gateway.credentialFor(TWEET)
    const again = await untilNotPending(() => call({ headers: { authorization, ...key } }))
    expect([again.status, await again.text()]).toEqual([200, 'sold'])
  })
  expect(gained).toBe(PRICE)
  expect(gateway.origin.seen).toHaveLength(1)
})
