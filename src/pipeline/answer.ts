/**
 * An answer as data: stages read and change it, and it becomes a native `Response` only at the end.
 */
import type { HeaderFields } from '../http/headerFields.ts'
import { addVary } from '../http/headers.ts'

/** The answer to a call. */
export interface Answer {
  status: number
  /**
   * Headers by lower-case name. If there is a `from`, these are only the changes to its headers:
   * null removes a header.
   */
  headers: Record<string, string | null>
  body: BodyInit | null
  /**
   * A native response, of an origin or an endpoint, whose status and headers the platform copies.
   */
  from?: Response
  /** The headers of `from` by lower-case name, if a stage has already read them. */
  fromHeaders?: HeaderFields
  webSocket?: WebSocket
}

/** Returns a JSON answer. It is `no-store` unless `headers` has another `cache-control`. */
export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(body),
  }
}

/** Returns a native response as an answer, unchanged. */
export function answerFrom(from: Response): Answer {
  return { status: from.status, headers: {}, body: from.body, from }
}

/** Returns the value of an answer's header by its lower-case name, or null. */
export function headerOf({ headers, from, fromHeaders }: Answer, name: string): string | null {
  const changed = headers[name]
  if (changed !== undefined) return changed
  if (fromHeaders === undefined) return from?.headers.get(name) ?? null
  return fromHeaders.get(name) ?? null
}

/** Returns the answer with changed headers, and with another body if one is passed. */
export function withHeaders(
  answer: Answer,
  headers: Record<string, string | null>,
  body: BodyInit | null = answer.body,
): Answer {
  return { ...answer, headers: { ...answer.headers, ...headers }, body }
}

/**
 * Returns the native response of an answer. `responseHeaders` replace the answer's own headers;
 * only the values of `vary` are joined. The platform copies `from`, because a copy made in
 * JavaScript would lose header bytes outside ASCII.
 */
export function toResponse(answer: Answer, responseHeaders: Record<string, string>): Response {
  const { status, headers, body, from, webSocket } = answer
  if (responseHeaders.vary !== undefined)
    responseHeaders.vary = addVary(headerOf(answer, 'vary'), [responseHeaders.vary])
  if (from !== undefined) {
    const response = new Response(body, from)
    // Each question for them crosses into the platform.
    const native = response.headers
    for (const name in headers) {
      const value = headers[name]
      if (value == null) native.delete(name)
      else native.set(name, value)
    }
    for (const name in responseHeaders) native.set(name, responseHeaders[name] ?? '')
    return response
  }
  const own: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value != null) own[name] = value
  }
  Object.assign(own, responseHeaders)
  if (webSocket === undefined) return new Response(body, { status, headers: own })
  return new Response(null, { status, headers: own, webSocket })
}
