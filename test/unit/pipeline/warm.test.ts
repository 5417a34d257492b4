/** The stages of a guarded route together: what is in memory waits for nothing. */
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import { Problem } from '../../../src/http/problem.ts'
import { json } from '../../../src/pipeline/answer.ts'
import { type Handler, pipeline } from '../../../src/pipeline/call.ts'
import { authenticate } from '../../../src/stages/authenticate.ts'
import { authorize } from '../../../src/stages/authorize.ts'
import { canonical } from '../../../src/stages/canonical.ts'
import { cors } from '../../../src/stages/cors.ts'
import { failures } from '../../../src/stages/failures.ts'
import { manage } from '../../../src/stages/manage.ts'
import { noServiceWorker } from '../../../src/stages/noServiceWorker.ts'
import { ownHeaders } from '../../../src/stages/ownHeaders.ts'
import { rateLimit } from '../../../src/stages/rateLimit.ts'
import { requestLog } from '../../../src/stages/requestLog.ts'
import { createIsolate } from '../../../src/store/isolate.ts'
import { callOf, recordingNext, routeOf, settled } from '../../support/worker/calls.ts'
import { CHANNELS, OAUTH, ROUTE, sample } from '../../support/worker/sampleConfig.ts'
import {
  apiKey,
  bearer,
  cookie,
  seedAccount,
  seedKey,
  seedSession,
  seedToken,
} from '../../support/worker/seed.ts'

const scope = 'api'
const row = { ...ROUTE, auth: ['api_key', 'session', 'oauth'], scope }
const APP = 'https://app.test'
const config = parseConfig(
  sample({ oauth: OAUTH, payments: CHANNELS, cors: { origins: [APP] }, routes: [row] }),
)

/** Every stage that `createGateway` puts before the origin of a route without a price. */
function guarded(end: Handler): Handler {
  const isolate = createIsolate(config)
  const route = routeOf(config)
  return pipeline(
    [
      requestLog(),
      failures,
      ownHeaders,
      canonical(config),
      cors(config),
      manage(config, isolate),
      noServiceWorker,
      authenticate(route, config, isolate),
      authorize({ ...route, scope }, config),
      rateLimit(route, isolate),
    ],
    end,
  )
}

const account = await seedAccount()
const audiences = 'https://gateway.test/api/v1'
const CREDENTIALS = {
  key: apiKey((await seedKey(account)).key),
  session: cookie(await seedSession(account)),
  token: bearer((await seedToken(account, { scope, audiences })).token),
}

describe.each(['key', 'session', 'token'] as const)('a call with a warm %s', (kind) => {
  const headers = { ...CREDENTIALS[kind], origin: APP }

  it('reaches the origin, and is answered, without a promise on the way', async () => {
    const { next, seen } = recordingNext(() => json({}, 201))
    const handler = guarded(next)
    const cold = callOf('/api/v1/a', { headers })
    await handler(cold)
    await settled(cold)
    const warm = callOf('/api/v1/a', { headers })
    const answer = handler(warm)
    expect(answer).not.toBeInstanceOf(Promise)
    expect(await answer).toMatchObject({ status: 201 })
    expect(seen).toEqual([cold, warm])
    expect(Object.keys(warm.responseHeaders)).toEqual(
      expect.arrayContaining(['x-request-id', 'access-control-allow-origin', 'ratelimit']),
    )
  })

  it('that fails at once is answered at once', async () => {
    const handler = guarded(() => {
      throw new Problem('origin_unavailable')
    })
    await handler(callOf('/api/v1/a', { headers }))
    const answer = handler(callOf('/api/v1/a', { headers }))
    expect(answer).not.toBeInstanceOf(Promise)
    expect(await answer).toMatchObject({ status: 502 })
  })
})

it('a call without a credential is refused without a promise', async () => {
  const { next, seen } = recordingNext()
  const answer = guarded(next)(callOf('/api/v1/a'))
  expect(answer).not.toBeInstanceOf(Promise)
  expect([(await answer).status, seen]).toEqual([401, []])
})
