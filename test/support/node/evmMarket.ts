/**
 * The setup of tests of "evm" payments: a gateway, both chains, a proxy, a facilitator and an
 * origin.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { startLine } from './chain.ts'
import { startEvmChain } from './evmChain.ts'
import { startFacilitator } from './facilitator.ts'
import { decode, startMarket } from './market.ts'
import { startStack } from './stack.ts'

export type EvmMarket = Awaited<ReturnType<typeof startEvmMarket>>

/** Starts all of it. */
export async function startEvmMarket() {
  const folder = mkdtempSync(join(tmpdir(), 'turnpike-evm-'))
  const market = await startMarket()
  const chain = await startEvmChain()
  const line = await startLine(chain.url)
  const facilitator = await startFacilitator(chain.settle)
  const entry = 'test/support/worker/pricedGateway.ts'
  const stack = await startStack(market.originUrl, market.line.url, entry, {
    payments: { EVM_RPC_URL: line.url, FACILITATOR_URL: facilitator.url },
    // The place of the state in the folder of `npm run dev`, where `npm run ledger` finds it.
    folder: join(folder, 'state/v3'),
  })
  const { origin } = market

  const call = (path: string, headers: Record<string, string> = {}) =>
    fetch(stack.url + path, { headers })

  return {
    market,
    origin,
    chain,
    line,
    facilitator,
    stack,
    folder,
    call,

    pay: (authorization: string, path = '/evm') => call(path, { authorization }),

    /** An `Authorization` value that answers a fresh challenge for the path. */
    async credentialFor(path = '/evm'): Promise<string> {
      const challenge = await call(path)
      expect(challenge.status).toBe(402)
      return chain.payer().createCredential(challenge)
    },

    /** The gain of the recipient on the second chain during `work`, in the smallest unit. */
    async gain(work: () => Promise<void>): Promise<bigint> {
      const before = await chain.merchant()
      await work()
      return (await chain.merchant()) - before
    },

    isUsed(credential: string): Promise<boolean> {
      const { from, nonce } = decode(credential).payload
      return chain.isUsed(from, nonce)
    },

    /** Resets everything to its state at the start, before each test. */
    reset(): void {
      market.reset()
      line.fault = 'none'
      line.asked.length = 0
      facilitator.fault = 'none'
      facilitator.asked.length = 0
      facilitator.settled.length = 0
    },

    async end(): Promise<void> {
      await stack.end()
      facilitator.end()
      line.end()
      await chain.end()
      await market.end()
      rmSync(folder, { recursive: true })
    },
  }
}
