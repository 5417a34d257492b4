/** The steps of OAuth that are done once, each with what a retry of it must get. */
import { expect } from 'vitest'
import { sha256Hex } from '../../../src/lib/bytes.ts'
import { env } from './gateway.ts'
import { paramsOf, REDIRECT, type Tokens } from './oauth.ts'
import { bodyOf, column, gateways, isAccepted, type Step } from './retriedStep.ts'
import { cookie, seedAccount, seedSession, seedToken } from './seed.ts'

/** The pairs of those answers that have one. */
async function pairsOf(answers: Response[]): Promise<Tokens[]> {
  return Promise.all(answers.filter(({ status }) => status === 200).map(bodyOf<Tokens>))
}

/** Asserts that the tokens of a grant are those that its client has seen, and that they work. */
async function expectSeenTokens(answers: Response[], accountId: string, where: string) {
  const pairs = await pairsOf(answers)
  const seen = pairs.flatMap((pair) => [pair.access_token, pair.refresh_token])
  const unused = await column(
    `select hash from oauth_tokens where used_at is null and grant_id in
       (select id from oauth_grants where account_id = ? and revoked_at is null)`,
    accountId,
  )
  const hashes = await Promise.all(seen.map((token) => sha256Hex(token)))
  for (const hash of unused)
    expect(hashes, `${where}: a token that nobody has seen`).toContain(hash)
  for (const { access_token } of pairs) expect(await isAccepted(access_token), where).toBe(true)
}

const exchange: Step = {
  name: 'a code exchange',
  async prepare(bindings) {
    const { newClient, person, codeFor, on, settled, refresh } = gateways(bindings)
    const { id } = await newClient()
    const { accountId, browser } = await person()
    const code = await codeFor(id, browser)
    return {
      settled,
      send: () => on.redeem(id, code),
      isDone: ({ status }) => status === 200,
      async expectDone(answers, where) {
        await expectSeenTokens(answers, accountId, where)
        const [pair] = (await pairsOf(answers)).slice(-1)
        expect((await refresh(id, pair?.refresh_token ?? '')).status, where).toBe(200)
      },
    }
  },
}

const refreshing: Step = {
  name: 'a refresh',
  async prepare(bindings) {
    const { clientWithTokens, on, settled, refresh } = gateways(bindings)
    const { client, accountId, tokens } = await clientWithTokens()
    // The first access token is not part of the step.
    await env.DB.prepare('delete from oauth_tokens where hash = ?')
      .bind(await sha256Hex(tokens.access_token))
      .run()
    return {
      settled,
      send: () => on.refresh(client.id, tokens.refresh_token),
      isDone: ({ status }) => status === 200,
      async expectDone(answers, where) {
        await expectSeenTokens(answers, accountId, where)
        const pairs = await pairsOf(answers)
        expect(new Set(pairs.map((pair) => pair.refresh_token)).size, where).toBe(1)
        const [pair] = pairs
        expect((await refresh(client.id, pair?.refresh_token ?? '')).status, where).toBe(200)
      },
    }
  },
}

/** The answer to a consent page. */
const consent = (decision: 'approve' | 'deny'): Step => ({
  name: `a consent decision: ${decision}`,
  async prepare(bindings) {
    const { newClient, person, authorize, queryFor, requestOn, redeem, on, settled } =
      gateways(bindings)
    const { id } = await newClient()
    const { accountId, browser } = await person()
    const request = await requestOn(await authorize(queryFor(id), browser))
    return {
      settled,
      send: () => on.decide(browser, { request, decision }),
      isDone: ({ status, headers }) =>
        status === 303 && (headers.get('location') ?? '').startsWith(REDIRECT),
      async expectDone(answers, where) {
        const grants = await column('select id from oauth_grants where account_id = ?', accountId)
        expect(grants.length, where).toBe(decision === 'approve' ? 1 : 0)
        const decided = answers.filter(({ status }) => status === 303)
        expect(new Set(decided.map(({ headers }) => headers.get('location'))).size, where).toBe(1)
        const [last] = decided
        const parameters = last && paramsOf(last)
        if (decision === 'deny') expect(parameters?.get('error'), where).toBe('access_denied')
        else expect((await redeem(id, parameters?.get('code') ?? '')).status, where).toBe(200)
      },
    }
  },
})

const registration: Step = {
  name: 'a registration',
  async prepare(bindings) {
    const { authorize, queryFor, person, on, settled } = gateways(bindings)
    const { browser } = await person()
    return {
      settled,
      send: () => on.register({ client_name: 'A client', redirect_uris: [REDIRECT] }),
      isDone: ({ status }) => status === 201,
      async expectDone(answers, where) {
        for (const answer of answers.filter(({ status }) => status === 201)) {
          const { client_id } = await bodyOf<{ client_id: string }>(answer)
          expect((await authorize(queryFor(client_id), browser)).status, where).toBe(200)
        }
      },
    }
  },
}

const revokingGrant: Step = {
  name: 'DELETE /oauth/grants/:id',
  async prepare(bindings) {
    const { faulty, settled } = gateways(bindings)
    const accountId = await seedAccount()
    const session = cookie(await seedSession(accountId))
    const { token, grantId } = await seedToken(accountId)
    const path = `/api/v1/oauth/grants/${grantId}`
    return {
      settled,
      send: () => faulty.call(path, { method: 'DELETE', headers: session }),
      // A grant that the first try has ended is one that is not found.
      isDone: ({ status }) => status === 200 || status === 404,
      expectDone: async (_, where) => expect(await isAccepted(token), where).toBe(false),
    }
  },
}

/** The revocation of a token by its client (RFC 7009). */
const revokingToken = (kind: 'access_token' | 'refresh_token'): Step => ({
  name: `the revocation of an ${kind}`.replace('an refresh', 'a refresh'),
  async prepare(bindings) {
    const { clientWithTokens, refresh, on, settled } = gateways(bindings)
    const { client, tokens } = await clientWithTokens()
    return {
      settled,
      send: () => on.revoke(client.id, tokens[kind]),
      isDone: ({ status }) => status === 200,
      async expectDone(_, where) {
        expect(await isAccepted(tokens.access_token), where).toBe(false)
        const expected = kind === 'access_token' ? 200 : 400
        expect((await refresh(client.id, tokens.refresh_token)).status, where).toBe(expected)
      },
    }
  },
})

export const OAUTH_STEPS: Step[] = [
  exchange,
  refreshing,
  consent('approve'),
  consent('deny'),
  registration,
  revokingGrant,
  revokingToken('access_token'),
  revokingToken('refresh_token'),
]
