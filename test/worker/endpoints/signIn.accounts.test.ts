/** Whose first sign-in makes an account: everybody's, that of some domains, or nobody's. */
import { afterAll, expect, it, vi } from 'vitest'
import type { Config } from '../../../src/config/config.ts'
import { randomHex } from '../../../src/lib/bytes.ts'
import { env } from '../../support/worker/gateway.ts'
import { googleGateway, pathOf } from '../../support/worker/googleGateway.ts'
import { seedAccount } from '../../support/worker/seed.ts'

afterAll(() => vi.unstubAllGlobals())

const name = () => `p${randomHex(6)}`
const hasAccount = async (email: string) =>
  (await env.DB.prepare('select 1 from accounts where email = ?').bind(email).first()) !== null

type Policy = NonNullable<Config['signIn']>['accounts']
const owner = `owner${randomHex(4)}@elsewhere.test`

it.each<[Policy, email: string, isAdmitted: boolean]>([
  ['open', `${name()}@example.com`, true],
  ['closed', `${name()}@example.com`, false],
  ['closed', owner, true],
  [{ domains: ['example.com'] }, `${name()}@example.com`, true],
  [{ domains: ['example.com'] }, owner, true],
  [{ domains: ['example.com'] }, `${name()}@example.org`, false],
  [{ domains: ['example.com'] }, `${name()}@sub.example.com`, false],
  [{ domains: ['example.com'] }, `${name()}@notexample.com`, false],
])('with %o, %s gets an account by a mail: %s', async (accounts, email, isAdmitted) => {
  const at = await googleGateway({ accounts }, { owners: [owner] })
  const [byLink, byCode, byGoogle] = [at.newBrowser(), at.newBrowser(), at.newBrowser()]
  const asked = await byLink.post('/sign-in', { email, return: '/a' })
  // The page does not tell who has an account.
  expect(asked.status).toBe(200)
  const token = new URL(at.mail.linkTo(email)).searchParams.get('token') ?? ''
  const answers = [await byLink.post('/sign-in/link', { token })]
  await byCode.post('/sign-in', { email })
  answers.push(await byCode.post('/sign-in/code', { code: at.mail.codeTo(email) }))
  const person = { sub: randomHex(8), email, email_verified: true }
  const back = pathOf(at.issuer.authorize(await at.leave(byGoogle), person))
  answers.push(await byGoogle.get(back))
  expect(answers.map(({ status }) => status)).toEqual(
    isAdmitted ? [303, 303, 303] : [403, 403, 403],
  )
  expect(await hasAccount(email)).toBe(isAdmitted)
  for (const browser of [byLink, byCode, byGoogle])
    expect(browser.cookies.has('__Host-session_token')).toBe(isAdmitted)
  if (!isAdmitted) expect(await answers[0]?.text()).toContain('Ask the people who run this API')
})

it.each([
  ['Gmail', { email: `${name()}@gmail.com` }, 303],
  ['a Workspace', { email: `${name()}@example.com`, hd: 'example.com' }, 303],
  ['another provider', { email: `${name()}@example.com` }, 403],
  ['another provider, and a Workspace without a name', { email: `${name()}@a.com`, hd: '' }, 403],
  ['a look-alike of Gmail', { email: `${name()}@notgmail.com` }, 403],
])(
  'an address of Google itself counts only if Google runs the mailbox: %s',
  async (_, claims, status) => {
    const at = await googleGateway({}, {}, 'https://accounts.google.com')
    const browser = at.newBrowser()
    const person = { sub: randomHex(8), email_verified: true, ...claims }
    const back = pathOf(at.issuer.authorize(await at.leave(browser), person))
    expect((await browser.get(back)).status).toBe(status)
    expect(await hasAccount(claims.email)).toBe(status === 303)
  },
)

it('closed to new ones, an account that exists signs in by every way', async () => {
  const at = await googleGateway({ accounts: 'closed' })
  const email = `${await seedAccount()}@example.com`
  const [byLink, byGoogle] = [at.newBrowser(), at.newBrowser()]
  await byLink.post('/sign-in', { email })
  const token = new URL(at.mail.linkTo(email)).searchParams.get('token') ?? ''
  expect((await byLink.post('/sign-in/link', { token })).status).toBe(303)
  const person = { sub: randomHex(8), email, email_verified: true }
  const back = pathOf(at.issuer.authorize(await at.leave(byGoogle), person))
  expect((await byGoogle.get(back)).status).toBe(303)
})
