/**
 * A proxy between the gateway and its node, which fails as real nodes do: all questions at once, by
 * `fault`, or some questions about one payment, by `spoil`.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** How the proxy treats every request. */
export type Fault =
  | 'none'
  /** The connection breaks before anything is forwarded. */
  | 'down'
  /** The answer is not JSON-RPC. */
  | 'garbage'
  /** The state is there, but no receipt is: the node is behind another one. */
  | 'no receipts'
  /** The next transaction is refused and not sent; later ones are. */
  | 'refuses to send once'
  /** The request to send a transaction gets no answer, and nothing is sent. */
  | 'silent before sending'
  /** A transaction is sent, and then the connection breaks, as does every later one. */
  | 'break after sending'
  /** A transaction is sent, and the request gets no answer. */
  | 'silent after sending'

/** How the proxy answers a question that is spoilt. */
export type Spoil =
  /** A JSON-RPC error. */
  | { error: number }
  /** An HTTP status with a page. */
  | { http: number }
  /** `null`: the node has not seen it, or has forgotten it. */
  | 'null'
  | 'a page'
  | 'an empty body'
  | 'half an answer'
  | 'the answer twice'
  | 'the answer to another question'
  | 'a receipt of another transaction'
  /** The question is forwarded, and gets no answer. */
  | 'nothing'
  /** The question is forwarded, and is then answered with an error. */
  | 'an error afterwards'

/** Questions that are spoilt. */
export interface SpoiltQuestions {
  method: string
  how: Spoil
  /** A part of the question: the hash of a transaction, or the address of a payer. */
  about: string
  /** How many of the questions are spoilt; the later ones are answered. */
  times: number
}

const NULL = '{"jsonrpc":"2.0","id":1,"result":null}'
const headers = { 'content-type': 'application/json' }

/**
 * Starts the proxy. It records the methods that are asked for. `onSent` is called when a
 * transaction was sent and a fault follows, or when a fault keeps it from being sent.
 */
export async function startRpcProxy(chainUrl: string) {
  const asked: string[] = []
  const spoilt: SpoiltQuestions[] = []
  const rpc = { fault: 'none' as Fault, asked, onSent: (): unknown => undefined }
  const server = createServer((request, response) => {
    void text(request)
      .then((body) => answer(body, response))
      .catch(() => response.destroy())
  })

  async function forward(body: string): Promise<string> {
    return (await fetch(chainUrl, { method: 'POST', body, headers })).text()
  }

  async function answer(body: string, response: ServerResponse): Promise<void> {
    const { id, method } = JSON.parse(body) as { id: number; method: string }
    asked.push(method)
    if (rpc.fault === 'down') return void response.destroy()
    if (rpc.fault === 'garbage') return void response.writeHead(200).end('<html>hello</html>')
    if (rpc.fault === 'no receipts' && method === 'eth_getTransactionReceipt')
      return void response.writeHead(200, headers).end(withId(NULL, id))
    if (method.startsWith('eth_sendRaw') && rpc.fault === 'silent before sending')
      return void rpc.onSent()
    if (rpc.fault === 'refuses to send once' && method.startsWith('eth_sendRaw')) {
      rpc.fault = 'none'
      return spoiltAnswer({ error: -32_000 }, body, id, response)
    }
    const spoil = spoilt.find(
      (one) =>
        one.times > 0 &&
        one.method === method &&
        body.toLowerCase().includes(one.about.toLowerCase()),
    )
    if (spoil !== undefined) {
      spoil.times -= 1
      return spoiltAnswer(spoil.how, body, id, response)
    }
    const answered = await forward(body)
    if (method.startsWith('eth_sendRaw') && / after sending$/.test(rpc.fault)) {
      rpc.onSent()
      if (rpc.fault === 'silent after sending') return
      rpc.fault = 'down'
      response.destroy()
      return
    }
    response.writeHead(200, headers).end(answered)
  }

  async function spoiltAnswer(
    how: Spoil,
    body: string,
    id: number,
    response: ServerResponse,
  ): Promise<void> {
    if (typeof how === 'object' && 'http' in how)
      return void response.writeHead(how.http).end('<html>not now</html>')
    response.writeHead(200, headers)
    const error = (code: number) =>
      `{"jsonrpc":"2.0","id":${id},"error":{"code":${code},"message":"no"}}`
    if (typeof how === 'object') return void response.end(error(how.error))
    switch (how) {
      case 'null':
        return void response.end(withId(NULL, id))
      case 'a page':
        return void response.end('<html>hello</html>')
      case 'an empty body':
        return void response.end()
      case 'half an answer':
        return void response.end(withId(NULL, id).slice(0, -5))
      case 'the answer twice': {
        const answered = await forward(body)
        return void response.end(answered + answered)
      }
      case 'the answer to another question':
        return void response.end(withId(await forward(body), id + 1))
      case 'a receipt of another transaction':
        return void response.end(
          (await forward(body)).replaceAll(
            /"transactionHash":"0x.{8}/g,
            '"transactionHash":"0x00000000',
          ),
        )
      case 'nothing':
        return void (await forward(body))
      case 'an error afterwards':
        await forward(body)
        return void response.end(error(-32_603))
    }
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return Object.assign(rpc, {
    url: `http://127.0.0.1:${port}`,
    /** Moves the clock of the chain forward. */
    async passTime(seconds: number): Promise<void> {
      const ask = (method: string, params: unknown[]) =>
        forward(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
      await ask('evm_increaseTime', [seconds])
      await ask('evm_mine', [])
    },
    spoil: (questions: SpoiltQuestions): void => void spoilt.push(questions),
    end(): void {
      server.closeAllConnections()
      server.close()
    },
  })
}

const withId = (answer: string, id: number) => JSON.stringify({ ...JSON.parse(answer), id })
