/** Names the request, and writes its one line in the log. */

import { addressKey } from '../http/address.ts'
import { asProblem } from '../http/problem.ts'
import { log } from '../lib/log.ts'
import { describeCause } from '../lib/redact.ts'
import { createSampler } from '../lib/sampler.ts'
import type { AppContext, Stage } from '../pipeline/context.ts'

/** How often the calls of one row that nobody has paid for get a line, in milliseconds: a flood of them must not be one of lines. */
const UNPAID_EVERY_MS = 1_000

/** Mints the id (a client's own is not trusted: it could collide) and logs the request when it is answered. */
export function requestId(): Stage {
  const unpaid = createSampler(UNPAID_EVERY_MS)

  return async function requestId(c, next) {
    const id = `req_${crypto.randomUUID()}`
    const startedAt = Date.now()
    c.set('requestId', id)
    c.set('address', addressKey(c.req.header('cf-connecting-ip') ?? null))
    await next()
    const now = Date.now()
    const isUnpaid = c.res.status === 402 && c.get('payment') === undefined
    const count = isUnpaid ? unpaid(c.get('route')?.id ?? '', now) : 1
    if (count !== null) logRequest(c, id, now - startedAt, count)
  }
}

/** One line. `count` is how many requests it stands for. */
function logRequest(c: AppContext, id: string, durationMs: number, count: number): void {
  const problem = c.error === undefined ? undefined : asProblem(c.error)
  const caller = c.get('caller')
  const { status } = c.res
  log(status >= 500 ? 'error' : 'info', 'request', {
    requestId: id,
    method: c.req.method,
    route: c.get('route')?.id,
    path: c.get('target')?.path,
    status,
    durationMs,
    caller: caller?.kind,
    accountId: caller && 'accountId' in caller ? caller.accountId : undefined,
    keyId: caller && 'keyId' in caller ? caller.keyId : undefined,
    grantId: caller && 'grantId' in caller ? caller.grantId : undefined,
    originStatus: c.get('originStatus'),
    count: count === 1 ? undefined : count,
    problem: problem?.code,
    cause: problem?.cause === undefined ? undefined : describeCause(problem),
  })
}
