/** The steps of signing in with Google, each with what a retry of it must get. */
import { expect } from 'vitest'
import { randomHex, sha256Hex } from '../../../src/lib/bytes.ts'
import { googleGateway, pathOf } from './googleGateway.ts'
import { column, type Step } from './retriedStep.ts'
import { cookie, seedAccount, seedSession } from './seed.ts'

let made: ReturnType<typeof googleGateway> | undefined
const gateway = () => {
  made ??= googleGateway()
  return made
}

const sessionsIn = (answer: Response) =>
  answer.headers
    .getSetCookie()
    .flatMap((line) => /^__Host-session_token=([0-9a-f]{64});/.exec(line)?.[1] ?? [])

const leaving: Step = {
  name: 'the way to Google',
  async prepare(bindings) {
    const { client, newBrowser, issuer, healthy } = await gateway()
    const faulty = client(bindings)
    const browser = newBrowser(faulty)
    const person = { sub: randomHex(8), email: `${randomHex(6)}@a.test`, email_verified: true }
    return {
      settled: faulty.settled,
      send: () => browser.post('/sign-in/google', { return: '/a' }),
      isDone: ({ status }) => status === 303,
      async expectDone(answers, where) {
        const location = answers.at(-1)?.headers.get('location') ?? ''
        const back = newBrowser(healthy)
        for (const [name, value] of browser.cookies) back.cookies.set(name, value)
        const answer = await back.get(pathOf(issuer.authorize(location, person)))
        expect(answer.headers.get('location'), where).toBe('/a')
      },
    }
  },
}

const comingBack: Step = {
  name: 'the way back from Google',
  async prepare(bindings) {
    const { client, newBrowser, issuer, leave, healthy } = await gateway()
    const faulty = client(bindings)
    const before = newBrowser()
    const old = await seedSession(await seedAccount())
    before.cookies.set('session_token', old)
    const email = `${randomHex(6)}@a.test`
    const person = { sub: randomHex(8), email, email_verified: true }
    const path = pathOf(issuer.authorize(await leave(before, '/a'), person))
    await healthy.settled()
    // A failure may leave a cookie, which the retry sends; Google's code works only once.
    const browser = newBrowser(faulty)
    for (const [name, value] of before.cookies) browser.cookies.set(name, value)
    return {
      settled: faulty.settled,
      send: () => browser.get(path),
      isDone: (answer) => answer.status === 303 && answer.headers.get('location') === '/a',
      async expectDone(answers, where) {
        const [accountId = '', second] = await column(
          'select id from accounts where email = ?',
          email,
        )
        expect(second, where).toBeUndefined()
        const seen = answers.flatMap(sessionsIn)
        const living = await column(
          'select hash from sessions where account_id = ? and ended_at is null',
          accountId,
        )
        expect(living, where).toEqual([await sha256Hex(seen.at(-1) ?? '')])
        const statusOf = async (token: string) =>
          (await client().call('/api/v1/api-keys', { headers: cookie(token) })).status
        expect([await statusOf(seen.at(-1) ?? ''), await statusOf(old)], where).toEqual([200, 401])
      },
    }
  },
}

export const GOOGLE_STEPS: Step[] = [leaving, comingBack]
