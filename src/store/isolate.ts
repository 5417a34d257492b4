/** Everything that one isolate remembers between requests, and the stores behind that memory. */
import type { Config } from '../config/config.ts'
import { createBodyHolds } from '../http/bodies/hold.ts'
import { createAddressWindows } from '../limits/addressWindows.ts'
import type { Limit } from '../limits/limit.ts'
import { createAddressLimiter, createLimiter } from '../limits/limiter.ts'
import { createHearts } from './heartbeat/hearts.ts'
import { createApiKeyStore } from './keys/apiKeys.ts'
import { createGrantStore } from './oauth/grants.ts'
import { createTokenStore } from './oauth/tokens.ts'
import { createAssertions } from './origins/assertions.ts'
import { createSessionStore } from './signIn/sessions.ts'

/** Mails about new keys and browsers for one account: nobody makes more, and no mailbox drowns. */
const NOTICE_LIMITS = [{ name: 'notices', count: 20, windowMs: 3_600_000 }]

/** Questions for the gateway's health, by address: a monitor asks once in some seconds. */
const HEALTH_LIMITS = [{ name: 'health', count: 60, windowMs: 60_000 }]

export type Isolate = ReturnType<typeof createIsolate>

/** Creates the empty memory of an isolate. Each gateway has one. */
export function createIsolate(config: Config) {
  const { leaseMs, stretchMs, unauthenticatedLimits, unpaidLimits, oauth, signIn } = config
  const hearts = createHearts(config.heartbeat, (accountId, changes) => {
    for (const store of [apiKeys, sessions, tokens]) store.learn(accountId, changes)
  })
  const apiKeys = createApiKeyStore({ ...config.apiKeys, leaseMs, stretchMs }, hearts)
  const sessions = createSessionStore({ ...config.sessions, leaseMs, stretchMs }, hearts)
  const tokens = createTokenStore({ leaseMs, stretchMs }, hearts)
  return {
    /** Exchanges limits, changes and usage with the objects of accounts. */
    hearts,
    apiKeys,
    sessions,
    tokens,
    grants: createGrantStore(),
    assertions: createAssertions(config.publicUrl),
    /** The memory for request bodies that are held until they are whole. */
    heldBodies: createBodyHolds(Math.max(0, ...config.routes.map((route) => route.unpaidBytes))),
    /**
     * Requests of callers without an account against the routes' limits, by address. In a memory of
     * their own, so that many addresses cannot push out the windows of accounts.
     */
    addressWindows: createAddressWindows(),
    /** Credentials that were refused (401), by address. */
    refusals: createAddressLimiter(unauthenticatedLimits),
    /** Answers of 402, by address. Junk keys must not keep agents from paying. */
    unpaid: createAddressLimiter(unpaidLimits),
    /**
     * Payments that were tried and not paid, by address. Counted apart from `unpaid`, so that a
     * client that got too many 402s can still pay.
     */
    tries: createAddressLimiter(unpaidLimits),
    /** Questions for the gateway's health, by address. */
    health: createAddressLimiter(HEALTH_LIMITS),
    /** Requests for a sign-in link, by address. */
    signIns: createAddressLimiter(signIn?.addressLimits ?? []),
    /** Requests for a sign-in link, all together. */
    signInTotal: createLimiter(signIn?.totalLimits ?? []),
    /** Requests for a sign-in link, by network: at most a tenth of all. */
    signInNetworks: createLimiter(tenthOf(signIn?.totalLimits ?? [])),
    /** Requests to the pages of sign-in, by the hash of the secret that they present. */
    signInSecrets: createLimiter(signIn?.secretLimits ?? []),
    /** Requests to the dashboard, by the hash of the session. */
    pages: createLimiter(signIn?.pageLimits ?? []),
    /** Mails about new keys and browsers, by account. */
    notices: createLimiter(NOTICE_LIMITS),
    /** Registrations of OAuth clients, by address. */
    registrations: createAddressLimiter(oauth?.limits.registrationsByAddress ?? []),
    /** Reads of the store for ids of OAuth clients, by address. */
    clientLookUps: createAddressLimiter(oauth?.limits.lookUpsByAddress ?? []),
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
