/**
 * The setup of tests of payments: a chain, a proxy before it, wallets, an origin, and a gateway
 * with prices.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startChain, walletsOn } from './chain.ts'
import { startRpcProxy } from './chainProxy.ts'
import { startWorkers, type WorkerSettings } from './workers.ts'

/** The price of nearly every route, in the smallest unit. */
export const PRICE = 150n
/** How long a consequence of an answer may take, for `expect.poll`. */
export const PATIENCE = { timeout: 20_000 }

export interface Seen {
  method: string
  target: string
  headers: IncomingMessage['headers']
  body: string
}

export type Behaviour = (seen: Seen, response: ServerResponse) => void

/** Answers every request with success. */
export const works: Behaviour = (_, response) => void response.end('sold')

export type PaymentServices = Awaited<ReturnType<typeof startPaymentServices>>

/** Starts everything except the gateway. */
export async function startPaymentServices() {
  const origin = { behave: works, seen: [] as Seen[], bodies: [] as string[] }
  const service = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { method = '', url: target = '', headers } = request
    const seen = { method, target, headers, body }
    origin.seen.push(seen)
    origin.bodies.push(body)
    origin.behave(seen, response)
  })
  // No connection ends between two requests, or the second one could meet its end.
  service.keepAliveTimeout = 0
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
  const chain = await startChain()
  const rpc = await startRpcProxy(chain.url)
  const wallets = walletsOn(chain.url)

  return {
    origin,
    chain,
    rpc,
    wallets,
    originUrl: `http://127.0.0.1:${(service.address() as AddressInfo).port}`,

    /** Resets everything to its state at the start, before each test. */
    reset(): void {
      origin.behave = works
      origin.seen.length = 0
      origin.bodies.length = 0
      rpc.fault = 'none'
      rpc.asked.length = 0
    },

    /** The gain of the recipient during `work`, in the smallest unit. */
    async gain(work: () => Promise<void>): Promise<bigint> {
      const before = await wallets.merchant()
      await work()
      return (await wallets.merchant()) - before
    },

    async end(): Promise<void> {
      rpc.end()
      service.closeAllConnections()
      service.close()
      await chain.end()
    },
  }
}

export type PaidGateway = Awaited<ReturnType<typeof startPaidGateway>>

/**
 * Starts everything: the gateway of `test/support/worker/pricedGateway.ts`, or of another entry.
 */
export async function startPaidGateway(
  entry = 'test/support/worker/pricedGateway.ts',
  settings: WorkerSettings = {},
) {
  const services = await startPaymentServices()
  const workers = await startWorkers(services.originUrl, services.rpc.url, entry, settings)
  const call = (path: string, init: RequestInit = {}) => fetch(workers.url + path, init)

  return {
    ...services,
    workers,
    call,

    /** An `Authorization` that answers a fresh challenge for the request. */
    async credentialFor(path: string, init: RequestInit = {}): Promise<string> {
      const challenge = await call(path, init)
      if (challenge.status !== 402) throw new Error(`no challenge, but ${challenge.status}`)
      return services.wallets.payer('pull').createCredential(challenge)
    },

    async end(): Promise<void> {
      await workers.end()
      await services.end()
    },
  }
}

/**
 * Asks again after each `Retry-After`, until the status is not 503. The time limit of the test ends
 * it.
 */
export async function untilNotPending(ask: () => Promise<Response>): Promise<Response> {
  for (;;) {
    const response = await ask()
    if (response.status !== 503) return response
    const seconds = Number(response.headers.get('retry-after'))
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  }
}

/** The decoded `Payment-Receipt`, or null. */
export function receiptOf(response: Response) {
  const receipt = response.headers.get('payment-receipt')
  return receipt === null ? null : JSON.parse(Buffer.from(receipt, 'base64url').toString())
}

/** Decodes the `Authorization` value of a payment. */
export const decode = (credential: string) =>
  JSON.parse(Buffer.from(credential.slice('Payment '.length), 'base64url').toString())

/** The `Authorization` value of a payment. */
export const encode = (credential: unknown) =>
  `Payment ${Buffer.from(JSON.stringify(credential)).toString('base64url')}`
