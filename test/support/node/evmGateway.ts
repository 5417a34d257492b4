/**
 * The setup of tests of "evm" payments: a gateway, both chains, a proxy, a facilitator and an
 * origin.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { startRpcProxy } from './chainProxy.ts'
import { startEvmChain } from './evmChain.ts'
import { startFacilitator } from './facilitator.ts'
import { decode, startPaymentServices } from './paidGateway.ts'
import { startWorkers } from './workers.ts'

export type EvmGateway = Awaited<ReturnType<typeof startEvmGateway>>

/** Starts all of it. `variables` are more ones of the payments Worker. */
export async function startEvmGateway(variables: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'turnpike-evm-'))
  const services = await startPaymentServices()
  const chain = await startEvmChain()
  const rpc = await startRpcProxy(chain.url)
  const facilitator = await startFacilitator(chain.settle)
  const entry = 'test/support/worker/pricedGateway.ts'
  const workers = await startWorkers(services.originUrl, services.rpc.url, entry, {
    payments: { EVM_RPC_URL: rpc.url, FACILITATOR_URL: facilitator.url, ...variables },
    // The place of the state in the folder of `npm run dev`, where `npm run ledger` finds it.
    folder: join(folder, 'state/v3'),
  })
  const { origin } = services

  const call = (path: string, headers: Record<string, string> = {}) =>
    fetch(workers.url + path, { headers })

  return {
    services,
    origin,
    chain,
    rpc,
    facilitator,
    workers,
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
      services.reset()
      rpc.fault = 'none'
      rpc.asked.length = 0
      facilitator.fault = 'none'
      facilitator.asked.length = 0
      facilitator.settled.length = 0
    },

    async end(): Promise<void> {
      await workers.end()
      facilitator.end()
      rpc.end()
      await chain.end()
      await services.end()
      rmSync(folder, { recursive: true })
    },
  }
}
