/** The steps that are done once, each with what a retry of it must get. */
import { expect } from 'vitest'
import { randomHex, sha256Hex } from '../../../src/lib/bytes.ts'
import { browserOf, hiddenField, recordingMail } from './browser.ts'
import { clientOf, env, recordingOrigin } from './gateway.ts'
import { actorsOf, paramsOf, REDIRECT, type Tokens, unlimitedGateway } from './oauth.ts'
import { cookie, seedAccount, seedKey, seedSession, seedToken } from './seed.ts'

/** One step that is about to be taken by a caller of its own. */
export interface Scenario {
  /** Takes the step, in the same way each time. */
  send: () => Promise<Response>
  /** Whether an answer is that of a step that is done. Leaves the body unread. */
  isDone: (answer: Response) => boolean
  /** Resolves when the gateway has done all work that it put off. */
  settled: () => Promise<void>
  /** Asserts, after all tries, that what the caller has works, and that there is nothing more. */
  expectDone: (answers: Response[], where: string) => Promise<void>
}

export interface Step {
  name: string
  /** A new scenario; the step's own requests meet `bindings`, and its preparation does not. */
  prepare: (bindings: object) => Promise<Scenario>
}

const gateway = unlimitedGateway()
const mail = recordingMail()
const origin = recordingOrigin()
const BINDINGS = { ORIGIN: origin.binding, MAIL: mail.binding }

/** A gateway whose stores are healthy, and another one, whose stores are not. */
function gateways(bindings: object) {
  const healthy = clientOf(gateway, BINDINGS)
  const faulty = clientOf(gateway, { ...BINDINGS, ...bindings })
  return { healthy, faulty, settled: faulty.settled, ...actorsOf(healthy), on: actorsOf(faulty) }
}

/** Whether an isolate that knows nothing yet accepts an access token. */
const isAccepted = async (token: string) =>
  (
    await clientOf(gateway, BINDINGS).call('/mcp', {
      headers: { authorization: `Bearer ${token}` },
    })
  ).status !== 401

/** The first column of the rows of a query. */
const column = async (query: string, ...values: string[]) =>
  (
    await env.DB.prepare(query)
      .bind(...values)
      .raw<[string]>()
  ).map(([first]) => first)

const bodyOf = <T>(answer: Response) => answer.clone().json<T>()

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

/** The hashes of the sessions of an account that a gateway would accept. */
async function sessionsOf(accountId: string): Promise<string[]> {
  const { keys } = await env.SESSIONS.list()
  const ended = new Set(await column('select hash from signed_out_sessions where 1 = ?1', '1'))
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

const signingIn: Step = {
  name: 'the use of a sign-in link',
  async prepare(bindings) {
    const { healthy, faulty, settled } = gateways(bindings)
    const browser = browserOf(healthy, '192.0.2.1')
    const email = `p${randomHex(6)}@example.com`
    await browser.post('/sign-in', { email })
    await healthy.settled()
    const page = await browser.get(mail.linkTo(email))
    const token = hiddenField(await page.text(), 'token') ?? ''
    // Each try has the cookies that the browser had before.
    const cookies = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    return {
      settled,
      send: () =>
        faulty.call('/sign-in/link', {
          method: 'POST',
          headers: { cookie: cookies, 'sec-fetch-site': 'same-origin', accept: 'text/html' },
          body: new URLSearchParams({ token }),
        }),
      isDone: (answer) => answer.status === 303 && sessionsIn(answer).length === 1,
      async expectDone(answers, where) {
        const [accountId = ''] = await column('select id from accounts where email = ?', email)
        const seen = answers.flatMap(sessionsIn)
        const hashes = await Promise.all(seen.map((one) => sha256Hex(one)))
        for (const living of await sessionsOf(accountId))
          expect(hashes, `${where}: a session that nobody has seen`).toContain(living)
        const [last = ''] = seen.slice(-1)
        const answer = await healthy.call('/api/v1/api-keys', { headers: cookie(last) })
        expect(answer.status, where).toBe(200)
      },
    }
  },
}

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

export const STEPS: Step[] = [
  exchange,
  refreshing,
  consent('approve'),
  consent('deny'),
  registration,
  signingIn,
  signingOut,
  newKey(),
  newKey('5f0c1e'),
  revokingKey,
  revokingGrant,
  revokingToken('access_token'),
  revokingToken('refresh_token'),
]
