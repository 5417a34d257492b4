/** All that one isolate remembers between requests, and the stores behind it. */
import type { Gateway } from '../config/gateway.ts'
import { createWindows } from '../limits/windows.ts'
import { createChannelOffers } from '../paywall/channelOffers.ts'
import { createOffers } from '../paywall/offers.ts'
import { createApiKeyStore } from './apiKeys.ts'
import { createAssertions } from './assertions.ts'
import { createClientStore } from './oauth/clients.ts'
import { createGrantStore } from './oauth/grants.ts'
import { createTokenStore } from './oauth/tokens.ts'
import { createSessionStore } from './sessions.ts'
import { createUsageStore } from './usage.ts'

export type Isolate = ReturnType<typeof createIsolate>

/** An isolate's fresh memory. One for each gateway; a new isolate starts with nothing. */
export function createIsolate(gateway: Gateway) {
  return {
    apiKeys: createApiKeyStore({ leaseMs: gateway.leaseMs, limit: gateway.apiKeys.limit }),
    sessions: createSessionStore({ ...gateway.sessions, leaseMs: gateway.leaseMs }),
    tokens: createTokenStore({ leaseMs: gateway.leaseMs }),
    grants: createGrantStore(),
    clients: createClientStore({
      registrations: gateway.oauth?.limits.registrations ?? null,
      hosts: gateway.hosts,
    }),
    usage: createUsageStore(),
    offersOf: createOffers(gateway),
    channelOfferOf: createChannelOffers(gateway),
    assertions: createAssertions(gateway.publicUrl),
    /** Windows of accounts, and of addresses for nobody's calls. */
    windows: createWindows(),
    /** Windows of refused answers for each address. */
    refusals: createWindows(),
    /** Windows of sign-ins for each address. */
    signIns: createWindows(),
    /** Windows of payments that were tried and not paid, for each address. */
    tries: createWindows(),
  }
}
