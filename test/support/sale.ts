/** A gateway that sells, before an origin that does as it is told, on a real chain. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startChain, startLine, walletsOn } from './chain.ts'
import { startStack } from './stack.ts'

export interface Seen {
  method: string
  target: string
  headers: IncomingMessage['headers']
  body: string
}

type Behaviour = (seen: Seen, response: ServerResponse) => void

/** Answers every request with what it is paid for. */
export const works: Behaviour = (_, response) => void response.end('sold')

export type Sale = Awaited<ReturnType<typeof startSale>>

/** Starts all of it: the gateway of `test/support/saleGateway.ts`, or that of another entry. */
export async function startSale(entry = 'test/support/saleGateway.ts') {
  const origin = { behave: works, seen: [] as Seen[] }
  const service = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { method = '', url: target = '', headers } = request
    const seen = { method, target, headers, body }
    origin.seen.push(seen)
    origin.behave(seen, response)
  })
  const chain = await startChain()
  const line = await startLine(chain.url)
  const wallets = walletsOn(chain.url)
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
  const originUrl = `http://127.0.0.1:${(service.address() as AddressInfo).port}`
  const stack = await startStack(originUrl, line.url, entry)

  const call = (path: string, init: RequestInit = {}) => fetch(stack.url + path, init)

  return {
    ...{ origin, line, wallets, stack, call },

    /** As before the first call: what was seen is forgotten, and all works. */
    reset(): void {
      Object.assign(origin, { behave: works, seen: [] })
      Object.assign(line, { fault: 'none' })
      line.asked.length = 0
    },

    /** What the merchant gains while something is done. */
    async gain(work: () => Promise<void>): Promise<bigint> {
      const before = await wallets.merchant()
      await work()
      return (await wallets.merchant()) - before
    },

    /** An `Authorization` that answers a fresh challenge for the request. */
    async credentialFor(path: string, init: RequestInit = {}): Promise<string> {
      return wallets.payer('pull').createCredential(await call(path, init))
    },

    async end(): Promise<void> {
      await stack.end()
      line.end()
      service.closeAllConnections()
      service.close()
      await chain.end()
    },
  }
}

/** `Payment …` → the credential, and back. */
export const decode = (authorization: string) =>
  JSON.parse(Buffer.from(authorization.slice('Payment '.length), 'base64url').toString())
export const encode = (credential: unknown) =>
  `Payment ${Buffer.from(JSON.stringify(credential)).toString('base64url')}`
