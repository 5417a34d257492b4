/** A request body that ends when it is too large. */
import { Problem } from './problem.ts'

export interface CappedBody {
  stream: ReadableStream<Uint8Array>
  /** Whether the body turned out too large: the stream has failed for that reason. */
  overflowed: () => boolean
}

/**
 * A request's body as a stream of at most `maxBytes`, or null if it has none. A declared length over
 * that is refused at once (payload_too_large). A declared length within it is held by the platform's
 * own framing, so such a body passes untouched and keeps its length; any other is counted.
 */
export function cappedBody(request: Request, maxBytes: number): CappedBody | null {
  if (request.body === null) return null
  const declared = request.headers.get('content-length')
  if (declared !== null && Number(declared) > maxBytes) throw new Problem('payload_too_large')
  if (declared !== null && /^\d+$/.test(declared)) {
    return { stream: request.body, overflowed: () => false }
  }
  let bytes = 0
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.byteLength
      if (bytes > maxBytes) controller.error(new Error('request body too large'))
      else controller.enqueue(chunk)
    },
  })
  return { stream: request.body.pipeThrough(counter), overflowed: () => bytes > maxBytes }
}

/** A whole body, or null if it has more than `maxBytes`. Rejects if the stream fails. */
export async function readBytes(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body ?? []) {
    length += chunk.byteLength
    if (length > maxBytes) return null
    chunks.push(chunk)
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}

/** A whole body as text, at most `maxBytes` of UTF-8. Throws payload_too_large or invalid_json. */
export async function readText(request: Request, maxBytes: number): Promise<string> {
  const body = cappedBody(request, maxBytes)
  if (body === null) return ''
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })
  try {
    let text = ''
    for await (const chunk of body.stream) text += decoder.decode(chunk, { stream: true })
    return text + decoder.decode()
  } catch (cause) {
    throw new Problem(body.overflowed() ? 'payload_too_large' : 'invalid_json', { cause })
  }
}
