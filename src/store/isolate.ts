/** Everything that one isolate remembers between requests, and the stores behind that memory. */
import type { Config } from '../config/config.ts'
import { createBodyHolds } from '../http/bodies/hold.ts'
import { createLimiter } from '../limits/limiter.ts'
import { createAddresses } from './heartbeat/addresses.ts'
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
  const addresses = createAddresses(config.heartbeat)
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
    /** Requests of callers without an account against the routes' limits, by address. */
    anonymous: addresses.anonymous(),
    /** Credentials that were refused (401), by address. */
    refusals: addresses.fast('refusals', unauthenticatedLimits, { isFree: true }),
    /** Answers of 402, by address. Junk keys must not keep agents from paying. */
    unpaid: addresses.fast('unpaid', unpaidLimits, { isFree: true }),
    /**
     * Payments that were tried and not paid, by address. Counted apart from `unpaid`, so that a
     * client that got too many 402s can still pay.
     */
    tries: addresses.fast('tries', unpaidLimits, { isFree: false }),
    /** Questions for the gateway's health, by address. */
    health: addresses.fast('health', HEALTH_LIMITS, { isFree: true }),
    /** Requests for a sign-in link, by address, and all together. */
    signIns: addresses.strict('sign-ins', signIn?.addressLimits ?? [], signIn?.totalLimits ?? []),
    /** Look-ups of an owner's sign-in link, by address. */
    ownerLinks: addresses.fast('owner links', signIn?.addressLimits ?? [], { isFree: false }),
    /** Requests to the pages of sign-in, by the hash of the secret that they present. */
    signInSecrets: createLimiter(signIn?.secretLimits ?? []),
    /** Requests to the dashboard, by the hash of the session. */
    pages: createLimiter(signIn?.pageLimits ?? []),
    /** Mails about new keys and browsers, by account. */
    notices: createLimiter(NOTICE_LIMITS),
    /** Tries to register an OAuth client, by address. */
    registrations: addresses.strict(
      'registrations',
      oauth?.limits.registrationsByAddress ?? [],
      [],
    ),
    /** New OAuth clients, all together. */
    newClients: addresses.strict('new clients', [], oauth?.limits.registrations ?? []),
    /** Reads of the store for ids of OAuth clients, by address. */
    clientLookUps: addresses.fast('clients', oauth?.limits.lookUpsByAddress ?? [], {
      isFree: false,
    }),
    /** Consent pages shown, by account. */
    consents: createLimiter(oauth?.limits.consents ?? []),
    /** Pairs of tokens that were issued, by account. */
    tokenPairs: createLimiter(oauth?.limits.tokens ?? []),
    /** Codes and tokens that clients present, by their hash. */
    presented: createLimiter(oauth?.limits.presented ?? []),
  }
}
