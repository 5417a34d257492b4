/**
 * Fetches client ID metadata documents (draft-ietf-oauth-client-id-metadata-document). A stranger
 * names the URL, so every fetch has narrow bounds.
 */
import { type OAuthClient, parseClientDocument } from '../../credentials/oauth/client.ts'
import { readBytes } from '../../http/body.ts'
import { logError } from '../../lib/log.ts'

/** The longest document, in bytes. */
const MAX_BYTES = 5_120
/** The longest wait for a whole document, in milliseconds. */
const DOCUMENT_TIMEOUT_MS = 3_000
/** How long a valid document is reused, in milliseconds. Refused documents are not remembered. */
const KEEP_MS = 300_000
/** The most documents that one isolate remembers. A full memory is emptied. */
const MAX_DOCUMENTS = 1_000

/**
 * Creates an isolate's memory of documents, and returns a function that gives the client of a
 * document's URL (see `isDocumentUrl`), or null if there is no valid document there. `hosts` are
 * the gateway's own: nothing is fetched from them.
 */
export function createClientDocuments(hosts: ReadonlySet<string>) {
  const kept = new Map<string, { client: OAuthClient; until: number }>()

  return async function documentAt(url: string): Promise<OAuthClient | null> {
    const now = Date.now()
    const known = kept.get(url)
    if (known !== undefined && now < known.until) return known.client
    if (hosts.has(new URL(url).hostname)) return null
    try {
      const client = parseClientDocument(url, await fetchDocument(url))
      if (client === null) throw new Error('the document does not describe this client')
      if (kept.size >= MAX_DOCUMENTS) kept.clear()
      kept.set(url, { client, until: now + KEEP_MS })
      return client
    } catch (error) {
      logError('client_document_refused', error)
      return null
    }
  }
}

/**
 * Fetches the JSON at a URL. Rejects unless the answer is 200, JSON, at most `MAX_BYTES` long and
 * complete in time. Does not follow redirects.
 */
async function fetchDocument(url: string): Promise<unknown> {
  const response = await fetch(url, {
    headers: { accept: 'application/json' },
    redirect: 'manual',
    signal: AbortSignal.timeout(DOCUMENT_TIMEOUT_MS),
    cf: { cacheTtlByStatus: { '100-599': -1 } },
  })
  const type = response.headers.get('content-type') ?? ''
  const isJson = /^application\/(?:[a-z0-9.-]+\+)?json\s*(?:;|$)/i.test(type)
  if (response.status !== 200 || !isJson) {
    await response.body?.cancel()
    throw new Error(`the document is ${isJson ? `a ${response.status}` : 'not JSON'}`)
  }
  const bytes = await readBytes(response.body, MAX_BYTES)
  if (bytes === null) throw new Error('the document is too long')
  return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes))
}
