/** What a request carries from stage to stage. */
import type { Context, MiddlewareHandler } from 'hono'
import type { Route } from '../config/config.ts'
import type { Caller } from '../credentials/caller.ts'
import type { Target } from '../http/path.ts'
import type { Env } from '../store/env.ts'

export interface App {
  Bindings: Env
  Variables: {
    requestId: string
    /** The one reading of the request's URL; set by `canonical`. */
    target: Target
    /** What counts as one client, by its address. */
    address: string
    /** The row that matched; not set for what the gateway mounts itself. */
    route?: Route
    /** Set by `authenticate`; for a payment, by `charge`. */
    caller?: Caller
    /** A payment credential, unread, on a row that takes one. */
    payment?: string
    /** Whether the caller's credential still holds; asked again and again while a stream is open. */
    stillValid?: () => Promise<boolean>
    /** The origin's own status, for the log. */
    originStatus?: number
  }
}

export type Stage = MiddlewareHandler<App>
export type AppContext = Context<App>

/** The caller that `authenticate` found. Throws if the stage did not run: a row without it must not answer. */
export function callerOf(c: AppContext): Caller {
  const caller = c.get('caller')
  if (caller === undefined) throw new Error('no caller: authenticate did not run')
  return caller
}
