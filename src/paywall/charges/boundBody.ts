/** The part of a purchase that is the request's body. */
import type { Config, Route } from '../../config/config.ts'
import { sha256, sha256Hex, toBase64 } from '../../lib/bytes.ts'
import type { Call } from '../../pipeline/call.ts'
import type { Isolate } from '../../store/isolate.ts'
import { bodyOf, type Purchase } from '../paywall.ts'

/** The one form of a form's type whose boundary every reader reads alike. */
const FORM =
  /^multipart\/form-data[ \t]*;[ \t]*boundary=(?:"([\w'()+,\-./:=? ]{1,70})"|([\w'+\-.]{1,70}))$/i

/** Returns the boundary of a form, or null for any other type, and where it could be in doubt. */
export function boundaryOf(contentType: string | null | undefined): string | null {
  const match = FORM.exec(contentType ?? '')
  return match?.[1] ?? match?.[2] ?? null
}

/** Resolves to the digest of what is between a form's boundaries, whatever they are. */
export function digestOfParts(body: Uint8Array, boundary: string): Promise<string> {
  // Latin-1 has one character for each byte, so that texts differ where bytes do.
  const parts = new TextDecoder('latin1').decode(body).split(`--${boundary}`)
  return sha256Hex(JSON.stringify(parts))
}

/**
 * Resolves to what the body gives to a purchase: the RFC 9530 `sha-256` digest, or nothing if there
 * is no body. Clients draw the boundary of a form anew for each try, so a form is known by its
 * parts: else nobody could pay for one. Throws as `bodyOf` does.
 */
export async function boundBodyOf(
  call: Call,
  route: Route,
  config: Config,
  isolate: Isolate,
): Promise<Pick<Purchase, 'digest' | 'form'>> {
  const bytes = await bodyOf(call, route, config, isolate)
  if (bytes === null) return { digest: undefined }
  const boundary = boundaryOf(call.header('content-type'))
  return boundary === null
    ? { digest: `sha-256=:${toBase64(await sha256(bytes))}:` }
    : { digest: undefined, form: await digestOfParts(bytes, boundary) }
}
