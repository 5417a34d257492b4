/** All that one isolate remembers between requests, and the stores behind it. */
import type { Config } from '../config/config.ts'
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
export function createIsolate(config: Config) {
  return {
    apiKeys: createApiKeyStore({ leaseMs: config.leaseMs, limit: config.apiKeys.limit }),
    sessions: createSessionStore({ ...config.sessions, leaseMs: config.leaseMs }),
    tokens: createTokenStore({ leaseMs: config.leaseMs }),
    grants: createGrantStore(),
    clients: createClientStore({
      registrations: config.oauth?.limits.registrations ?? null,
      hosts: config.hosts,
    }),
    usage: createUsageStore(),
    offersOf: createOffers(config),
    channelOfferOf: createChannelOffers(config),
    assertions: createAssertions(config.publicUrl),
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
