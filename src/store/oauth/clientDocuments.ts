/** Client ID metadata documents: fetched from where a client says, so with every care. */
import { type OAuthClient, parseClientDocument } from '../../credentials/oauth/client.ts'
import { readBytes } from '../../http/body.ts'
import { logError } from '../../lib/log.ts'

/** The longest document, in bytes, and the longest wait for the whole of it, in milliseconds. */
const MAX_BYTES = 5_120
const DOCUMENT_TIMEOUT_MS = 3_000
/** How long a good document is used again, in milliseconds. Nothing else is remembered. */
const KEEP_MS = 300_000
const MAX_DOCUMENTS = 1_000

/** The documents that one isolate has read. `hosts` are our own: nothing is fetched from them. */
export function createClientDocuments(hosts: ReadonlySet<string>) {
  const kept = new Map<string, { client: OAuthClient; until: number }>()

  /** The client that a document URL (see `isDocumentUrl`) describes, or null. */
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

/** The JSON at a URL. Rejects for anything but a small 200 of JSON that comes in time; follows nothing. */
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
    throw new Error(`the document is ${isJson ? `a ${response.status}` : 'no JSON'}`)
  }
  const bytes = await readBytes(response.body, MAX_BYTES)
  if (bytes === null) throw new Error('the document is too long')
  return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes))
}
