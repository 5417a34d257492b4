/** Reads request bodies up to a limit in bytes. */
import { Problem } from './problem.ts'

export interface CappedBody {
  stream: ReadableStream<Uint8Array>
  /**
   * Aborted, with a Problem as its reason, when the body breaks off (invalid_input) or turns out
   * too large (payload_too_large). The stream itself then neither ends nor errors: the platform
   * would end the origin's request properly either way, and the origin would take a part for the
   * whole body.
   */
  broken: AbortSignal
}

/**
 * A request's body as a stream of at most `maxBytes`, or null if the request has no body. Throws
 * payload_too_large if the declared length is over `maxBytes`. A body with a valid declared length
 * passes untouched and keeps that length, because the platform's framing enforces it; any other
 * body is counted.
 */
export function cappedBody(request: Request, maxBytes: number): CappedBody | null {
  if (request.body === null) return null
  const declared = request.headers.get('content-length')
  if (declared !== null && Number(declared) > maxBytes) throw new Problem('payload_too_large')
  const breaks = new AbortController()
  if (declared !== null && /^\d+$/.test(declared)) {
    return { stream: request.body, broken: breaks.signal }
  }
  let bytes = 0
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.byteLength
      if (bytes <= maxBytes) return controller.enqueue(chunk)
      breaks.abort(new Problem('payload_too_large'))
      return new Promise<void>(() => undefined)
    },
  })
  request.body
    .pipeTo(counter.writable, { preventAbort: true })
    .catch((cause) => breaks.abort(new Problem('invalid_input', { cause })))
  return { stream: counter.readable, broken: breaks.signal }
}

/** The whole body, or null if it has more than `maxBytes`. Rejects if the stream fails. */
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
  return joined(chunks)
}

/** All chunks in one array. */
export function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.byteLength, 0))
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}

/**
 * A request's whole body as text. Throws payload_too_large if it has more than `maxBytes`, and
 * invalid_json if it breaks off or is not UTF-8.
 */
export async function readText(request: Request, maxBytes: number): Promise<string> {
  const declared = request.headers.get('content-length')
  if (declared !== null && Number(declared) > maxBytes) throw new Problem('payload_too_large')
  const bytes = await readBytes(request.body, maxBytes).catch((cause) => {
    throw new Problem('invalid_json', { cause })
  })
  if (bytes === null) throw new Problem('payload_too_large')
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch (cause) {
    throw new Problem('invalid_json', { cause })
  }
}
