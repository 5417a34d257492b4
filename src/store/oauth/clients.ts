/**
 * OAuth clients: registered clients in D1, the isolate's leased verdicts on them, and clients that
 * a metadata document describes.
 * See docs/decisions/0022.
 */
import type { OAuthClient } from '../../credentials/oauth/client.ts'
import { isDocumentUrl, isRegisteredId } from '../../credentials/oauth/clientId.ts'
import type { AppSchemes } from '../../credentials/oauth/redirectUri.ts'
import { logError } from '../../lib/log.ts'
import type { Env } from '../env.ts'
import type { AddressLimiter } from '../heartbeat/addresses.ts'
import { createLeasedReader } from '../leases/leasedReader.ts'
import { createLeases } from '../leases/leases.ts'
import {
  createClientDocuments,
  type DocumentContext,
  type DocumentRefusal,
} from './clientDocuments.ts'
import { insertClient, selectClient, updateClientUse } from './clientStatements.ts'
import { trimRegistrations } from './trim.ts'

/** How long an isolate remembers that a client is unknown, in milliseconds. */
const UNKNOWN_CLIENT_MS = 2_000
/** The most bytes of clients that one isolate remembers: one can have 20 KB of redirect URIs. */
const MAX_CLIENTS_BYTES = 4_194_304
/** The least time between two writes of a client's last use. */
const USE_EVERY_MS = 24 * 3_600_000
/** The least time between two looks for registrations that are too many. */
const TRIM_EVERY_MS = 60_000

/** The request that asks for a client, and the address that its look-up counts for. */
export interface ClientContext extends DocumentContext {
  address: string
}

/**
 * Creates the store of all clients. `lookUps` counts the reads that each address causes. `leaseMs`
 * is how long a client may be trusted. `hosts` are the gateway's own: no document is fetched there.
 */
export function createClientStore(config: {
  lookUps: AddressLimiter
  leaseMs: number
  hosts: ReadonlySet<string>
  appSchemes: AppSchemes
  userAgent: string
}) {
  const documentAt = createClientDocuments(config)
  const { leaseMs } = config
  const leases = createLeases<OAuthClient>({
    leaseMs,
    unknownMs: UNKNOWN_CLIENT_MS,
    maxBytes: MAX_CLIENTS_BYTES,
  })
  const reader = createLeasedReader(leases, { leaseMs, stretchMs: 0 }, selectClient)
  let trimAt = 0

  /** Finds a registered client. A look-up that needs the store counts before the store is asked. */
  async function findRegistered(context: ClientContext, id: string): Promise<OAuthClient | null> {
    const count = () => config.lookUps.take(context)
    return reader.find(context.env, id, context.waitUntil, count)
  }

  /** Deletes registrations that are too many, once in a while. A failure is left to the cron. */
  async function trim(env: Env, now: number): Promise<void> {
    if (now < trimAt) return
    trimAt = now + TRIM_EVERY_MS
    await trimRegistrations(env).catch((error) => logError('registrations_not_trimmed', error))
  }

  return {
    /**
     * Finds the client with this id, or null; or says why its metadata document is not accepted. A
     * document is fetched, unless this isolate fetched it a short time ago. Throws
     * rate_limit_exceeded and service_unavailable.
     */
    async resolve(
      context: ClientContext,
      id: string,
    ): Promise<OAuthClient | DocumentRefusal | null> {
      if (isRegisteredId(id)) return findRegistered(context, id)
      if (!isDocumentUrl(id) || config.hosts.has(new URL(id).hostname)) return null
      return documentAt(context, id, () => config.lookUps.take(context))
    },

    /**
     * Finds the client that presents a code or a token, or null. A metadata document is not
     * fetched: codes and tokens are bound to its URL, and a refresh must not depend on another
     * site. Throws as `resolve` does.
     */
    async resolvePresenter(context: ClientContext, id: string): Promise<OAuthClient | null> {
      if (isRegisteredId(id)) return findRegistered(context, id)
      if (!isDocumentUrl(id)) return null
      return { id, name: null, redirectUris: [], refreshes: false, secretHash: null }
    },

    /**
     * Stores a client that registers from `network` at `now` (epoch milliseconds). Throws
     * service_unavailable.
     */
    async register(
      { env, waitUntil }: ClientContext,
      client: OAuthClient,
      network: string,
      now: number,
    ): Promise<void> {
      await insertClient(env, client, network, now)
      leases.record(client.id, { value: client, from: now })
      waitUntil(trim(env, now))
    },

    /** Records that a signed-in person was asked about a client, so that it is kept. */
    async recordShown(env: Env, { id }: OAuthClient, now: number): Promise<void> {
      if (!isRegisteredId(id)) return
      await updateClientUse(env, id, now, now - USE_EVERY_MS)
    },
  }
}

export type ClientStore = ReturnType<typeof createClientStore>
