/** The schema of limits, and of how the isolates count them together. */
import * as z from 'zod/mini'
import { parseDurationMs } from '../lib/time.ts'
import { parseLimit, parseSharedLimit } from '../limits/limit.ts'
import { duration, text } from './forms.ts'

/** A limit that each isolate counts by itself: "unlimited", or the limit. */
export const limit = text(
  (value) => (value === 'unlimited' ? 'unlimited' : parseLimit(value, parseDurationMs)),
  'is not a limit; write one like "20/60s", or "unlimited"',
)

/** A limit of accounts: "unlimited", or the limit with its class. */
export const sharedLimit = text(
  (value) => (value === 'unlimited' ? 'unlimited' : parseSharedLimit(value, parseDurationMs)),
  'is not a limit; write one like "20/60s", "20/60s strict", or "unlimited"',
)

/** The field `heartbeat`, in milliseconds. */
export const heartbeatSchema = z._default(
  z.strictObject({
    pause: z._default(duration, 500),
    alone: z._default(duration, 60_000),
  }),
  { pause: 500, alone: 60_000 },
)
