/** The steps of signing in and out that are done once, each with what a retry of it must get. */
import { expect } from 'vitest'
import { randomHex, sha256Hex } from '../../../src/lib/bytes.ts'
import { browserOf, hiddenField } from './browser.ts'
import { env } from './gateway.ts'
import { column, gateways, mail, type Step } from './retriedStep.ts'
import { cookie, seedAccount, seedSession } from './seed.ts'

/** The hashes of the sessions of an account that a gateway would accept. */
async function sessionsOf(accountId: string): Promise<string[]> {
  const { keys } = await env.SESSIONS.list()
  const ended = new Set(await column('select hash from sessions where ended_at is not null'))
  const records = await Promise.all(
    keys.map(async ({ name }) => ({ name, record: await env.SESSIONS.get(name) })),
  )
  return records
    .filter(({ name, record }) => record?.includes(accountId) && !ended.has(name))
    .map(({ name }) => name)
}

/** The tokens of sessions that an answer sets. */
const sessionsIn = (answer: Response) =>
  answer.headers
    .getSetCookie()
    .flatMap((line) => /^(?:__Host-)?session_token=([0-9a-f]{64});/.exec(line)?.[1] ?? [])

/** The code to type, in the latest mail to an e-mail address. */
function codeTo(email: string): string {
  const text = mail.sent.findLast(({ to }) => to === email)?.text ?? ''
  return /^[0-9A-Z]{4}-[0-9A-Z]{4}$/m.exec(text)?.[0] ?? ''
}

/** A sign-in of a browser that was signed in to another account, which ends that session. */
const signingIn = (by: 'link' | 'code'): Step => ({
  name: `the use of a sign-in ${by}`,
  async prepare(bindings) {
    const { healthy, faulty, settled } = gateways(bindings)
    const browser = browserOf(healthy, '192.0.2.1')
    const old = await seedSession(await seedAccount())
    browser.cookies.set('session_token', old)
    const email = `p${randomHex(6)}@example.com`
    await browser.post('/sign-in', { email })
    await healthy.settled()
    const page = by === 'link' ? await (await browser.get(mail.linkTo(email))).text() : ''
    const form =
      by === 'link' ? { token: hiddenField(page, 'token') ?? '' } : { code: codeTo(email) }
    // Each try has the cookies that the browser had before.
    const cookies = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    return {
      settled,
      send: () =>
        faulty.call(`/sign-in/${by}`, {
          method: 'POST',
          headers: { cookie: cookies, 'sec-fetch-site': 'same-origin', accept: 'text/html' },
          body: new URLSearchParams(form),
        }),
      isDone: (answer) => answer.status === 303 && sessionsIn(answer).length === 1,
      async expectDone(answers, where) {
        const [accountId = ''] = await column('select id from accounts where email = ?', email)
        const seen = answers.flatMap(sessionsIn)
        const hashes = await Promise.all(seen.map((one) => sha256Hex(one)))
        for (const living of await sessionsOf(accountId))
          expect(hashes, `${where}: a session that nobody has seen`).toContain(living)
        const [last = ''] = seen.slice(-1)
        const statusOf = async (token: string) =>
          (await healthy.call('/api/v1/api-keys', { headers: cookie(token) })).status
        expect([await statusOf(last), await statusOf(old)], where).toEqual([200, 401])
      },
    }
  },
})

const signingOut: Step = {
  name: 'a sign-out',
  async prepare(bindings) {
    const { healthy, faulty, settled } = gateways(bindings)
    const session = cookie(await seedSession(await seedAccount()))
    return {
      settled,
      send: () => faulty.call('/sign-out', { method: 'POST', headers: session }),
      isDone: ({ status }) => status === 204,
      async expectDone(_, where) {
        const answer = await healthy.call('/api/v1/api-keys', { headers: session })
        expect(answer.status, where).toBe(401)
      },
    }
  },
}

export const SIGN_IN_STEPS: Step[] = [signingIn('link'), signingIn('code'), signingOut]
