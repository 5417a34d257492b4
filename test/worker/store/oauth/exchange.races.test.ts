/**
 * Codes and refresh tokens give one pair under races: twelve requests at a time from three
 * isolates, near to and far from the database. A number at the start of a title is that of the
 * table in test/conformance/README.md.
 */
import { describe, expect, it } from 'vitest'
import { delayedDatabase } from '../../../support/worker/delayedDatabase.ts'
import { clientOf, env } from '../../../support/worker/gateway.ts'
import { actorsOf, type Tokens, unlimitedGateway } from '../../../support/worker/oauth.ts'

const ROUNDS = 30
const AT_ONCE = 12

const { newClient, person, codeFor } = actorsOf(clientOf(unlimitedGateway()))
const { id } = await newClient()
const { browser } = await person()

describe.each([
  ['near', 0],
  ['60 ms away', 60],
])('the database is %s', (_where, delayMs) => {
  const DB = delayMs === 0 ? env.DB : delayedDatabase(env.DB, delayMs)
  const isolates = Array.from({ length: 3 }, () => actorsOf(clientOf(unlimitedGateway(), { DB })))

  /** Sends one request twelve times at once: one succeeds, and its tokens are returned. */
  async function race(send: (actors: (typeof isolates)[number]) => Promise<Response>) {
    const answers = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, i) => {
        const isolate = isolates[i % isolates.length]
        if (isolate === undefined) throw new Error('there are three')
        return send(isolate)
      }),
    )
    const won = answers.filter(({ status }) => status === 200)
    const lost = answers.filter(({ status }) => status === 400)
    expect([won.length, lost.length]).toEqual([1, AT_ONCE - 1])
    for (const answer of lost) expect(await answer.json()).toMatchObject({ error: 'invalid_grant' })
    return (await won[0]?.json()) as Tokens
  }

  const issued = async (where: string) => {
    const row = await env.DB.prepare(
      `select count(*) as n from oauth_tokens where ${where}`,
    ).first<{
      n: number
    }>()
    return row?.n ?? -1
  }

  it('29 (RFC 6749 §4.1.2): of 12 redemptions of a code at a time one succeeds, in 30 rounds', {
    timeout: 120_000,
  }, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const code = await codeFor(id, browser)
      const before = await issued('1')
      await race(({ redeem }) => redeem(id, code))
      expect(await issued('1')).toBe(before + 2)
    }
  })

  it('33 (OAuth 2.1 §4.3.1): 12 uses of a refresh token at a time get one pair, in 30 rounds, and the pair works', {
    timeout: 120_000,
  }, async () => {
    const first = await actorsOf(clientOf(unlimitedGateway())).redeem(
      id,
      await codeFor(id, browser),
    )
    let { refresh_token: token } = await first.json<Tokens>()
    for (let round = 0; round < ROUNDS; round++) {
      const before = await issued('1')
      const current = token
      const answers = await Promise.all(
        Array.from({ length: AT_ONCE }, (_, i) => isolates[i % 3]?.refresh(id, current)),
      )
      const pairs = await Promise.all(answers.map((answer) => answer?.json<Tokens>()))
      expect(answers.map((answer) => answer?.status)).toEqual(answers.map(() => 200))
      expect(new Set(pairs.map((pair) => pair?.access_token)).size).toBe(1)
      expect(await issued('1')).toBe(before + 2)
      token = pairs[0]?.refresh_token ?? ''
    }
  })
})
