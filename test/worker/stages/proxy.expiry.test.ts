/** Open streams whose access token expires: the answer to a running call may be finished. */
import { expect, it } from 'vitest'
import type { AccountHeart } from '../../../src/contract/heartbeat.ts'
import {
  clientOf,
  env,
  recordingOrigin,
  shippedGateway,
  unlimited,
} from '../../support/worker/gateway.ts'
import { bearer, seedAccount, seedToken } from '../../support/worker/seed.ts'

/** The time for which the token of an open stream is still valid, in milliseconds. */
const LEFT_MS = 1_500

/** A stream of an event every 20 ms, until `endAt()` (epoch milliseconds). */
function events(endAt: () => number) {
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await scheduler.wait(20)
      if (Date.now() >= endAt()) return controller.close()
      controller.enqueue(new TextEncoder().encode('data: 1\n\n'))
    },
  })
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
}

/**
 * A stream of the MCP route, opened with a token that expires soon. The origin ends it `lastsMs`
 * after the expiry.
 */
async function opened(
  method: 'GET' | 'POST',
  timeoutMs: number,
  lastsMs = Number.POSITIVE_INFINITY,
) {
  const gateway = {
    ...shippedGateway(() => ({ ...unlimited(), timeoutMs })),
    leaseMs: 1_000,
  }
  const accountId = await seedAccount()
  const { token, grantId } = await seedToken(accountId)
  const { call } = clientOf(gateway, { ORIGIN: recordingOrigin(() => events(() => endAt)).binding })
  let endAt = Number.POSITIVE_INFINITY
  // The first call of an isolate takes longer than the token has left.
  const { token: other } = await seedToken(await seedAccount())
  await (await call('/mcp', { method: 'POST', headers: bearer(other) })).body?.cancel()
  const expiresAt = Date.now() + LEFT_MS
  endAt = expiresAt + lastsMs
  await env.DB.prepare('update oauth_tokens set expires_at = ? where grant_id = ?')
    .bind(expiresAt, grantId)
    .run()
  const init = method === 'POST' ? { method, body: '{}' } : { method }
  const answer = await call('/mcp', { ...init, headers: bearer(token) })
  expect(answer.status).toBe(200)
  return { answer, accountId, grantId, expiresAt, call, token }
}

/** Reads to the end, or until the stream is broken off; then the time of that. */
async function readAll(answer: Response): Promise<{ isWhole: boolean; at: number }> {
  return answer.text().then(
    () => ({ isWhole: true, at: Date.now() }),
    () => ({ isWhole: false, at: Date.now() }),
  )
}

it('the answer to a running POST is whole although its token expires meanwhile, and the next call is 401', async () => {
  const { answer, expiresAt, call, token } = await opened('POST', 60_000, 1_500)
  const { isWhole, at } = await readAll(answer)
  expect(isWhole).toBe(true)
  expect(at).toBeGreaterThan(expiresAt)
  const next = await call('/mcp', { method: 'POST', body: '{}', headers: bearer(token) })
  expect(next.status).toBe(401)
})

it("the answer to a POST is broken off when the route's time has passed after the expiry", async () => {
  const { answer, expiresAt } = await opened('POST', 500)
  const { isWhole, at } = await readAll(answer)
  expect(isWhole).toBe(false)
  expect(at).toBeGreaterThanOrEqual(expiresAt + 500)
})

it('the answer to a POST is broken off when its grant is ended after the expiry', async () => {
  const { answer, accountId, grantId, expiresAt } = await opened('POST', 60_000)
  const reader = answer.body?.getReader()
  while (Date.now() <= expiresAt) expect((await reader?.read())?.done).toBe(false)
  // Another isolate ends the grant: it writes to D1, and tells the object of the account.
  await env.DB.prepare('update oauth_grants set revoked_at = 1 where id = ?').bind(grantId).run()
  const object = env.ACCOUNTS.getByName(accountId) as unknown as AccountHeart
  await object.changed({ kind: 'grant', id: grantId }, null)
  const rest = async () => {
    while (!(await reader?.read())?.done);
  }
  await expect(rest()).rejects.toThrow()
})

it('a stream that only reads ends with its token', async () => {
  const { answer } = await opened('GET', 60_000)
  expect((await readAll(answer)).isWhole).toBe(false)
})
