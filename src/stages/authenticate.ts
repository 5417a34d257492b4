/** Who is calling? Exactly one credential becomes one Caller, or the answer is 401. */
import type { Config, Route } from '../config/config.ts'
import { keyFormsOf, keyInOtherHeader } from '../credentials/apiKey.ts'
import type { Caller } from '../credentials/caller.ts'
import { hasMintedForm } from '../credentials/minted.ts'
import type { CredentialMistake } from '../credentials/mistake.ts'
import { isMeantFor } from '../credentials/oauth/resource.ts'
import { requireOwnPage } from '../credentials/ownPage.ts'
import { type PresentedCredential, presentedCredential } from '../credentials/presented.ts'
import { unauthorizedChallenge } from '../credentials/unauthorizedChallenge.ts'
import type { Watch } from '../http/bodies/watch.ts'
import { onlyReads } from '../http/methods.ts'
import { Problem, type RefusalReason } from '../http/problem.ts'
import { sha256Hex } from '../lib/bytes.ts'
import { lazy } from '../lib/lazy.ts'
import { type Eventually, when } from '../lib/when.ts'
import type { Call, Stage } from '../pipeline/call.ts'
import type { Isolate } from '../store/isolate.ts'

// The sentences about mistakes are loaded with the first mistake.
const mistakes = lazy(() => import('../credentials/mistake.ts'))

/** The check of one kind of credential: first its hash, then its caller. */
interface CredentialCheck {
  /**
   * Returns the hash that a presented secret is stored under; null: the gateway did not mint it.
   */
  hashOf: (call: Call, presented: string) => Eventually<string | null>
  /** Returns the caller of a hash; null: the credential is unknown, revoked or expired. */
  callerOf: (call: Call, hash: string) => Eventually<Caller | null>
  /** Starts a watch of a hash, for an answer that is open longer than a lease. */
  watch: (call: Call, hash: string) => Watch
}

/**
 * Sets `call.caller`. Throws:
 *
 * - `unauthenticated` (RFC 9110 section 15.5.2) for a credential that is missing, not valid, or of
 *   a kind that the route does not take. The reason goes to the log only, because the answer must
 *   not tell a guesser.
 * - `multiple_credentials` for two credentials of one kind.
 * - `cross_site_request` for a write by cookie from a page of another site.
 * - `rate_limit_exceeded` in the place of `unauthenticated`, for an address that was refused too
 *   often.
 * - `service_unavailable` if the store of the credential does not answer.
 */
export function authenticate(route: Route, config: Config, isolate: Isolate): Stage {
  const checks = createChecks(route, config, isolate)
  const takesPaymentHeader = route.price?.paymentHeader === true
  const keyForms = keyFormsOf(config.apiKeys)

  /** Returns the caller, or the reason why the credential is refused. */
  function identify(
    call: Call,
    presented: PresentedCredential,
  ): Eventually<Caller | RefusalReason> {
    if (presented.kind === 'none' && route.auth.includes('anonymous')) return { kind: 'anonymous' }
    if (presented.kind === 'none' || presented.kind === 'payment') {
      // A key in the wrong header must not make its owner pay.
      if (keyInOtherHeader(call.headers, keyForms) !== null) return 'key_in_header'
    }
    if (presented.kind === 'none')
      return route.price === null ? 'no_credential' : { kind: 'anonymous' }
    if (presented.kind === 'multiple') throw new Problem('multiple_credentials')
    if (presented.kind === 'unknown') return 'unknown_scheme'
    if (presented.kind === 'payment') {
      if (route.price === null) return 'payment_not_taken'
      call.payment = presented.value // `charge` or `meter` verifies the payment
      return { kind: 'anonymous' }
    }
    const { kind, value } = presented
    if (!route.auth.includes(kind)) return `${kind}_not_taken`
    if (kind === 'session') checkSite(call)
    const check = checks[kind]
    return when(check.hashOf(call, value), (hash): Eventually<Caller | RefusalReason> => {
      if (hash === null) return `${kind}_not_ours`
      call.watch = () => check.watch(call, hash)
      return when(
        check.callerOf(call, hash),
        (caller): Caller | RefusalReason => caller ?? `${kind}_not_valid`,
      )
    })
  }

  /** Throws 401, or 429 for an address that has been refused too often. */
  function refuse(
    call: Call,
    presented: PresentedCredential,
    reason: RefusalReason,
  ): Eventually<never> {
    isolate.refusals.take(call)
    const fail = (mistake: CredentialMistake | null): never => {
      const kind = mistake?.holdsKey ? 'api_key' : presented.kind
      const headers = { 'www-authenticate': unauthorizedChallenge(route, config, { kind }) }
      const said = mistake === null ? {} : { message: mistake.sentence }
      throw new Problem('unauthenticated', { ...said, headers, reason })
    }
    // A key of the right form, and a call without any, have no mistake that the form tells.
    const isPlain =
      reason.endsWith('_not_valid') ||
      (presented.kind === 'api_key' && hasMintedForm(presented.value, config.apiKeys.prefix)) ||
      (reason === 'no_credential' && route.auth.includes('api_key'))
    if (isPlain && !reason.endsWith('_not_taken')) return fail(null)
    return when(mistakes(), ({ mistakeOf }) =>
      fail(mistakeOf(call.headers, presented, reason, route, config)),
    )
  }

  return (next) => (call) => {
    const { cookie } = config.sessions
    const presented = presentedCredential(call.headers, cookie, takesPaymentHeader, keyForms)
    return when(identify(call, presented), (caller) => {
      if (typeof caller === 'string') return refuse(call, presented, caller)
      call.caller = caller
      return next(call)
    })
  }
}

/** Returns the checks by kind of credential. */
function createChecks(
  route: Route,
  config: Config,
  isolate: Isolate,
): Record<'api_key' | 'session' | 'oauth', CredentialCheck> {
  const { apiKeys, sessions, tokens } = isolate
  const audience = route.resource?.url ?? ''
  return {
    api_key: {
      hashOf: (call, key) =>
        when(apiKeys.hashOf(call.env, key), (hash) => hash ?? importedHash(call, key)),
      callerOf: (call, hash) =>
        when(
          apiKeys.find(call.env, hash, call.waitUntil),
          (owner) => owner && { kind: 'api_key', accountId: owner.accountId, keyId: owner.keyId },
        ),
      watch: (call, hash) => apiKeys.watch(call.env, hash),
    },
    session: {
      hashOf: (call, cookie) => sessions.hashOf(call.env, cookie),
      callerOf: (call, hash) =>
        when(
          sessions.find(call.env, hash, call.waitUntil),
          (record) =>
            record && { kind: 'session', accountId: record.accountId, sessionId: record.id },
        ),
      watch: (call, hash) => sessions.watch(call.env, hash),
    },
    oauth: {
      hashOf: (call, token) => tokens.hashOf(call.env, token),
      callerOf: (call, hash) =>
        when(tokens.find(call.env, hash, call.waitUntil), (holder) => {
          if (holder === null || !isMeantFor(holder.audiences, audience)) return null
          const { accountId, clientId, grantId, scope } = holder
          return { kind: 'oauth', accountId, clientId, grantId, scope }
        }),
      watch: (call, hash) => tokens.watch(call.env, hash, graceMs(call)),
    },
  }

  /**
   * How long after the token's expiry an answer may go on, in milliseconds: the answer to a write
   * may finish within the route's time; a stream that is only read ends.
   */
  function graceMs({ method }: Call): number {
    return onlyReads(method) ? 0 : route.timeoutMs
  }

  /**
   * Returns the hash of an imported key, which has no tag of the gateway, so that a made-up key
   * costs a look-up. The look-up counts as a refusal while it is under way. Throws
   * `rate_limit_exceeded` for an address over that limit, unless the key is leased.
   */
  async function importedHash(call: Call, key: string): Promise<string | null> {
    const { acceptUntagged, prefix } = config.apiKeys
    const isUntagged = acceptUntagged && hasMintedForm(key, prefix)
    if (!isUntagged && !keyFormsOf(config.apiKeys).isImported(key)) return null
    const hash = await sha256Hex(key)
    if (apiKeys.isLeased(hash)) return hash
    isolate.refusals.take(call)
    try {
      await apiKeys.find(call.env, hash, call.waitUntil)
    } finally {
      // A key that is unknown is counted when it is refused.
      isolate.refusals.giveBack(call)
    }
    return hash
  }
}

/**
 * Throws `cross_site_request` if a page of another site sends a write with a cookie, or opens a
 * WebSocket with a cookie.
 */
function checkSite(call: Call): void {
  const isWrite = /^(?:POST|PUT|PATCH|DELETE)$/.test(call.method)
  if (isWrite || call.headers.has('upgrade')) requireOwnPage(call)
}
