/** Counts what the route was used for, by whom, and how it ended: the usage of accounts. */
import type { Route } from '../config/config.ts'
import type { StatusClass } from '../contract/heartbeat.ts'
import { asProblem } from '../http/problem.ts'
import { settle } from '../lib/when.ts'
import type { Call, Stage } from '../pipeline/call.ts'
import type { Isolate } from '../store/isolate.ts'
import { writeDataPoint } from '../store/usage/dataPoints.ts'

/**
 * Records each answer to a caller with an account, and each to a payer, when the answer is there.
 * A call that no credential was accepted for is recorded nowhere.
 */
export function countUse(route: Route, isolate: Isolate): Stage {
  function record(call: Call, status: number): void {
    const used = usedBy(call)
    if (used === null) return
    const { owner, credential } = used
    const use = { credential, route: route.id, status: classOf(status) }
    isolate.hearts.recordUse(call.env, owner, use, Date.now(), call.waitUntil)
    writeDataPoint(call.env, owner, use, Date.now() - call.startedAt)
    if (call.caller?.kind === 'oauth') isolate.tokens.recordArrivals(call.env, call.waitUntil)
  }

  return (next) => (call) =>
    settle(
      () => next(call),
      (answer) => {
        record(call, answer.status)
        return answer
      },
      (error) => {
        record(call, asProblem(error).status)
        throw error
      },
    )
}

/** The owner of a use and the credential that was used; null for a caller without either. */
function usedBy({ caller }: Call): { owner: string; credential: string } | null {
  switch (caller?.kind) {
    case 'api_key':
      return { owner: caller.accountId, credential: `key ${caller.keyId}` }
    case 'oauth':
      return { owner: caller.accountId, credential: `grant ${caller.grantId}` }
    case 'session':
      return { owner: caller.accountId, credential: 'session' }
    case 'payment':
      return { owner: caller.payer, credential: 'payment' }
    default:
      return null
  }
}

function classOf(status: number): StatusClass {
  if (status === 429) return '429'
  if (status < 200) return '1xx'
  if (status < 300) return '2xx'
  if (status < 400) return '3xx'
  return status < 500 ? '4xx' : '5xx'
}
