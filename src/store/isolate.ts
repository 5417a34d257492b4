/** All that one isolate remembers between requests, and the stores behind it. */
import type { Gateway } from '../lib/gateway.ts'
import { createWindows } from '../lib/windows.ts'
import { createApiKeyStore } from './apiKeys.ts'
import { createAssertions } from './assertions.ts'
import { createChannelOffers } from './channelOffers.ts'
import { createOffers } from './offers.ts'
import { createSessionStore } from './sessions.ts'
import { createUsageStore } from './usage.ts'

export type Isolate = ReturnType<typeof createIsolate>

/** An isolate's fresh memory. One for each gateway; a new isolate starts with nothing. */
export function createIsolate(gateway: Gateway) {
  return {
    apiKeys: createApiKeyStore({ leaseMs: gateway.leaseMs, limit: gateway.apiKeys.limit }),
    sessions: createSessionStore({ ...gateway.sessions, leaseMs: gateway.leaseMs }),
    usage: createUsageStore(),
    offersOf: createOffers(gateway),
    channelOfferOf: createChannelOffers(gateway),
    assertions: createAssertions(gateway.publicUrl),
    /** Windows of accounts, and of addresses for nobody's calls. */
    windows: createWindows(),
    /** Windows of refused answers for each address. */
    refusals: createWindows(),
    /** Windows of payments that were tried and not paid, for each address. */
    tries: createWindows(),
  }
}
