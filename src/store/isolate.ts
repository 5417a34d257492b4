/** Everything that one isolate remembers between requests, and the stores behind that memory. */
import type { Config } from '../config/config.ts'
import type { Limit } from '../limits/limit.ts'
import { createLimiter } from '../limits/limiter.ts'
import { createWindows } from '../limits/windows.ts'
import { createHearts } from './heartbeat/hearts.ts'
import { createApiKeyStore } from './keys/apiKeys.ts'
import { createGrantStore } from './oauth/grants.ts'
import { createTokenStore } from './oauth/tokens.ts'
import { createAssertions } from './origins/assertions.ts'
import { createSessionStore } from './signIn/sessions.ts'

export type Isolate = ReturnType<typeof createIsolate>

/** Creates the empty memory of an isolate. Each gateway has one. */
export function createIsolate(config: Config) {
  const { leaseMs, unauthenticatedLimits, oauth, signIn } = config
  const hearts = createHearts(config.heartbeat, (accountId, changes) => {
    for (const store of [apiKeys, sessions, tokens]) store.learn(accountId, changes)
  })
  const apiKeys = createApiKeyStore({ ...config.apiKeys, leaseMs }, hearts.tell)
  const sessions = createSessionStore({ ...config.sessions, leaseMs })
  const tokens = createTokenStore({ leaseMs }, hearts.tell)
  return {
    /** Exchanges limits, changes and usage with the objects of accounts. */
    hearts,
    apiKeys,
    sessions,
    tokens,
    grants: createGrantStore(),
    assertions: createAssertions(config.publicUrl),
    /** Requests of callers without an account against the routes' limits, by address. */
    windows: createWindows(),
    /** Answers of 401 and 402, by address. */
    refusals: createLimiter(unauthenticatedLimits),
    /**
     * Payments that were tried and not paid, by address. Counted apart from `refusals`, so that a
     * client that got too many 402s can still pay.
     */
    tries: createLimiter(unauthenticatedLimits),
    /** Requests for a sign-in link, by address. */
    signIns: createLimiter(signIn?.addressLimits ?? []),
    /** Requests for a sign-in link, all together. */
    signInTotal: createLimiter(signIn?.totalLimits ?? []),
    /** Requests for a sign-in link, by network: at most a tenth of all. */
    signInNetworks: createLimiter(tenthOf(signIn?.totalLimits ?? [])),
    /** Requests to the pages of sign-in, by the hash of the secret that they present. */
    signInSecrets: createLimiter(signIn?.secretLimits ?? []),
    /** Registrations of OAuth clients, by address. */
    registrations: createLimiter(oauth?.limits.registrationsByAddress ?? []),
    /** Reads of the store for ids of OAuth clients, by address. */
    clientLookUps: createLimiter(oauth?.limits.lookUpsByAddress ?? []),
    /** Consent pages shown, by account. */
    consents: createLimiter(oauth?.limits.consents ?? []),
    /** Pairs of tokens that were issued, by account. */
    tokenPairs: createLimiter(oauth?.limits.tokens ?? []),
    /** Codes and tokens that clients present, by their hash. */
    presented: createLimiter(oauth?.limits.presented ?? []),
  }
}

/** A tenth of each limit, rounded up. */
function tenthOf(limits: readonly Limit[]): Limit[] {
  return limits.map((limit) => ({ ...limit, count: Math.ceil(limit.count / 10) }))
}
