/** An origin that records requests and answers by a script, and a client, both in bytes. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Body, Case } from './grammar.ts'
import { chunked, type Field, head, type Message, readMessage } from './messages.ts'

/** The longest that one exchange may take, in milliseconds. */
const TIMEOUT_MS = 30_000

/** The messages that both ends have seen of one exchange; null: nothing came, or not all of it. */
export interface Exchange {
  request: Message | null
  answer: Message | null
}

/** The header that tells the origin which case it is asked. */
const CASE = 'x-lab-case'

/**
 * Starts the origin. `ask` sends a case's request to a URL, whether that is the origin's own or one
 * of a gateway before it.
 */
export async function startLab(cases: readonly Case[]) {
  const seen = new Map<string, PromiseWithResolvers<Message>>()
  let url = ''

  function serve(socket: Socket): void {
    let text = ''
    let answered = false
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1')
      // The end of a request that was answered early may come with the beginning of the next one.
      while (proceed(false));
    })
    socket.on('end', () => {
      proceed(true)
      socket.end()
    })

    /** Takes what has come of a request. Returns whether that was all of one, and more has come. */
    function proceed(isEnded: boolean): boolean {
      const id = new RegExp(`^${CASE}: *(\\S+)`, 'im').exec(text)?.[1] ?? ''
      const given = cases[Number(id.split('-')[0])]
      if (!text.includes('\r\n\r\n') || given === undefined) return false
      if (given.answer.isEarly && !answered) {
        answered = true
        answer(socket, given)
      }
      const read = readMessage(text, { isEnded, isBodiless: false })
      if (read === null) return false
      text = read.rest
      seen.get(id)?.resolve(read.message)
      if (!answered) answer(socket, given)
      answered = false
      return text !== ''
    }
  }

  function answer(socket: Socket, { method, answer: given }: Case): void {
    const { status, interim, isCut } = given
    const fields = given.fields.map(([name, value]): Field => [name, value.replace('ORIGIN', url)])
    const body = bodyOf(given.body)
    const isBodiless = method === 'HEAD' || status === 204 || status === 304
    const all = isBodiless ? fields : [...fields, ...body.fields]
    const text = interim + head(`HTTP/1.1 ${status} Phrase`, all) + (isBodiless ? '' : body.text)
    if (!isCut) socket.write(Buffer.from(text, 'latin1'))
    else socket.end(Buffer.from(text.slice(0, -Math.ceil(body.text.length / 2)), 'latin1'))
    if (given.body?.framing === 'close') socket.end()
  }

  const server = createServer({ allowHalfOpen: true }, serve)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  /** `token` is that of a session, for the cases that are sent with one. */
  async function ask(index: number, at: string, token: string): Promise<Exchange> {
    const given = cases[index]
    if (given === undefined) throw new Error(`no case ${index}`)
    const id = `${index}-${Math.random().toString(36).slice(2)}`
    const arrived = Promise.withResolvers<Message>()
    seen.set(id, arrived)
    const answer = await send(given, id, at, token)
    // An answer that came means that the request has come, but for an early one.
    const late = given.answer.isEarly ? 500 : 0
    const request = await Promise.race([arrived.promise, pause(late)])
    seen.delete(id)
    return { request, answer }
  }

  return { url, ask, end: () => new Promise((resolve) => server.close(resolve)) }
}

const pause = (ms: number) => new Promise<null>((resolve) => setTimeout(() => resolve(null), ms))

/** Sends a case's request, and resolves to the answer. */
function send(given: Case, id: string, at: string, token: string): Promise<Message | null> {
  const { host, hostname, port } = new URL(at)
  const body = bodyOf(given.body)
  const fields: Field[] = [
    ['Host', ` ${host}`],
    [CASE, ` ${id}`],
    ...(given.isSignedIn ? [['Cookie', ` session_token=${token}`] as const] : []),
    ...given.fields,
    ...(given.body === null ? [] : body.fields),
  ]
  const request = head(`${given.method} ${given.target} HTTP/1.1`, fields) + body.text
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname)
    let text = ''
    const finish = (message: Message | null) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(message)
    }
    const timer = setTimeout(() => finish(null), TIMEOUT_MS)
    const look = (isEnded: boolean) => {
      const read = readMessage(text, { isEnded, isBodiless: given.method === 'HEAD' })
      if (read !== null || isEnded) finish(read?.message ?? null)
    }
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1')
      look(false)
    })
    socket.on('error', () => look(true))
    socket.on('close', () => look(true))
    socket.write(Buffer.from(request, 'latin1'))
  })
}

/** A body as bytes, with the fields that frame it. */
function bodyOf(body: Body | null): { text: string; fields: Field[] } {
  if (body === null) return { text: '', fields: [['Content-Length', ' 0']] }
  if (body.framing === 'close') return { text: body.bytes, fields: [['Connection', ' close']] }
  if (body.framing === 'length')
    return { text: body.bytes, fields: [['Content-Length', ` ${body.bytes.length}`]] }
  return {
    text: chunked(body.bytes, body.chunks, body.trailers),
    fields: [['Transfer-Encoding', ' chunked']],
  }
}
