/** The steps of API keys that are done once, each with what a retry of it must get. */
import { expect } from 'vitest'
import { bodyOf, gateways, type Step } from './retriedStep.ts'
import { cookie, seedAccount, seedKey, seedSession } from './seed.ts'

/** A new key: with an Idempotency-Key every answer shows the same one. */
const newKey = (idempotencyKey?: string): Step => ({
  name: `POST /api-keys ${idempotencyKey === undefined ? 'without' : 'with'} an Idempotency-Key`,
  async prepare(bindings) {
    const { healthy, faulty, settled } = gateways(bindings)
    const accountId = await seedAccount()
    const session = cookie(await seedSession(accountId))
    const own = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }
    return {
      settled,
      send: () =>
        faulty.call('/api/v1/api-keys', {
          method: 'POST',
          headers: { ...session, ...own, 'content-type': 'application/json' },
          body: '{"name":"Production"}',
        }),
      isDone: ({ status }) => status === 201,
      async expectDone(answers, where) {
        const shown = await Promise.all(
          answers
            .filter(({ status }) => status === 201)
            .map(bodyOf<{ id: string; fullKey: string }>),
        )
        const listing = await healthy.call('/api/v1/api-keys', { headers: session })
        const { keys } = await listing.json<{ keys: { id: string; isActive: boolean }[] }>()
        const active = keys.filter(({ isActive }) => isActive).map(({ id }) => id)
        const ids = new Set(shown.map(({ id }) => id))
        expect(new Set(active), `${where}: active keys, and keys that were shown`).toEqual(ids)
        if (idempotencyKey !== undefined) expect(ids.size, where).toBe(1)
        for (const { fullKey } of shown) {
          const answer = await healthy.call('/api/v1/radar', { headers: { 'x-api-key': fullKey } })
          expect(answer.status, where).toBe(200)
        }
      },
    }
  },
})

const revokingKey: Step = {
  name: 'DELETE /api-keys/:id',
  async prepare(bindings) {
    const { healthy, faulty, settled } = gateways(bindings)
    const accountId = await seedAccount()
    const session = cookie(await seedSession(accountId))
    const { id, key } = await seedKey(accountId)
    return {
      settled,
      send: () => faulty.call(`/api/v1/api-keys/${id}`, { method: 'DELETE', headers: session }),
      // A key that the first try has revoked is one that is not found.
      isDone: ({ status }) => status === 200 || status === 404,
      async expectDone(_, where) {
        const answer = await healthy.call('/api/v1/radar', { headers: { 'x-api-key': key } })
        expect(answer.status, where).toBe(401)
      },
    }
  },
}

export const KEY_STEPS: Step[] = [newKey(), newKey('5f0c1e'), revokingKey]
