/** The part of the config file about heartbeats. */
import type { Duration } from './forms.ts'

/** The heartbeats between the isolates and the objects of accounts. */
export interface HeartbeatConfig {
  /** The least time between two heartbeats of an isolate for an account. Default "500ms". */
  pause?: Duration
  /**
   * The time for which an isolate counts fast limits alone while an account's object does not
   * answer. After that, requests of the account that have a limit are 503. Default "60s".
   */
  alone?: Duration
}
