/** Sends one request of a case by the client that the case asks for. */
import type { Answer, HeaderPair } from './answer.ts'
import type { Send } from './format.ts'
import { sendHttp } from './httpClient.ts'
import type { Memory } from './memory.ts'
import { sendBytes } from './rawClient.ts'
import { fillIn } from './template.ts'

export interface Client {
  port: number
  /** The client's address, as the platform states it to a deployed gateway. */
  address: string
}

/**
 * Fills in the placeholders of the request and sends it. No answer of the gateway makes it reject.
 */
export function send(template: Send, memory: Memory, client: Client): Promise<Answer> {
  const { fill } = template
  const filled = fillIn(template, memory.values, fill?.char.repeat(fill.count))
  if (filled.rawRequest !== undefined)
    return sendBytes(client.port, Buffer.from(filled.rawRequest, 'latin1'))
  const headers = [...ownHeaders(filled, memory), connectingIp(client)]
  if (filled.transport === 'raw') return sendBytes(client.port, rawRequest(filled, headers, client))
  const { method, target, body, chunked } = filled
  return sendHttp(client.port, { method, target, headers, body, chunked })
}

/** Only the platform sets this header, so the value of a case is dropped. */
function connectingIp({ address }: Client): HeaderPair {
  return ['cf-connecting-ip', address]
}

function ownHeaders({ headers, credential }: Send, memory: Memory): HeaderPair[] {
  const kept = headers.filter(([name]) => name.toLowerCase() !== 'cf-connecting-ip')
  if (credential === undefined) return kept
  const challenge = { ...memory.challenges.get(credential.from), ...credential.set }
  const payment = { challenge, payload: credential.payload ?? { proof: 'ok' } }
  const encoded = Buffer.from(JSON.stringify(payment)).toString('base64url')
  return [...kept, ['authorization', `Payment ${encoded}`]]
}

/** The bytes of the request. Only `Host` is added, and `Connection: close` if the case has none. */
function rawRequest(sent: Send, headers: readonly HeaderPair[], client: Client): Buffer {
  const { method, target, host = `127.0.0.1:${client.port}` } = sent
  const named = headers.some(([name]) => name.toLowerCase() === 'connection')
  const lines = [
    `${method} ${target} HTTP/1.1`,
    `Host: ${host}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(named ? [] : ['Connection: close']),
  ]
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  const { body = '', bodyBase64 } = sent
  return Buffer.concat([
    head,
    bodyBase64 === undefined ? Buffer.from(body) : Buffer.from(bodyBase64, 'base64'),
  ])
}
