/**
 * Asks a chain by JSON-RPC. A question has one of three answers: its result; ChainReverted, which
 * is a proved "no"; or ChainUnavailable, which says nothing. The client for mppx memoises the
 * answers of one payment, and announces a transaction before it is sent.
 * See docs/decisions/0028.
 */
import { createClient, custom, defineChain, type Hex, keccak256 } from 'viem'
import { tempoLocalnet } from 'viem/chains'
import { readBytes } from '../../src/http/bodies/gather.ts'
import { isResultOf } from './results.ts'
import { ChainReverted, ChainUnavailable } from './unavailable.ts'

/** How long one question may take, in milliseconds: another node may answer the next one. */
const ASK_TIMEOUT_MS = 3_000
/** How long the chain may take to put a transaction into a block, in milliseconds. */
const SEND_TIMEOUT_MS = 5_000
/** The longest answer that is read, in bytes. */
const MAX_ANSWER_BYTES = 4_194_304

/** The code of a reverted call in JSON-RPC, and how nodes with other codes begin its message. */
const REVERTED_CODE = 3
const REVERTED_MESSAGE = /^(?:VM Exception while processing transaction: )?(?:execution )?revert/i

let lastId = 0

/** The result of one JSON-RPC request. Throws ChainUnavailable, or ChainReverted of `eth_call`. */
export async function askChain(rpcUrl: string, method: string, params: unknown): Promise<unknown> {
  const id = ++lastId
  const answer = await post(rpcUrl, method, { jsonrpc: '2.0', id, method, params })
  // An answer to another question, or to none, is none.
  if (answer.id !== id) throw new ChainUnavailable(`${method}: an answer to another question`)
  const { error, result } = answer
  if (error != null) throw errorOf(method, error as { code?: unknown; message?: unknown })
  if (!isResultOf(method, params, result))
    throw new ChainUnavailable(`${method}: no result that can be read`)
  return result
}

async function post(
  rpcUrl: string,
  method: string,
  question: object,
): Promise<Record<string, unknown>> {
  const isSent = method.startsWith('eth_sendRawTransaction')
  try {
    const response = await fetch(rpcUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(question),
      redirect: 'manual',
      signal: AbortSignal.timeout(isSent ? SEND_TIMEOUT_MS : ASK_TIMEOUT_MS),
    })
    if (!response.ok) {
      await response.body?.cancel()
      throw new Error(`HTTP ${response.status}`)
    }
    const bytes = await readBytes(response.body, MAX_ANSWER_BYTES)
    if (bytes === null) throw new Error('the answer is too long')
    const answer: unknown = JSON.parse(new TextDecoder().decode(bytes))
    if (typeof answer !== 'object' || answer === null) throw new Error('no JSON-RPC')
    return answer as Record<string, unknown>
  } catch (cause) {
    throw new ChainUnavailable(`${method} got no answer`, { cause })
  }
}

/** Only a revert of a simulated call is a "no"; any other error may be the node's own trouble. */
function errorOf(method: string, { code, message }: { code?: unknown; message?: unknown }): Error {
  const text = String(message).slice(0, 300)
  const isRevert = method === 'eth_call' && (code === REVERTED_CODE || REVERTED_MESSAGE.test(text))
  return isRevert ? new ChainReverted(text) : new ChainUnavailable(`${method}: ${code} ${text}`)
}

export interface ChainSettings {
  rpcUrl: string
  chainId: number
  /** The answers about this payment so far, because the library repeats its questions. */
  memory: Map<string, Promise<unknown>>
  /** Called with a transaction and its hash before it is sent, so that it can be stored first. */
  onSend: (raw: Hex, hash: Hex) => void
  /**
   * Called with each question that has no answer. The library may go on without the answer: an
   * error of it after that proves nothing.
   */
  onUnanswered?: (error: ChainUnavailable) => void
}

/** A viem client that memoises answers, and announces the transactions that it sends. */
export function createChainClient(settings: ChainSettings) {
  const { rpcUrl, chainId, memory, onSend, onUnanswered } = settings

  async function ask(method: string, params: unknown): Promise<unknown> {
    const answer = await askChain(rpcUrl, method, params)
    if (answer !== null || method !== 'eth_getTransactionReceipt') return answer
    throw new ChainUnavailable('the transaction has not been seen yet')
  }

  function askOnce(method: string, params: unknown): Promise<unknown> {
    const key = `${method} ${JSON.stringify(params)}`
    const known = memory.get(key)
    if (known !== undefined) return known
    const asked = ask(method, params)
    memory.set(key, asked)
    // A failure is not memoised: the next question may be answered.
    asked.catch(() => memory.delete(key))
    return asked
  }

  const request = async ({ method, params }: { method: string; params?: unknown }) => {
    if (method === 'eth_chainId') return `0x${chainId.toString(16)}`
    const isSent = method.startsWith('eth_sendRawTransaction')
    if (isSent) {
      const [raw] = params as [Hex]
      onSend(raw, keccak256(raw))
    }
    try {
      return await (isSent ? ask(method, params) : askOnce(method, params))
    } catch (error) {
      if (error instanceof ChainUnavailable) onUnanswered?.(error)
      throw error
    }
  }
  const chain = defineChain({
    ...tempoLocalnet,
    id: chainId,
    rpcUrls: { default: { http: [rpcUrl] } },
  })
  return createClient({ chain, transport: custom({ request }, { retryCount: 0 }) })
}
