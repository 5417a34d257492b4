/** Reads bodies whole, up to a limit in bytes. */
import { deadline } from '../lib/deadline.ts'
import { Problem, type ProblemCode } from './problem.ts'

/** The time in which a body that the gateway reads itself must arrive, in milliseconds. */
const ARRIVAL_MS = 10_000

/** Returns the problem of a body with more than `maxBytes`, which the answer names. */
export function tooLarge(maxBytes: number): Problem {
  const message = `The request body is larger than ${maxBytes} bytes, the most that is taken here.`
  return new Problem('payload_too_large', { message, fields: { limit: maxBytes } })
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

/**
 * A request's body as `readBytes` gives it. Rejects with request_timeout if it takes longer than
 * 10 s to arrive, and with the Problem `refusal` if it breaks off.
 */
export async function readRequestBytes(
  { body }: Request,
  maxBytes: number,
  refusal: ProblemCode,
): Promise<Uint8Array<ArrayBuffer>> {
  const read = () =>
    readBytes(body, maxBytes).catch((cause) => {
      throw new Problem(refusal, { cause, reason: 'body_broken_off' })
    })
  const bytes = await deadline(ARRIVAL_MS, read, () => new Problem('request_timeout'))
  if (bytes === null) throw tooLarge(maxBytes)
  return bytes
}

/** All chunks in one array. */
export function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const [only] = chunks
  if (only !== undefined && chunks.length === 1) return only as Uint8Array<ArrayBuffer>
  const bytes = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.byteLength, 0))
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}

/**
 * A request's whole body as text. Throws payload_too_large if it has more than `maxBytes`,
 * request_timeout if it takes too long, and invalid_json if it breaks off or is not UTF-8.
 */
export async function readText(request: Request, maxBytes: number): Promise<string> {
  const declared = request.headers.get('content-length')
  if (declared !== null && Number(declared) > maxBytes) throw tooLarge(maxBytes)
  const bytes = await readRequestBytes(request, maxBytes, 'invalid_json')
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch (cause) {
    throw new Problem('invalid_json', { cause })
  }
}
