/** Reads the request bodies that the gateway's own endpoints take: small ones, soon whole. */
import { Problem, type ProblemCode } from '../problem.ts'
import { chunkReader } from './chunks.ts'
import { gather, wholeOf } from './gather.ts'

/** The time in which a body that the gateway reads itself must arrive, in milliseconds. */
const ARRIVAL_MS = 10_000

/** Returns the problem of a body with more than `maxBytes`, which the answer names. */
export function tooLarge(maxBytes: number): Problem {
  const message = `The request body is larger than ${maxBytes} bytes, the most that is taken here.`
  return new Problem('payload_too_large', { message, fields: { limit: maxBytes } })
}

/**
 * Resolves to a request's whole body. Rejects with payload_too_large if it has more than
 * `maxBytes`, with request_timeout if it takes longer than 10 s to arrive, and with the Problem
 * `refusal` if it breaks off.
 */
export async function readRequestBytes(
  { body }: Request,
  maxBytes: number,
  refusal: ProblemCode,
): Promise<Uint8Array<ArrayBuffer>> {
  if (body === null) return new Uint8Array()
  const client = chunkReader(body)
  const { end, pieces, cause } = await gather(client, { maxBytes, withinMs: ARRIVAL_MS })
  if (end === 'whole') return wholeOf(pieces)
  client.cancel(new Error(`the body is not read: ${end}`))
  if (end === 'too_large') throw tooLarge(maxBytes)
  if (end === 'silent') throw new Problem('request_timeout')
  throw new Problem(refusal, { cause, reason: 'body_broken_off' })
}

/**
 * Resolves to a request's whole body as text. Rejects with payload_too_large if it has more than
 * `maxBytes`, request_timeout if it takes too long, and invalid_json if it breaks off or is not
 * UTF-8.
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
