/** One fetch of a client ID metadata document, with narrow bounds. */
import { readBytes } from '../../http/bodies/gather.ts'

/** The longest document, in bytes. */
const MAX_BYTES = 5_120
/** The longest wait for a whole document, in milliseconds. */
const DOCUMENT_TIMEOUT_MS = 3_000

/** Why a document cannot be used. */
export interface DocumentFailure {
  /** The predicate of a sentence about the document: ASCII without quotes and backslashes. */
  failure: string
  /**
   * Whether the failure says nothing of the document: its host does not answer, or sends something
   * else in its place, as a wall against robots does.
   */
  isHostDown: boolean
}

/**
 * Fetches the JSON at a URL. It fails unless the answer is 200, JSON, at most `MAX_BYTES` long and
 * complete in time. Redirects are not followed.
 */
export async function fetchDocument(
  url: string,
  userAgent: string,
): Promise<{ json: unknown } | DocumentFailure> {
  let bytes: Uint8Array<ArrayBuffer> | null
  try {
    const response = await fetch(url, {
      headers: { accept: 'application/json', 'user-agent': userAgent },
      redirect: 'manual',
      signal: AbortSignal.timeout(DOCUMENT_TIMEOUT_MS),
      cf: { cacheTtlByStatus: { '100-599': -1 } },
    })
    const failure = failureOf(response)
    if (failure !== null) {
      await response.body?.cancel()
      return failure
    }
    bytes = await readBytes(response.body, MAX_BYTES)
  } catch {
    return {
      failure: `could not be fetched within ${DOCUMENT_TIMEOUT_MS / 1000} s`,
      isHostDown: true,
    }
  }
  if (bytes === null) return { failure: `is longer than ${MAX_BYTES} bytes`, isHostDown: false }
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
    return { json: JSON.parse(text) }
  } catch {
    return { failure: 'is not valid JSON', isHostDown: false }
  }
}

/** The failure that the head of an answer shows, or null. */
function failureOf({ status, headers }: Response): DocumentFailure | null {
  // A document that is gone was withdrawn: its last version must not go on.
  if (status === 404 || status === 410)
    return { failure: `is not there: its host answers ${status}`, isHostDown: false }
  if (status >= 300 && status < 400)
    return { failure: 'is behind a redirect, which is not followed', isHostDown: true }
  if (status !== 200) return { failure: `is refused by its host with ${status}`, isHostDown: true }
  const type = headers.get('content-type') ?? ''
  if (/^application\/(?:[a-z0-9.-]+\+)?json\s*(?:;|$)/i.test(type)) return null
  return { failure: 'does not come as application/json', isHostDown: true }
}
