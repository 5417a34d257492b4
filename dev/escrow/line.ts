/** The line to a local chain on which the stand-in for the channel precompile works. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Hex } from 'viem'
import { ESCROW_ADDRESS, installEscrow, OPENING_HASH_SLOT } from './install.ts'
import { openingHash } from './opening.ts'

/** A question to the chain, as far as it is looked at; JSON may be anything. */
type Question = { method?: unknown; params?: unknown } | null

/**
 * Puts the stand-in on the chain, and listens. All questions and answers pass as they are; before a transaction that opens a channel, its hash is written
 * to where the stand-in reads it, one opening at a time. A chain that does not answer is a line that breaks. After that everything is put there again, as it
 * may be another chain.
 */
export async function startEscrowLine(chainUrl: string, port = 0) {
  let installed: Promise<void> | null = installEscrow(chainUrl)
  await installed
  /** The end of the last opening. */
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
    const question = { jsonrpc: '2.0', id: 1, method, params }
    const response = await forward(JSON.stringify(question))
    const { result, error } = (await response.json()) as { result?: unknown; error?: unknown }
    if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error)}`)
    return result
  }

  /** Forwards a question with a transaction that opens a channel, when what was opened before it has been mined. */
  function open(question: Question, hash: Hex): Promise<Response> {
    const answered = openings.then(async () => {
      await ask('anvil_setStorageAt', [ESCROW_ADDRESS, OPENING_HASH_SLOT, hash])
      return forward(JSON.stringify(question))
    })
    openings = answered.then((response) => mined(response.clone())).catch(() => undefined)
    return answered
  }

  /** Resolves when what was sent is in a block, or is never going to be. */
  async function mined(sent: Response): Promise<void> {
    const { result } = (await sent.json()) as { result?: unknown }
    // Some methods answer with the receipt itself.
    if (typeof result !== 'string') return
    while ((await ask('eth_getTransactionReceipt', [result])) === null) {
      if ((await ask('eth_getTransactionByHash', [result])) === null) return
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  /** Forwards one question. */
  async function pass(question: Question): Promise<Response> {
    const hash = await hashOf(question)
    return hash === null ? forward(JSON.stringify(question)) : open(question, hash)
  }

  async function answer(body: Buffer): Promise<Response> {
    installed ??= installEscrow(chainUrl)
    await installed.catch((error) => {
      installed = null
      throw error
    })
    const questions = parseQuestion(body)
    if (questions === null) return forward(new Uint8Array(body))
    if (!Array.isArray(questions)) return pass(questions)
    const answers = questions.map(async (question) => (await pass(question)).text())
    return new Response(`[${(await Promise.all(answers)).join(',')}]`)
  }

  async function respond(body: Buffer, response: ServerResponse): Promise<void> {
    const answered = await answer(body)
    const bytes = Buffer.from(await answered.arrayBuffer())
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

/** The questions of a body that may open a channel, one or a batch; null for all other bodies. */
function parseQuestion(body: Buffer): Question | Question[] | null {
  if (!body.includes('eth_sendRawTransaction') || !mentionsEscrow(body)) return null
  try {
    return JSON.parse(body.toString())
  } catch {
    return null
  }
}

const mentionsEscrow = (body: Buffer) =>
  body.toString().toLowerCase().includes(ESCROW_ADDRESS.slice(2))

async function hashOf(question: Question): Promise<Hex | null> {
  const { method, params } = question ?? {}
  if (typeof method !== 'string' || !method.startsWith('eth_sendRawTransaction')) return null
  const raw: unknown = Array.isArray(params) ? params[0] : null
  return typeof raw === 'string' ? openingHash(raw) : null
}
