/** The owners' pages: find, disable and enable accounts, and what was done to them. */
import { describe, expect, it } from 'vitest'
import { DASHBOARD_PATHS } from '../../../../src/pages/dashboard/paths.ts'
import { type Browser, browserOf } from '../../../support/worker/browser.ts'
import { flakyDatabase } from '../../../support/worker/flakyStores.ts'
import {
  clientOf,
  env,
  recordingOrigin,
  shippedGateway,
  unlimited,
} from '../../../support/worker/gateway.ts'
import {
  apiKey,
  bearer,
  cookie,
  seedAccount,
  seedKey,
  seedSession,
  seedToken,
} from '../../../support/worker/seed.ts'

const bindings = { ORIGIN: recordingOrigin().binding }
const ownerId = await seedAccount()
const secondOwnerId = await seedAccount()
const owners = [`${ownerId}@example.com`, `${secondOwnerId}@example.com`]
const config = { ...shippedGateway(unlimited), owners }
const client = clientOf(config, bindings)
const { accounts, disable, enable, audit } = DASHBOARD_PATHS
const PAGES = [accounts, audit]

let browsers = 0
async function signedIn(accountId: string, of = client): Promise<Browser> {
  const browser = browserOf(of, `198.21.0.${++browsers}`)
  browser.cookies.set('__Host-session_token', await seedSession(accountId))
  return browser
}
const owner = await signedIn(ownerId)
const disabledAt = (id: string) =>
  env.DB.prepare('select disabled_at from accounts where id = ?').bind(id).first('disabled_at')
const entriesOf = async (id: string) =>
  (
    await env.DB.prepare(
      'select act, actor_id, at from audit_entries where subject_id = ? order by id',
    )
      .bind(id)
      .all<{ act: string; actor_id: string; at: number }>()
  ).results

describe('the pages of owners', () => {
  it('are 404 for everybody else, signed in or not, and change nothing', async () => {
    const victim = await seedAccount()
    const person = await signedIn(await seedAccount())
    const nobody = browserOf(client, '198.21.1.1')
    for (const browser of [person, nobody]) {
      for (const path of PAGES) expect((await browser.get(path)).status, path).toBe(404)
      for (const path of [disable, enable])
        expect((await browser.post(path, { id: victim })).status, path).toBe(404)
    }
    expect([await disabledAt(victim), await entriesOf(victim)]).toEqual([null, []])
    const html = await (await person.get(DASHBOARD_PATHS.account)).text()
    for (const path of PAGES) expect(html).not.toContain(path)
    expect(await (await owner.get(DASHBOARD_PATHS.account)).text()).toContain(`href="${accounts}"`)
    expect(await (await nobody.get(accounts)).text()).toContain(
      `href="/sign-in?return=${encodeURIComponent(accounts)}"`,
    )
  })

  it('are nobody’s without owners in the config, and of no key or token', async () => {
    const { key } = await seedKey(ownerId)
    const { token } = await seedToken(ownerId)
    for (const headers of [apiKey(key), bearer(token)])
      expect((await client.call(accounts, { headers })).status).toBe(404)
    const without = await signedIn(ownerId, clientOf({ ...config, owners: [] }, bindings))
    expect((await without.get(accounts)).status).toBe(404)
  })

  it('cannot be posted to by another site', async () => {
    const victim = await seedAccount()
    for (const path of [disable, enable]) {
      const crossed = await owner.post(path, { id: victim }, { 'sec-fetch-site': 'cross-site' })
      expect(crossed.status).toBe(403)
    }
    expect(await disabledAt(victim)).toBeNull()
  })
})

describe('an account', () => {
  it('is found by its address in any spelling, and by its id', async () => {
    const id = await seedAccount()
    for (const asked of [id, `${id}@example.com`, ` ${id.toUpperCase()}@Example.com `]) {
      const html = await (await owner.get(`${accounts}?q=${encodeURIComponent(asked)}`)).text()
      expect(html).toContain(`<bdi>${id}@example.com</bdi>`)
      expect(html.match(/class="mono"/g)).toHaveLength(1)
    }
    for (const asked of ['%', "' or 1=1 --", '<script>alert(1)</script>', 'acc_none']) {
      const html = await (await owner.get(`${accounts}?q=${encodeURIComponent(asked)}`)).text()
      expect(html).toContain('No account has this')
      expect(html).not.toContain('<script>')
    }
  })

  it('that is disabled has no credential that works, and all of them again when it is enabled', async () => {
    const id = await seedAccount()
    const credentials: [Record<string, string>, string][] = [
      [apiKey((await seedKey(id)).key), '/api/v1/radar'],
      [cookie(await seedSession(id)), '/api/v1/radar'],
      [bearer((await seedToken(id)).token), '/mcp'],
    ]
    const statuses = () =>
      Promise.all(
        credentials.map(async ([headers, path]) => {
          // An isolate without leases: within one lease every other one is as this.
          return (await clientOf(config, bindings).call(path, { headers })).status
        }),
      )
    expect(await statuses()).toEqual([200, 200, 200])
    const answer = await owner.post(disable, { id })
    expect(answer.headers.get('location')).toBe(`${accounts}?q=${id}&done=disable`)
    expect(await statuses()).toEqual([401, 401, 401])
    await owner.post(enable, { id })
    expect(await statuses()).toEqual([200, 200, 200])
  })

  it('is disabled once, and the audit list has who, what and when', async () => {
    const id = await seedAccount()
    const before = Date.now()
    for (let i = 0; i < 3; i++) expect((await owner.post(disable, { id })).status).toBe(303)
    await Promise.all([1, 2, 3].map(() => owner.post(enable, { id })))
    const entries = await entriesOf(id)
    expect(entries.map(({ act, actor_id }) => [act, actor_id])).toEqual([
      ['disable', ownerId],
      ['enable', ownerId],
    ])
    for (const { at } of entries) expect(at).toBeGreaterThanOrEqual(before)
    const html = await (await owner.get(audit)).text()
    expect(html).toContain(`<bdi>${ownerId}@example.com</bdi>`)
    expect(html).toContain(`<bdi>${id}@example.com</bdi>`)
  })

  it('of an owner is not disabled', async () => {
    for (const id of [ownerId, secondOwnerId]) {
      const answer = await owner.post(disable, { id })
      expect(answer.status).toBe(400)
      expect(await disabledAt(id)).toBeNull()
    }
  })

  it('that is deleted or unknown stays as it is', async () => {
    const id = await seedAccount()
    await env.DB.prepare('update accounts set deleted_at = 1, disabled_at = 1 where id = ?')
      .bind(id)
      .run()
    await owner.post(enable, { id })
    expect([await disabledAt(id), await entriesOf(id)]).toEqual([1, []])
    for (const unknown of ['acc_none', '', '../x', 'x'.repeat(100)])
      expect((await owner.post(disable, { id: unknown })).status).toBe(404)
  })

  it.each(['before', 'after'] as const)(
    'is disabled together with its entry when D1 fails %s it writes',
    async (moment) => {
      const id = await seedAccount()
      const { database, failNext } = flakyDatabase(env.DB)
      const flaky = await signedIn(ownerId, clientOf(config, { ...bindings, DB: database }))
      failNext(moment)
      expect((await flaky.post(disable, { id })).status).toBe(503)
      const isDone = moment === 'after'
      expect([await disabledAt(id), (await entriesOf(id)).length]).toEqual(
        isDone ? [expect.any(Number), 1] : [null, 0],
      )
      expect((await flaky.post(disable, { id })).status).toBe(303)
      expect(await entriesOf(id)).toHaveLength(1)
    },
  )
})

it('lists have pages: every account once, whatever is added meanwhile', async () => {
  await env.DB.batch(
    Array.from({ length: 120 }, (_, n) =>
      env.DB.prepare(
        "insert into accounts (id, email, plan, locale, created_at) values (?1, ?1, 'active', 'en', ?2)",
      ).bind(`acc_page${n}`, 1_000 + (n % 3)),
    ),
  )
  const seen: string[] = []
  let next: string | undefined = accounts
  while (next !== undefined) {
    const html: string = await (await owner.get(next)).text()
    const ids = [...html.matchAll(/class="mono">([\w-]+)</g)].map(([, id = '']) => id)
    expect(ids.length).toBeLessThanOrEqual(50)
    seen.push(...ids)
    next = /href="(\/dashboard\/accounts\?after=[^"]+)"/.exec(html)?.[1]
    await seedAccount()
  }
  const mine = seen.filter((id) => id.startsWith('acc_page'))
  expect(mine).toHaveLength(120)
  expect(new Set(seen).size).toBe(seen.length)
  for (const after of ['x', '-1', '1-', '99999999999999999-a'])
    expect((await owner.get(`${accounts}?after=${after}`)).status).toBe(200)
})

it('the audit list has pages, the latest first', async () => {
  await env.DB.batch(
    Array.from({ length: 60 }, () =>
      env.DB.prepare(
        "insert into audit_entries (act, actor_id, subject_id, at) values ('disable', 'gone', 'gone', 1)",
      ),
    ),
  )
  const first = await (await owner.get(audit)).text()
  expect(first.match(/<time/g)).toHaveLength(50)
  const next = /href="(\/dashboard\/audit\?after=\d+)"/.exec(first)?.[1] ?? ''
  const second = await (await owner.get(next)).text()
  expect(second.match(/<time/g)?.length).toBeGreaterThanOrEqual(10)
  // An account that is not there any more is named by its id.
  expect(first).toContain('<bdi>gone</bdi>')
})

it.each([
  [accounts, '1-0'],
  [audit, '1'],
])('a page of %s behind the last entry leads to the first page', async (path, after) => {
  const answer = await owner.get(`${path}?after=${after}`)
  expect([answer.status, answer.headers.get('location')]).toEqual([303, path])
})
