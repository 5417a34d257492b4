/** Who is calling? Exactly one credential becomes one Caller, or the answer is 401. */

import type { Config, Route } from '../config/config.ts'
import { parseApiKey } from '../credentials/apiKey.ts'
import type { Caller } from '../credentials/caller.ts'
import { invitationOf } from '../credentials/invitation.ts'
import { isMeantFor } from '../credentials/oauth/resource.ts'
import { isSecretForm } from '../credentials/oauth/token.ts'
import { type Presented, presentedCredential, requireOwnPage } from '../credentials/presented.ts'
import { isTagged } from '../credentials/tag.ts'
import { Problem } from '../http/problem.ts'
import { sha256Hex } from '../lib/bytes.ts'
import { tooManyRequests } from '../limits/headers.ts'
import type { AppContext, Stage } from '../pipeline/context.ts'
import { secretsOf } from '../store/env.ts'
import type { Isolate } from '../store/isolate.ts'
import { sessionHashOf } from '../store/sessions.ts'

/** The two questions about one credential. */
interface CredentialCheck {
  caller: () => Promise<Caller | null>
  stillValid: () => Promise<boolean>
}

export function authenticate(route: Route, config: Config, isolate: Isolate): Stage {
  const { unauthenticatedLimit } = config
  const refusalLimits = unauthenticatedLimit === null ? [] : [unauthenticatedLimit]

  return async function authenticate(c, next) {
    const presented = presentedCredential(
      c.req.raw.headers,
      config.sessions.cookie,
      route.price?.paymentHeader === true,
    )
    const caller = await identify(c, presented)
    if (caller === null) throw refusal(c, presented)
    c.set('caller', caller)
    await next()
    // Afterwards, so that no write is in the request's way.
    if (caller.kind === 'api_key') isolate.usage.note(c.env, caller.keyId, waitUntil(c))
    if (caller.kind === 'oauth') isolate.grants.noteUse(c.env, caller.grantId, waitUntil(c))
  }

  /** The caller, or null: no credential that this row takes, or one that is not valid. */
  async function identify(c: AppContext, presented: Presented): Promise<Caller | null> {
    if (presented.kind === 'none')
      return route.auth.includes('anonymous') || route.price !== null ? { kind: 'anonymous' } : null
    if (presented.kind === 'multiple') throw new Problem('multiple_credentials')
    if (presented.kind === 'payment' && route.price !== null) {
      c.set('payment', presented.value) // `charge` finds out what it is worth
      return { kind: 'anonymous' }
    }
    if (presented.kind === 'unknown' || !route.auth.includes(presented.kind)) return null
    if (presented.kind === 'session') checkSite(c.req.raw)
    const look = await lookFor(c, presented)
    if (look === null) return null
    c.set('stillValid', look.stillValid)
    return look.caller()
  }

  async function lookFor(c: AppContext, presented: Presented): Promise<CredentialCheck | null> {
    if (presented.kind === 'api_key') return lookForKey(c, presented.value)
    if (presented.kind === 'session') return lookForSession(c, presented.value)
    if (presented.kind === 'oauth') return lookForToken(c, presented.value)
    return null
  }

  async function lookForKey(c: AppContext, key: string): Promise<CredentialCheck | null> {
    const hex = parseApiKey(key, config.apiKeys.prefix)
    if (hex === null) return null
    const hash = await sha256Hex(key)
    if (!isolate.apiKeys.isLeased(hash)) {
      const { tagKeys } = await secretsOf(c.env)
      // A made-up key dies here. An imported one may be looked up, but not by who guesses a lot.
      const ours = await isTagged('api_key', hex, tagKeys)
      if (!ours && !config.apiKeys.acceptUntagged) return null
      if (!ours && isolate.refusals.isFull(c.get('address'), refusalLimits, Date.now())) return null
    }
    return {
      async caller() {
        const owner = await isolate.apiKeys.find(c.env, hash, waitUntil(c))
        return owner && { kind: 'api_key', ...owner }
      },
      stillValid: () => isolate.apiKeys.stillHolds(c.env, hash),
    }
  }

  async function lookForSession(c: AppContext, cookie: string): Promise<CredentialCheck | null> {
    const hash = await sessionHashOf(c.env, cookie)
    if (hash === null) return null
    return {
      async caller() {
        const record = await isolate.sessions.find(c.env, hash, waitUntil(c))
        return record && { kind: 'session', accountId: record.accountId, sessionId: record.id }
      },
      stillValid: () => isolate.sessions.stillHolds(c.env, hash),
    }
  }

  async function lookForToken(c: AppContext, token: string): Promise<CredentialCheck | null> {
    if (!isSecretForm(token)) return null
    const hash = await sha256Hex(token)
    if (!isolate.tokens.isLeased(hash)) {
      const { tagKeys } = await secretsOf(c.env)
      if (!(await isTagged('access_token', token, tagKeys))) return null
    }
    return {
      async caller() {
        const holder = await isolate.tokens.find(c.env, hash, waitUntil(c))
        if (holder === null || !isMeantFor(holder.audiences, config, c.get('target').path))
          return null
        const { accountId, clientId, grantId, scope } = holder
        return { kind: 'oauth', accountId, clientId, grantId, scope }
      },
      stillValid: () => isolate.tokens.stillHolds(c.env, hash),
    }
  }

  /** 401, or 429 for an address that has been refused too often. */
  function refusal(c: AppContext, presented: Presented): Problem {
    const counted = isolate.refusals.take(c.get('address'), refusalLimits, Date.now())
    if (!counted.admitted) return tooManyRequests(counted)
    const invitation = invitationOf(route, config, presented)
    return new Problem('unauthenticated', { headers: { 'www-authenticate': invitation } })
  }
}

const waitUntil = (c: AppContext) => (work: Promise<unknown>) => c.executionCtx.waitUntil(work)

/** A write, or a WebSocket, by cookie must not come from another site's page. */
function checkSite(request: Request): void {
  const writes = /^(?:POST|PUT|PATCH|DELETE)$/.test(request.method)
  if (!writes && request.headers.get('upgrade') === null) return
  requireOwnPage(request)
}
