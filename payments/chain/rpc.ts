/** Talking to the chain: one memory for each payment, and word before anything is sent. */
import { createClient, custom, defineChain, type Hex, keccak256 } from 'viem'
import { tempoLocalnet } from 'viem/chains'

/** How long one question to the chain may take, in milliseconds. */
const RPC_TIMEOUT_MS = 8_000

/** The chain did not answer, or not with JSON-RPC: nothing is known about the question. */
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

/** JSON-RPC codes that say "not now" rather than "no" (EIP-1474 and common practice). */
const NOT_NOW = new Set([-32005, -32002, 429])

/** One JSON-RPC question (one HTTP request). Throws ChainUnavailable or ChainRefused. */
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
  /** Answers already got for this payment: the library asks the same again and again. */
  memory: Map<string, Promise<unknown>>
  /** Told of a transaction before it is sent, and of its hash: what is told is stored first. */
  onSend: (raw: Hex, hash: Hex) => void
}

/** A viem client that remembers, and that announces what it sends. */
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
    // A failure is not remembered, and neither is "not there yet".
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
