/** A JSON-RPC proxy before a local chain, which the stand-in for the channel precompile needs. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Hex } from 'viem'
import { keepState } from '../chainState.ts'
import { ESCROW_ADDRESS, installEscrow, OPENING_HASH_SLOT } from './install.ts'
import { openingHash } from './opening.ts'

/** The fields of a JSON-RPC request that are read here: unknown, because JSON may be anything. */
type RpcRequest = { method?: unknown; params?: unknown } | null

/**
 * Installs the stand-in and starts the proxy. Requests and answers pass unchanged. Before a
 * transaction that opens a channel, the proxy writes the hash of the opening to the slot that the
 * stand-in reads, for one opening at a time. While the chain does not answer, connections break.
 * Afterwards the stand-in is installed again, because it may be another chain. With a `stateFile`,
 * a change is in that file before its caller hears of it.
 */
export async function startEscrowProxy(
  chainUrl: string,
  { port = 0, stateFile }: { port?: number; stateFile?: string | undefined } = {},
) {
  const keeper = stateFile === undefined ? null : keepState(chainUrl, stateFile)
  let installed: Promise<void> | null = installEscrow(chainUrl)
  await installed
  /** Resolves at the end of the last opening. */
  let openings: Promise<void> = Promise.resolve()

  async function forward(body: BodyInit): Promise<Response> {
    try {
      const headers = { 'content-type': 'application/json' }
      return await fetch(chainUrl, { method: 'POST', headers, body })
    } catch (error) {
      installed = null
      throw error
    }
  }

  async function ask(method: string, params: unknown[]): Promise<unknown> {
    const rpcRequest = { jsonrpc: '2.0', id: 1, method, params }
    const response = await forward(JSON.stringify(rpcRequest))
    const { result, error } = (await response.json()) as { result?: unknown; error?: unknown }
    if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error)}`)
    return result
  }

  /** Forwards a request that opens a channel as soon as the opening before it has been mined. */
  function open(rpcRequest: RpcRequest, hash: Hex): Promise<Response> {
    const answered = openings.then(async () => {
      await ask('anvil_setStorageAt', [ESCROW_ADDRESS, OPENING_HASH_SLOT, hash])
      return forward(JSON.stringify(rpcRequest))
    })
    openings = answered.then((response) => mined(response.clone())).catch(() => undefined)
    return answered
  }

  /** Resolves when the sent transaction is in a block, or the chain no longer knows it. */
  async function mined(sent: Response): Promise<void> {
    const { result } = (await sent.json()) as { result?: unknown }
    // eth_sendRawTransactionSync answers with the receipt itself.
    if (typeof result !== 'string') return
    while ((await ask('eth_getTransactionReceipt', [result])) === null) {
      if ((await ask('eth_getTransactionByHash', [result])) === null) return
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  /** Forwards one request. */
  async function pass(rpcRequest: RpcRequest): Promise<Response> {
    const hash = await hashOf(rpcRequest)
    return hash === null ? forward(JSON.stringify(rpcRequest)) : open(rpcRequest, hash)
  }

  async function answer(body: Buffer): Promise<Response> {
    installed ??= installEscrow(chainUrl)
    await installed.catch((error) => {
      installed = null
      throw error
    })
    const requests = parseRequests(body)
    if (requests === null) return forward(new Uint8Array(body))
    if (!Array.isArray(requests)) return pass(requests)
    const answers = requests.map(async (rpcRequest) => (await pass(rpcRequest)).text())
    return new Response(`[${(await Promise.all(answers)).join(',')}]`)
  }

  async function respond(body: Buffer, response: ServerResponse): Promise<void> {
    const answered = await answer(body)
    const bytes = Buffer.from(await answered.arrayBuffer())
    if (keeper?.mayTell(body, bytes)) await keeper.save()
    response.writeHead(answered.status, { 'content-type': 'application/json' }).end(bytes)
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      respond(Buffer.concat(chunks), response).catch(() => response.destroy())
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const end = () => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, end }
}

/** The requests of a body that may open a channel, one or a batch; null for all other bodies. */
function parseRequests(body: Buffer): RpcRequest | RpcRequest[] | null {
  if (!body.includes('eth_sendRawTransaction') || !mentionsEscrow(body)) return null
  try {
    return JSON.parse(body.toString())
  } catch {
    return null
  }
}

const mentionsEscrow = (body: Buffer) =>
  body.toString().toLowerCase().includes(ESCROW_ADDRESS.slice(2))

async function hashOf(rpcRequest: RpcRequest): Promise<Hex | null> {
  const { method, params } = rpcRequest ?? {}
  if (typeof method !== 'string' || !method.startsWith('eth_sendRawTransaction')) return null
  const raw: unknown = Array.isArray(params) ? params[0] : null
  return typeof raw === 'string' ? openingHash(raw) : null
}
