/** Applies to an isolate's leases what has changed elsewhere. */
import type { Change } from '../../contract/heartbeat.ts'
import type { Env } from '../env.ts'
import type { Leases } from './leases.ts'

/** Tells other isolates of a change of an account, when D1 has stored it. Never rejects. */
export type Tell = (env: Env, accountId: string, change: Change) => Promise<void>

/**
 * Takes over the changes of an account: credentials of one kind that ended are refused from `now`
 * on, and all verdicts on the account's credentials are forgotten if anything may have changed
 * (`changes` is null, or has one of the whole account).
 */
export function applyChanges<V>(
  leases: Leases<V>,
  kind: Change['kind'],
  accountId: string,
  changes: readonly Change[] | null,
  now: number,
): void {
  if (changes === null || changes.some((change) => change.kind === 'account'))
    leases.forgetOwner(accountId, now)
  for (const change of changes ?? []) if (change.kind === kind) leases.evict(change.id, now)
}
