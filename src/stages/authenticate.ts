/** Who is calling? Exactly one credential becomes one Caller, or the answer is 401. */
import type { Config, Route } from '../config/config.ts'
import type { Caller } from '../credentials/caller.ts'
import { hasMintedForm } from '../credentials/minted.ts'
import { isMeantFor } from '../credentials/oauth/resource.ts'
import {
  type PresentedCredential,
  presentedCredential,
  requireOwnPage,
} from '../credentials/presented.ts'
import { unauthorizedChallenge } from '../credentials/unauthorizedChallenge.ts'
import { Problem, type RefusalReason } from '../http/problem.ts'
import { sha256Hex } from '../lib/bytes.ts'
import { type Eventually, lastly, when } from '../lib/when.ts'
import type { Call, Stage } from '../pipeline/call.ts'
import type { Isolate } from '../store/isolate.ts'

/** One kind of credential: from what is presented to what it is stored under, and on to its caller. */
interface CredentialCheck {
  /** The stored hash of a presented secret, or null: it is none of ours. */
  hashOf: (call: Call, presented: string) => Eventually<string | null>
  /** The caller behind a hash; null: there is none, or none any more. */
  callerOf: (call: Call, hash: string) => Eventually<Caller | null>
  /** Whether there still is a caller, for an open stream. */
  stillValid: (call: Call, hash: string) => Promise<boolean>
}

/**
 * Sets `call.caller`, or throws unauthenticated, multiple_credentials, cross_site_request, or rate_limit_exceeded for
 * an address that was refused too often. The log has the reason of a refusal; the answer does not.
 */
export function authenticate(route: Route, config: Config, isolate: Isolate): Stage {
  const checks = createChecks(config, isolate)
  const takesPaymentHeader = route.price?.paymentHeader === true

  /** The caller, or why there is none. */
  function identify(
    call: Call,
    presented: PresentedCredential,
  ): Eventually<Caller | RefusalReason> {
    if (presented.kind === 'none')
      return route.auth.includes('anonymous') || route.price !== null
        ? { kind: 'anonymous' }
        : 'no_credential'
    if (presented.kind === 'multiple') throw new Problem('multiple_credentials')
    if (presented.kind === 'unknown') return 'unknown_scheme'
    if (presented.kind === 'payment') {
      if (route.price === null) return 'payment_not_taken'
      call.payment = presented.value // `charge` and `meter` find out what it is worth
      return { kind: 'anonymous' }
    }
    const { kind, value } = presented
    if (!route.auth.includes(kind)) return `${kind}_not_taken`
    if (kind === 'session') checkSite(call)
    const check = checks[kind]
    return when(check.hashOf(call, value), (hash): Eventually<Caller | RefusalReason> => {
      if (hash === null) return `${kind}_not_ours`
      call.stillValid = () => check.stillValid(call, hash)
      return when(
        check.callerOf(call, hash),
        (caller): Caller | RefusalReason => caller ?? `${kind}_not_valid`,
      )
    })
  }

  /** 401, or 429 for an address that has been refused too often. */
  function refuse(call: Call, presented: PresentedCredential, reason: RefusalReason): never {
    isolate.refusals.take(call.address)
    const headers = { 'www-authenticate': unauthorizedChallenge(route, config, presented) }
    throw new Problem('unauthenticated', { headers, reason })
  }

  return (next) => (call) => {
    const presented = presentedCredential(call.headers, config.sessions.cookie, takesPaymentHeader)
    return when(identify(call, presented), (caller) => {
      if (typeof caller === 'string') return refuse(call, presented, caller)
      call.caller = caller
      if (caller.kind !== 'api_key' && caller.kind !== 'oauth') return next(call)
      // Noted afterwards, so that no write is in the request's way.
      return lastly(
        () => next(call),
        () => recordUse(call, caller, isolate),
      )
    })
  }
}

function createChecks(
  config: Config,
  isolate: Isolate,
): Record<'api_key' | 'session' | 'oauth', CredentialCheck> {
  const { apiKeys, sessions, tokens } = isolate
  return {
    api_key: {
      hashOf: (call, key) =>
        when(apiKeys.hashOf(call.env, key), (hash) => hash ?? importedHash(call, key)),
      callerOf: (call, hash) =>
        when(
          apiKeys.find(call.env, hash, call.waitUntil),
          (owner) => owner && { kind: 'api_key', ...owner },
        ),
      stillValid: (call, hash) => apiKeys.stillValid(call.env, hash),
    },
    session: {
      hashOf: (call, cookie) => sessions.hashOf(call.env, cookie),
      callerOf: (call, hash) =>
        when(
          sessions.find(call.env, hash, call.waitUntil),
          (record) =>
            record && { kind: 'session', accountId: record.accountId, sessionId: record.id },
        ),
      stillValid: (call, hash) => sessions.stillValid(call.env, hash),
    },
    oauth: {
      hashOf: (call, token) => tokens.hashOf(call.env, token),
      callerOf: (call, hash) =>
        when(tokens.find(call.env, hash, call.waitUntil), (holder) => {
          if (holder === null || !isMeantFor(holder.audiences, config, call.target.path))
            return null
          const { accountId, clientId, grantId, scope } = holder
          return { kind: 'oauth', accountId, clientId, grantId, scope }
        }),
      stillValid: (call, hash) => tokens.stillValid(call.env, hash),
    },
  }

  /** The hash of an imported key, which has no tag of ours: not for an address that guesses a lot. */
  async function importedHash(call: Call, key: string): Promise<string | null> {
    if (!config.apiKeys.acceptUntagged || !hasMintedForm(key, config.apiKeys.prefix)) return null
    const hash = await sha256Hex(key)
    return apiKeys.isLeased(hash) || !isolate.refusals.isFull(call.address) ? hash : null
  }
}

function recordUse(
  call: Call,
  caller: Caller & { kind: 'api_key' | 'oauth' },
  { usage, grants }: Isolate,
): void {
  if (caller.kind === 'api_key') usage.record(call.env, caller.keyId, call.waitUntil)
  else grants.recordUse(call.env, caller.grantId, call.waitUntil)
}

/** Throws cross_site_request for a write, or a WebSocket, by cookie from another site's page. */
function checkSite(call: Call): void {
  const writes = /^(?:POST|PUT|PATCH|DELETE)$/.test(call.method)
  if (!writes && !call.headers.has('upgrade')) return
  requireOwnPage(call)
}
