/** Tells the operator, in the log, of payments that do not end by themselves. */
import { logLine } from '../../src/lib/log.ts'
import type { Claim, Claims } from './claims.ts'

/** How long a payment may be pending before the operator is told, in milliseconds. */
const PENDING_MS = 600_000
/** How long an answer may be owed before the operator is told, in milliseconds. */
const OWED_TOO_LONG_MS = 86_400_000

/**
 * Logs each payment once that was sent 10 minutes ago and is still pending, and each that has moved
 * and whose answer has been owed for a day. A payment that was only shown to the gateway, and that
 * no node has seen, is in no claim, so it raises no alarm.
 */
export function raiseAlarms(claims: Claims, now: number): void {
  const tell = (event: string, { id, order, mode }: Claim, since: number) => {
    const { row, amount } = order
    // The id of a challenge looks like a secret, but is none: it was sent to anybody who asked.
    const line = {
      time: new Date(now).toISOString(),
      level: 'error',
      event,
      challengeId: id,
      route: row,
      mode,
      amount,
      since: new Date(since).toISOString(),
    }
    logLine('error', JSON.stringify(line))
    claims.told(id)
  }
  for (const claim of claims.late('pending', 'sentAt', now - PENDING_MS))
    tell('payment_pending_long', claim, claim.sentAt ?? now)
  for (const claim of claims.late('undelivered', 'owedAt', now - OWED_TOO_LONG_MS))
    tell('payment_owed_long', claim, claim.owedAt ?? now)
}
