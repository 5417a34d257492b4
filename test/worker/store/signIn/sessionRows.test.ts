/** The row of D1 for each session: the list of browsers, and the end of one and of all. */
import { describe, expect, it } from 'vitest'
import { hourOf } from '../../../../src/credentials/session.ts'
import { sha256Hex } from '../../../../src/lib/bytes.ts'
import { createSessionStore } from '../../../../src/store/signIn/sessions.ts'
import { browserOf, hiddenField, recordingMail } from '../../../support/worker/browser.ts'
import {
  clientOf,
  env,
  recordingOrigin,
  shippedGateway,
  unlimited,
} from '../../../support/worker/gateway.ts'
import { notAwaited, quietFeed } from '../../../support/worker/quietFeed.ts'
import { cookie, seedAccount, seedSession } from '../../../support/worker/seed.ts'

const gateway = shippedGateway(unlimited)
const mail = recordingMail()
const bindings = { ORIGIN: recordingOrigin().binding, MAIL: mail.binding }
const elsewhere = () => clientOf(gateway, bindings)
const HOUR = 3_600_000
const DAY = 24 * HOUR

const newStore = () =>
  createSessionStore({ ...gateway.sessions, leaseMs: 5_000, stretchMs: 0 }, quietFeed)
const rowOf = async (token: string) =>
  env.DB.prepare('select * from sessions where hash = ?')
    .bind(await sha256Hex(token))
    .first<Record<string, string | number | null>>()
const statusOf = async (token: string, at = elsewhere()) =>
  (await at.call('/api/v1/radar', { headers: cookie(token) })).status

describe('a sign-in', () => {
  it('notes the browser and the place in words, and nothing that a stranger chose', async () => {
    const browser = browserOf(elsewhere(), '203.9.1.1')
    const email = 'rows@example.com'
    const cf = { country: 'TR', city: 'Izmir' } as RequestInitCfProperties
    await browser.post('/sign-in', { email })
    const token = hiddenField(await (await browser.get(mail.linkTo(email))).text(), 'token') ?? ''
    const headers = {
      'user-agent':
        'Mozilla/5.0 (Windows NT 10.0; rv:140.0) Firefox/140.0 <script>alert(1)</script>',
      cookie: [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
    }
    const body = new URLSearchParams({ token })
    const answer = await elsewhere().call('/sign-in/link', { method: 'POST', headers, body, cf })
    expect(answer.status).toBe(303)
    const [, session = ''] =
      /session_token=([0-9a-f]{64})/.exec(answer.headers.get('set-cookie') ?? '') ?? []
    const now = Date.now()
    const row = await rowOf(session)
    expect(row).toMatchObject({
      id: expect.stringMatching(/^ses_[0-9a-f]{24}$/),
      browser: 'Firefox, Windows',
      place: 'Izmir, TR',
      ended_at: null,
    })
    expect(Number(row?.created_at)).toBeGreaterThan(now - 60_000)
    expect(row?.seen_at).toBe(hourOf(Number(row?.created_at)))
    expect(row?.ends_at).toBe(Number(row?.created_at) + 30 * DAY)
    expect(JSON.stringify(row)).not.toContain(session)
  })
})

describe('a session', () => {
  it('lives only if D1 has it, whatever KV says', async () => {
    const token = await seedSession(await seedAccount())
    expect(await statusOf(token)).toBe(200)
    await env.DB.prepare('delete from sessions where hash = ?')
      .bind(await sha256Hex(token))
      .run()
    expect(await statusOf(token)).toBe(401)
  })

  it('is of the account that D1 says, so that a record of KV cannot be moved to another', async () => {
    const token = await seedSession(await seedAccount())
    const hash = await sha256Hex(token)
    const record = await env.SESSIONS.get<object>(hash, 'json')
    const moved = { ...record, accountId: await seedAccount() }
    await env.SESSIONS.put(hash, JSON.stringify(moved))
    expect(await statusOf(token)).toBe(401)
  })

  it('notes the hour of its use once, after the answer', async () => {
    const seenAt = Date.now() - 2 * HOUR
    const token = await seedSession(await seedAccount(), { createdAt: seenAt, seenAt })
    const writes: string[] = []
    const DB = new Proxy(env.DB, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        return (...args: unknown[]) => {
          if (name === 'prepare' && String(args[0]).startsWith('update "sessions"'))
            writes.push(String(args[0]))
          return value.apply(target, args)
        }
      },
    })
    const one = clientOf(gateway, { ...bindings, DB })
    for (let i = 0; i < 5; i++) expect(await statusOf(token, one)).toBe(200)
    await one.settled()
    expect(writes).toHaveLength(1)
    expect((await rowOf(token))?.seen_at).toBe(hourOf(Date.now()))
  })

  it('does not go back to an earlier hour when isolates write out of order', async () => {
    const { updateSeen } = await import('../../../../src/store/signIn/sessionStatements.ts')
    const token = await seedSession(await seedAccount())
    const hash = await sha256Hex(token)
    const hour = hourOf(Date.now())
    await updateSeen(env, hash, hour + HOUR)
    await updateSeen(env, hash, hour)
    expect((await rowOf(token))?.seen_at).toBe(hour + HOUR)
  })
})

describe('the list of browsers', () => {
  it('has those that live, the last used first, and none of another account', async () => {
    const [account, other] = [await seedAccount(), await seedAccount()]
    const now = Date.now()
    const at = (createdAt: number, seenAt: number) => seedSession(account, { createdAt, seenAt })
    await at(now - 2 * DAY, now - DAY)
    await at(now - 3 * DAY, now)
    await at(now - 20 * DAY, now - 8 * DAY) // idle for too long
    await at(now - 31 * DAY, now) // too old
    const ended = await seedSession(account)
    await seedSession(other)
    const store = newStore()
    await store.end(env, [await sha256Hex(ended)], notAwaited)
    const listed = await store.list(env, account)
    expect(listed.map(({ createdAt }) => createdAt)).toEqual([now - 3 * DAY, now - 2 * DAY])
    expect(listed[0]).toEqual({
      id: expect.stringMatching(/^ses_/),
      browser: 'Firefox, Linux',
      place: 'Izmir, TR',
      createdAt: now - 3 * DAY,
      seenAt: hourOf(now),
    })
  })

  it('can end one of them, at once here and on the next read elsewhere, and no other', async () => {
    const account = await seedAccount()
    const [one, two] = [await seedSession(account), await seedSession(account)]
    const id = String((await rowOf(one))?.id)
    const store = newStore()
    expect(await store.endOne(env, await seedAccount(), id, notAwaited)).toBe(false)
    expect(await statusOf(one)).toBe(200)
    const hash = await sha256Hex(one)
    const waitUntil = () => undefined
    expect(await store.find(env, hash, waitUntil)).not.toBeNull()
    expect(await store.endOne(env, account, id, notAwaited)).toBe(true)
    expect(await store.find(env, hash, waitUntil)).toBeNull()
    expect(await store.endOne(env, account, id, notAwaited)).toBe(false)
    expect([await statusOf(one), await statusOf(two)]).toEqual([401, 200])
  })

  it('can end all of them by one statement, those of others excepted', async () => {
    const account = await seedAccount()
    const own = await Promise.all([1, 2, 3].map(() => seedSession(account)))
    const others = await seedSession(await seedAccount())
    const store = newStore()
    const hashes = await Promise.all(own.map(sha256Hex))
    for (const hash of hashes) await store.find(env, hash, () => undefined)
    await store.endAll(env, account, notAwaited)
    for (const hash of hashes) expect(await store.find(env, hash, () => undefined)).toBeNull()
    for (const token of own) expect(await statusOf(token)).toBe(401)
    expect(await statusOf(others)).toBe(200)
    expect(await store.list(env, account)).toEqual([])
  })
})
