/** Applies to an isolate's leases what has changed elsewhere. */
import type { Change } from '../../contract/heartbeat.ts'
import type { Env, WaitUntil } from '../env.ts'
import type { Leases } from './leases.ts'

/** The exchange of an isolate and the objects of accounts about changes. */
export interface ChangeFeed {
  /**
   * Tells other isolates of a change of an account, when D1 has stored it. Never rejects: if the
   * object does not answer, it is told in `waitUntil`, and then with the next heartbeat.
   */
  tell(env: Env, accountId: string, change: Change, waitUntil: WaitUntil): Promise<void>
  /**
   * Until when this isolate knows every change of an account that its object was told of, in epoch
   * milliseconds; 0: it has heard nothing.
   */
  knownUntil(accountId: string): number
  /**
   * Starts to listen for the changes of an account, for one open answer. `lateMs` is how long the
   * object may take to answer, in milliseconds.
   */
  listen(env: Env, accountId: string, lateMs: number): Listener
}

/** The part of one open answer in listening. Its request owns the socket, or another's does. */
export interface Listener {
  /**
   * Sees to it that `knownUntil` moves on. Returns whether it can be expected to: false if the
   * object is late.
   */
  keep(now: number): boolean
  /** Ends this part. Another answer takes the socket over. */
  stop(): void
}

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
