/** `GET /health`: for anybody whether the gateway serves, for its operator which part fails. */
import { Hono } from 'hono/tiny'
import type { Config } from '../config/config.ts'
import { OWN_PATHS } from '../config/ownPaths.ts'
import { Problem } from '../http/problem.ts'
import { sha256Hex } from '../lib/bytes.ts'
import { memoize } from '../lib/memoize.ts'
import type { App } from '../pipeline/app.ts'
import type { Call } from '../pipeline/call.ts'
import { healthHashesOf } from '../store/env.ts'
import { createHealth, D1_QUESTION, type HealthParts, questionsOf } from '../store/health.ts'
import type { Isolate } from '../store/isolate.ts'

/** One memory for each isolate, because each of the first requests may load the endpoints. */
const healthOf = memoize((_: Isolate) => createHealth())

/**
 * Without a credential: 200 `{"status":"ok"}` if D1 answers, without which nobody new is let in,
 * else 503 `{"status":"down"}`. With `Authorization: Bearer HEALTH_SECRET`: every part that the
 * config needs, 200 if all are ok, else 503, so that a monitor rings. Throws unauthenticated for
 * any other credential, and rate_limit_exceeded for an address that asks too often.
 */
export function health(config: Config, isolate: Isolate): Hono<App> {
  const ask = healthOf(isolate)
  const questions = questionsOf(config)
  return new Hono<App>().get(OWN_PATHS.health, async (c) => {
    const { call } = c.env
    const { env, waitUntil } = call
    const noStore = { 'cache-control': 'no-store' }
    if (!(await isOperator(call, isolate))) {
      isolate.health.take(call)
      const { d1 } = await ask(D1_QUESTION, env, waitUntil)
      return d1?.status === 'ok'
        ? c.json({ status: 'ok' }, 200, noStore)
        : c.json({ status: 'down' }, 503, noStore)
    }
    const answers = await Promise.all(questions.map((one) => ask(one, env, waitUntil)))
    const parts: HealthParts = Object.assign({}, ...answers)
    const isOk = Object.values(parts).every(({ status }) => status === 'ok')
    return c.json({ status: isOk ? 'ok' : 'down', parts }, isOk ? 200 : 503, noStore)
  })
}

/**
 * Whether a request comes from the operator; false: it carries no credential. The proof is a secret
 * and no session, because a session is looked up in the stores that may be down.
 */
async function isOperator(call: Call, { refusals }: Isolate): Promise<boolean> {
  const authorization = call.header('authorization')
  if (authorization === null) return false
  refusals.check(call)
  const [, presented = ''] = /^bearer +(\S+)$/i.exec(authorization.trim()) ?? []
  // The hashes are compared, so that the time tells nothing about the secret.
  if ((await healthHashesOf(call.env)).includes(await sha256Hex(presented))) return true
  refusals.take(call)
  throw new Problem('unauthenticated', {
    message: 'Send the value of HEALTH_SECRET as a bearer token, or no Authorization at all.',
    headers: { 'www-authenticate': 'Bearer' },
  })
}
