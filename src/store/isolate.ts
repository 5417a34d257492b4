/** All that one isolate remembers between requests, and the stores behind it. */
import type { Config } from '../config/config.ts'
import { createLimiter } from '../limits/limiter.ts'
import { createWindows } from '../limits/windows.ts'
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
  const { leaseMs, unauthenticatedLimits, oauth, signIn } = config
  return {
    apiKeys: createApiKeyStore({ ...config.apiKeys, leaseMs }),
    sessions: createSessionStore({ ...config.sessions, leaseMs }),
    tokens: createTokenStore({ leaseMs }),
    grants: createGrantStore(),
    clients: createClientStore({
      registrations: oauth?.limits.registrations ?? [],
      hosts: config.hosts,
    }),
    usage: createUsageStore(),
    assertions: createAssertions(config.publicUrl),
    /** The windows of the routes' limits, by account, or by address for anonymous calls. */
    windows: createWindows(),
    /** Unauthenticated answers, by address. */
    refusals: createLimiter(unauthenticatedLimits),
    /** Payments that were tried and not paid, by address: counted apart, so that 402s keep nobody from paying. */
    tries: createLimiter(unauthenticatedLimits),
    /** Sign-in links asked for, by address. */
    signIns: createLimiter(signIn?.addressLimits ?? []),
    /** Clients registered, by address. */
    registrations: createLimiter(oauth?.limits.registrationsByAddress ?? []),
    /** Consent pages shown, by account. */
    consents: createLimiter(oauth?.limits.consents ?? []),
    /** Pairs of tokens issued, by account. */
    tokenPairs: createLimiter(oauth?.limits.tokens ?? []),
  }
}
