/** An answer as data, until it leaves: stages read and change it without touching a native `Response`. */

import { addVary } from '../http/headers.ts'

export interface Answer {
  status: number
  /** Headers by lower-case name. Over `from`: only the changes; null takes a header of `from` away. */
  headers: Record<string, string | null>
  body: BodyInit | null
  /** A native response (an origin's, or an endpoint's) whose head the platform copies. */
  from?: Response
  /** The headers of `from`, where they have been walked already. */
  given?: ReadonlyMap<string, string>
  webSocket?: WebSocket
}

/** JSON with a status; nothing of it is for caches unless `headers` says so. */
export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(body),
  }
}

/** A native response as an answer that leaves as it is. */
export function answerFrom(from: Response): Answer {
  return { status: from.status, headers: {}, body: from.body, from }
}

/** The value of an answer's header by its lower-case name, or null. */
export function headerOf({ headers, from, given }: Answer, name: string): string | null {
  const changed = headers[name]
  if (changed !== undefined) return changed
  return given === undefined ? (from?.headers.get(name) ?? null) : (given.get(name) ?? null)
}

/** The answer with other headers, and with another body if one is given. */
export function withHeaders(
  answer: Answer,
  headers: Record<string, string | null>,
  body: BodyInit | null = answer.body,
): Answer {
  return { ...answer, headers: { ...answer.headers, ...headers }, body }
}

/**
 * The answer on its way out, with the headers that every answer carries. Of `from` a native copy is
 * made, which keeps bytes outside ASCII that a copy in JavaScript would lose.
 */
export function toResponse(answer: Answer, said: Record<string, string>): Response {
  const { status, headers, body, from, webSocket } = answer
  // What an answer varies by is added up; any other header that is said replaces the answer's own.
  if (said.vary !== undefined) said.vary = addVary(headerOf(answer, 'vary'), [said.vary])
  if (from !== undefined) {
    const response = new Response(body, from)
    for (const name in headers) {
      const value = headers[name]
      if (value == null) response.headers.delete(name)
      else response.headers.set(name, value)
    }
    for (const name in said) response.headers.set(name, said[name] ?? '')
    return response
  }
  const own: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value != null) own[name] = value
  }
  Object.assign(own, said)
  if (webSocket === undefined) return new Response(body, { status, headers: own })
  return new Response(null, { status, headers: own, webSocket })
}
