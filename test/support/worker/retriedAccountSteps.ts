/** The ends of accounts and of their sessions, each with what a retry of it must get. */
import { expect } from 'vitest'
import { DASHBOARD_PATHS } from '../../../src/pages/dashboard/paths.ts'
import { browserOf } from './browser.ts'
import { clientOf, env, recordingOrigin, shippedGateway, unlimited } from './gateway.ts'
import { column, type Step } from './retriedStep.ts'
import { apiKey, cookie, seedAccount, seedKey, seedSession } from './seed.ts'

const ORIGIN = recordingOrigin().binding
const statusOf = async (headers: Record<string, string>) =>
  (await clientOf(shippedGateway(unlimited), { ORIGIN }).call('/api/v1/radar', { headers })).status

/** A form of the dashboard, which a person posts who has a key and another browser. */
const posting = (
  name: string,
  path: string,
  expectDone: (
    about: { accountId: string; key: string; sessions: string[] },
    where: string,
  ) => Promise<void>,
): Step => ({
  name,
  async prepare(bindings) {
    const accountId = await seedAccount()
    const sessions = [await seedSession(accountId), await seedSession(accountId)]
    const { key } = await seedKey(accountId)
    const faulty = clientOf(shippedGateway(unlimited), { ORIGIN, ...bindings })
    return {
      settled: faulty.settled,
      send: () => {
        const browser = browserOf(faulty, '198.23.0.1')
        browser.cookies.set('__Host-session_token', sessions[0] ?? '')
        return browser.post(path, { email: `${accountId}@example.com` })
      },
      // The session may have ended with the first try: then the retry is sent to sign in.
      isDone: ({ status }) => status === 200 || status === 303,
      expectDone: (_, where) => expectDone({ accountId, key, sessions }, where),
    }
  },
})

const deletion = posting(
  'the deletion of an account',
  DASHBOARD_PATHS.deleteAccount,
  async ({ accountId, key, sessions }, where) => {
    for (const headers of [apiKey(key), ...sessions.map(cookie)])
      expect(await statusOf(headers), where).toBe(401)
    expect(await column('select email from accounts where id = ?', accountId), where).toEqual([
      accountId,
    ])
    const acts = await column('select act from audit_entries where subject_id = ?', accountId)
    expect(acts, where).toEqual(['delete'])
  },
)

const signingOutEverywhere = posting(
  'signing out everywhere',
  DASHBOARD_PATHS.endSessions,
  async ({ key, sessions }, where) => {
    for (const session of sessions) expect(await statusOf(cookie(session)), where).toBe(401)
    expect(await statusOf(apiKey(key)), where).toBe(200)
  },
)

const disabling: Step = {
  name: 'the disabling of an account',
  async prepare(bindings) {
    const [ownerId, accountId] = [await seedAccount(), await seedAccount()]
    const { key } = await seedKey(accountId)
    const config = { ...shippedGateway(unlimited), owners: [`${ownerId}@example.com`] }
    const faulty = clientOf(config, { ORIGIN, ...bindings })
    const browser = browserOf(faulty, '198.23.0.2')
    browser.cookies.set('__Host-session_token', await seedSession(ownerId))
    return {
      settled: faulty.settled,
      send: () => browser.post(DASHBOARD_PATHS.disable, { id: accountId }),
      isDone: ({ status }) => status === 303,
      async expectDone(_, where) {
        expect(await statusOf(apiKey(key)), where).toBe(401)
        const acts = await env.DB.prepare('select act from audit_entries where subject_id = ?')
          .bind(accountId)
          .all()
        expect(acts.results, where).toEqual([{ act: 'disable' }])
      },
    }
  },
}

export const ACCOUNT_STEPS: Step[] = [deletion, signingOutEverywhere, disabling]
