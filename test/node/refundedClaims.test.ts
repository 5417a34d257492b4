/** A debt that was refunded: its answer is not given as well, and the payer buys anew. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { insertRefund } from '../../src/store/ledger/refundStatements.ts'
import {
  type Behaviour,
  type PaidGateway,
  PRICE,
  startPaidGateway,
  works,
} from '../support/node/paidGateway.ts'

let gateway: PaidGateway
beforeAll(async () => {
  gateway = await startPaidGateway()
})
afterAll(() => gateway.end())
beforeEach(() => gateway.reset())

const fails: Behaviour = (_, response) => void response.writeHead(500).end()
const OWED = /^charged=\?0, owed="150"/

/** Pays by push for an answer that the origin refuses. Returns path, credential and challenge. */
async function owe(path: string) {
  const { workers, wallets, origin, call } = gateway
  const authorization = await wallets.payer('push').createCredential(await call(path))
  origin.behave = fails
  const refused = await call(path, { headers: { authorization } })
  expect(refused.headers.get('payment-status')).toMatch(OWED)
  origin.behave = works
  const challengeId = await workers.database
    .prepare("select challenge_id from ledger_entries where kind = 'undelivered' order by id desc")
    .first<string>('challenge_id')
  if (challengeId === null) throw new Error('the ledger has no debt')
  return { authorization, challengeId }
}

async function refund(challengeId: string): Promise<void> {
  const at = Date.now()
  const { sql, params } = insertRefund({ challengeId, transaction: `0x${at}`, amount: PRICE, at })
  const booked = await gateway.workers.database
    .prepare(sql)
    .bind(...params)
    .all()
  expect(booked.results).toHaveLength(4)
}

it('the credential of a refunded debt is refused, and the origin is not asked', async () => {
  const path = '/after?refunded=1'
  const { authorization, challengeId } = await owe(path)
  await refund(challengeId)
  const before = gateway.origin.seen.length
  for (const _ of [1, 2]) {
    const again = await gateway.call(path, { headers: { authorization } })
    expect(again.status).toBe(402)
    expect(await again.json()).toMatchObject({ detail: 'The payment was refunded.' })
  }
  expect(gateway.origin.seen.length).toBe(before)
})

it('the next payment of its payer buys, and finds no debt', async () => {
  const path = '/after?refunded=2'
  const { challengeId } = await owe(path)
  await refund(challengeId)
  const gained = await gateway.gain(async () => {
    const bought = await gateway.wallets.payer('pull').fetch(gateway.workers.url + path)
    expect(bought.status).toBe(200)
    const status = bought.headers.get('payment-status')
    expect(status).toMatch(/^charged=\?1, amount="150", reference=/)
    expect(status).not.toContain('owed')
  })
  expect(gained).toBe(PRICE)
})

it('a debt that was not refunded still gives its answer', async () => {
  const path = '/after?refunded=3'
  const { authorization } = await owe(path)
  expect((await gateway.call(path, { headers: { authorization } })).status).toBe(200)
})
