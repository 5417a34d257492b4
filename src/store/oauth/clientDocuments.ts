/**
 * Client ID metadata documents (draft-ietf-oauth-client-id-metadata-document): fetched, remembered,
 * and kept for the time that their host does not answer. A stranger names the URL, so every fetch
 * has narrow bounds.
 * See docs/decisions/0022.
 */
import { type OAuthClient, parseClientDocument } from '../../credentials/oauth/client.ts'
import type { AppSchemes } from '../../credentials/oauth/redirectUri.ts'
import { createBoundedMap } from '../../lib/boundedMap.ts'
import { estimatedBytes } from '../../lib/estimatedBytes.ts'
import { log, logError } from '../../lib/log.ts'
import { createSampler } from '../../lib/sampler.ts'
import type { Env, WaitUntil } from '../env.ts'
import { type DocumentFailure, fetchDocument } from './documentFetch.ts'
import { selectDocument, upsertDocument } from './documentStatements.ts'

const MINUTE_MS = 60_000
/** How long an isolate uses a valid document before it fetches it again. */
const KEEP_MS = 5 * MINUTE_MS
/** How long an isolate remembers a document that was refused, or whose host does not answer. */
const REFUSED_MS = 10 * MINUTE_MS
/** How long the last valid document serves while its host does not answer. */
const LAST_GOOD_MS = 7 * 24 * 60 * MINUTE_MS
/** A host that does not answer is asked this often before the failure is remembered. */
const MAX_TRIES = 3
/** The most bytes of documents that one isolate remembers. The oldest ones make room. */
const MAX_BYTES = 2_097_152
/** The shortest time between two lines about documents that are refused, in milliseconds. */
const LOG_EVERY_MS = 1_000

/** Why there is no client for a document's URL. */
export interface DocumentRefusal {
  /** ASCII without quotes and backslashes. */
  refusal: string
  /** Whether another try may succeed at once: the failure is not remembered yet. */
  isFleeting: boolean
}

interface Remembered {
  outcome: OAuthClient | DocumentRefusal
  /** In epoch milliseconds. */
  until: number
  /** How often in a row the host has not answered. */
  tries: number
}

/** The request that a look-up belongs to. */
export interface DocumentContext {
  env: Env
  waitUntil: WaitUntil
}

/**
 * Creates an isolate's memory of documents. Returns a function that gives the client of a
 * document's URL (see `isDocumentUrl`), or why there is none. `userAgent` says who fetches. A
 * request that needs a fetch calls `beforeFetch` first, which may throw.
 */
export function createClientDocuments(config: { appSchemes: AppSchemes; userAgent: string }) {
  const memory = createBoundedMap<Remembered>(MAX_BYTES, estimatedBytes)
  const sample = createSampler(LOG_EVERY_MS)

  function remember(url: string, remembered: Remembered): Remembered['outcome'] {
    memory.set(url, remembered)
    return remembered.outcome
  }

  /** Keeps a valid document for other isolates. A failure costs only that. */
  async function keep(env: Env, client: OAuthClient, now: number): Promise<void> {
    try {
      await upsertDocument(env, client, now)
    } catch (error) {
      logError('client_document_not_kept', error)
    }
  }

  return async function documentAt(
    { env, waitUntil }: DocumentContext,
    url: string,
    beforeFetch: () => void,
  ): Promise<OAuthClient | DocumentRefusal> {
    const now = Date.now()
    const known = memory.get(url)
    if (known !== undefined && now < known.until) return known.outcome
    beforeFetch()
    const fetched = await fetchDocument(url, config.userAgent)
    const client = 'failure' in fetched ? fetched : parsed(url, fetched.json, config.appSchemes)
    if (!('failure' in client)) {
      waitUntil(keep(env, client, now))
      return remember(url, { outcome: client, until: now + KEEP_MS, tries: 0 })
    }
    const { failure, isHostDown } = client
    const count = sample('client_document_refused', now)
    if (count !== null)
      log('error', 'client_document_refused', { count, cause: `the document ${failure}` })
    const old = isHostDown ? await selectDocument(env, url, now - LAST_GOOD_MS) : null
    if (old !== null) return remember(url, { outcome: old, until: now + REFUSED_MS, tries: 0 })
    const tries = isHostDown && now < (known?.until ?? 0) + REFUSED_MS ? (known?.tries ?? 0) + 1 : 1
    const isFleeting = isHostDown && tries < MAX_TRIES
    return remember(url, {
      outcome: { refusal: failure, isFleeting },
      until: isFleeting ? now : now + REFUSED_MS,
      tries,
    })
  }
}

/** The client that a document's JSON describes, or the failure. */
function parsed(url: string, json: unknown, schemes: AppSchemes): OAuthClient | DocumentFailure {
  const client = parseClientDocument(url, json, schemes)
  if (!('error' in client)) return client
  return { failure: `is refused: ${client.sentence}`, isHostDown: false }
}
