/** Paid on another chain than Tempo: EIP-3009 authorizations of the unmodified client, settled by a facilitator. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startLine } from '../support/chain.ts'
import { account, argumentsOf, startEvmChain } from '../support/evmChain.ts'
import { EVM } from '../support/evmMoney.ts'
import { startFacilitator } from '../support/facilitator.ts'
import {
  decode,
  encode,
  type Market,
  PATIENCE,
  PRICE,
  receiptOf,
  startMarket,
  untilNotPending,
} from '../support/market.ts'
import { startStack } from '../support/stack.ts'

const folder = mkdtempSync(join(tmpdir(), 'turnpike-evm-'))
let market: Market
let chain: Awaited<ReturnType<typeof startEvmChain>>
let line: Awaited<ReturnType<typeof startLine>>
let facilitator: Awaited<ReturnType<typeof startFacilitator>>
let stack: Awaited<ReturnType<typeof startStack>>

beforeAll(async () => {
  market = await startMarket()
  chain = await startEvmChain()
  line = await startLine(chain.url)
  facilitator = await startFacilitator(chain.settle)
  stack = await startStack(market.originUrl, market.line.url, 'test/support/saleGateway.ts', {
    payments: { EVM_RPC_URL: line.url, FACILITATOR_URL: facilitator.url },
    folder,
  })
})

afterAll(async () => {
  await stack.end()
  facilitator.end()
  line.end()
  await chain.end()
  await market.end()
  rmSync(folder, { recursive: true })
})

beforeEach(() => {
  market.reset()
  line.fault = 'none'
  line.asked.length = 0
  facilitator.fault = 'none'
  facilitator.asked.length = 0
  facilitator.settled.length = 0
})

const call = (path: string, headers: Record<string, string> = {}) =>
  fetch(stack.url + path, { headers })
const pay = (authorization: string, path = '/evm') => call(path, { authorization })

async function credentialFor(path = '/evm', payer = chain.payer()): Promise<string> {
  const challenge = await call(path)
  expect(challenge.status).toBe(402)
  return payer.createCredential(challenge)
}

/** What the merchant gains on this chain while something is done. */
async function gain(work: () => Promise<void>): Promise<bigint> {
  const before = await chain.merchant()
  await work()
  return (await chain.merchant()) - before
}

describe('a call that is paid for', () => {
  it('answers, with a receipt, for just the price', async () => {
    const gained = await gain(async () => {
      const response = await chain.payer().fetch(`${stack.url}/evm`)
      expect(response.status).toBe(200)
      expect(await response.json()).toEqual({ id: '1' })
      expect(receiptOf(response)).toEqual({
        method: 'evm',
        status: 'success',
        timestamp: expect.any(String),
        reference: expect.stringMatching(/^0x[0-9a-f]{64}$/),
      })
    })
    expect(gained).toBe(PRICE)
    expect(market.origin.seen).toHaveLength(1)
    const [seen] = market.origin.seen
    expect(seen?.headers.authorization).toBeUndefined()
    const assertion = String(seen?.headers['turnpike-assertion']).split('.')[1] ?? ''
    expect(JSON.parse(Buffer.from(assertion, 'base64url').toString())).toMatchObject({
      kind: 'payment',
      sub: account(1).address.toLowerCase(),
      payment: { amount: '150', currency: EVM.currency, moved: false },
    })
  })
})
