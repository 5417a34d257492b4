/**
 * Asks a chain by JSON-RPC. The client for mppx memoises the answers of one payment, and announces
 * a transaction before it is sent.
 */
import { createClient, custom, defineChain, type Hex, keccak256 } from 'viem'
import { tempoLocalnet } from 'viem/chains'

/** How long one question to the chain may take, in milliseconds. */
const RPC_TIMEOUT_MS = 8_000

/** The chain gave no answer in JSON-RPC: nothing is known about the question. */
export class ChainUnavailable extends Error {
  override name = 'ChainUnavailable'
}

/** The chain answered with an error. */
export class ChainRefused extends Error {
  override name = 'ChainRefused'
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** JSON-RPC error codes that mean "not now" rather than "no" (EIP-1474 and common practice). */
const NOT_NOW = new Set([-32005, -32002, 429])

/** The result of one JSON-RPC request. Throws ChainUnavailable or ChainRefused. */
export async function askChain(rpcUrl: string, method: string, params: unknown): Promise<unknown> {
  let answer: { result?: unknown; error?: { code?: unknown; message?: unknown } }
  try {
    const response = await fetch(rpcUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      signal: AbortSignal.timeout(RPC_TIMEOUT_MS),
    })
    if (!response.ok) throw new Error(`HTTP ${response.status}`)
    answer = await response.json()
  } catch (cause) {
    throw new ChainUnavailable(`${method} got no answer`, { cause })
  }
  if (typeof answer !== 'object' || answer === null)
    throw new ChainUnavailable(`${method}: no JSON-RPC`)
  if (answer.error !== undefined) {
    const code = Number(answer.error.code)
    const message = String(answer.error.message)
    throw NOT_NOW.has(code) ? new ChainUnavailable(message) : new ChainRefused(code, message)
  }
  if (!('result' in answer)) throw new ChainUnavailable(`${method}: no JSON-RPC`)
  return answer.result
}

export interface ChainSettings {
  rpcUrl: string
  chainId: number
  /** The answers about this payment so far, because the library repeats its questions. */
  memory: Map<string, Promise<unknown>>
  /** Called with a transaction and its hash before it is sent, so that it can be stored first. */
  onSend: (raw: Hex, hash: Hex) => void
}

/** A viem client that memoises answers, and announces the transactions that it sends. */
export function createChainClient({ rpcUrl, chainId, memory, onSend }: ChainSettings) {
  const request = async ({ method, params }: { method: string; params?: unknown }) => {
    if (method.startsWith('eth_sendRawTransaction')) {
      const [raw] = params as [Hex]
      onSend(raw, keccak256(raw))
      return askChain(rpcUrl, method, params)
    }
    if (method === 'eth_chainId') return `0x${chainId.toString(16)}`
    const key = `${method} ${JSON.stringify(params)}`
    const known = memory.get(key)
    if (known !== undefined) return known
    const asked = askChain(rpcUrl, method, params)
    memory.set(key, asked)
    // A failure is not memoised, and neither is null, which means "not there yet".
    asked.then(
      (answer) => answer === null && memory.delete(key),
      () => memory.delete(key),
    )
    return asked
  }
  const chain = defineChain({
    ...tempoLocalnet,
    id: chainId,
    rpcUrls: { default: { http: [rpcUrl] } },
  })
  return createClient({ chain, transport: custom({ request }, { retryCount: 0 }) })
}

/** Whether an error, or one of its causes, says that the chain did not answer. */
export function isUnavailable(error: unknown): boolean {
  for (
    let cause = error, depth = 0;
    cause instanceof Error && depth < 10;
    cause = cause.cause, depth++
  ) {
    if (cause instanceof ChainUnavailable) return true
  }
  return false
}
