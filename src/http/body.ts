/** A request body that ends when it is too large. */
import { Problem } from './problem.ts'

export interface CappedBody {
  stream: ReadableStream<Uint8Array>
  /**
   * Aborted, with a Problem as its reason, when the body breaks off or turns out too large. The stream
   * itself then neither ends nor errs: the platform would end the origin's request properly either way,
   * and the origin would take what came for the whole.
   */
  broken: AbortSignal
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
  return joined(chunks)
}

/** Chunks as one. */
export function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.byteLength, 0))
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}

/** A whole body as text, at most `maxBytes` of UTF-8. Throws payload_too_large or invalid_json. */
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
