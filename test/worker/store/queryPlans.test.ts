/**
 * The plans of the statements that requests wait for: each uses an index, so that its cost does not
 * grow with the number of accounts and keys.
 */
import { expect, it } from 'vitest'
import { writeUsage } from '../../../heartbeat/account/usage.ts'
import { deleteAccount } from '../../../src/store/accountEnd.ts'
import type { Env } from '../../../src/store/env.ts'
import {
  insertKey,
  isEnabled,
  selectKeys,
  selectOwner,
} from '../../../src/store/keys/apiKeyStatements.ts'
import {
  insertClient,
  selectClient,
  updateClientUse,
} from '../../../src/store/oauth/clientStatements.ts'
import { selectDocument, upsertDocument } from '../../../src/store/oauth/documentStatements.ts'
import { selectGrants } from '../../../src/store/oauth/grantStatements.ts'
import {
  endGrant,
  revokeToken,
  selectGrant,
  selectHolder,
} from '../../../src/store/oauth/tokenStatements.ts'
import { findAccount, listAccounts, listAudit, setDisabled } from '../../../src/store/owners.ts'
import { consumeLink } from '../../../src/store/signIn/linkUse.ts'
import {
  addOpenIdSignIn,
  consumeOpenIdSignIn,
  findOpenIdSignIn,
} from '../../../src/store/signIn/openIdSignIns.ts'
import {
  endByAccount,
  endByHash,
  endById,
  selectSessionOwner,
  selectSessions,
  updateSeen,
} from '../../../src/store/signIn/sessionStatements.ts'
import { addLink, findLink, forgiveLink, tryCode } from '../../../src/store/signIn/signInLinks.ts'
import { mergeUsage, unmerged } from '../../../src/store/usage/mergeUsage.ts'
import { selectUsage, sumUsage } from '../../../src/store/usage/usage.ts'
import { env } from '../../support/worker/gateway.ts'
import { seedAccount } from '../../support/worker/seed.ts'

/** An env whose database passes statements on, and notes their SQL in `sql`. */
function notingEnv(): { noting: Env; sql: string[] } {
  const sql: string[] = []
  const notes = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(object, name) {
        const value: unknown = Reflect.get(object, name)
        if (typeof value !== 'function') return value
        return (...args: unknown[]) => {
          if (name === 'prepare') sql.push(String(args[0]))
          const result: unknown = value.apply(object, args)
          return name === 'withSession' ? notes(result as object) : result
        }
      },
    })
  return { noting: { ...env, DB: notes(env.DB) }, sql }
}

/** The steps of a statement's plan, in SQLite's words: "SEARCH api_keys USING INDEX …". */
async function planOf(statement: string): Promise<string[]> {
  const values = Array.from(statement.matchAll(/\?/g), () => '1')
  const explained = await env.DB.prepare(`explain query plan ${statement}`)
    .bind(...values)
    .all<{ detail: string }>()
  return explained.results.map(({ detail }) => detail)
}

const key = {
  accountId: '',
  name: 'a',
  prefix: 'xq_aaaaa',
  hash: 'f0'.repeat(32),
  createdAt: 1,
  expiresAt: null,
}
const hash = '0f'.repeat(32)
const oauthClient = { id: hash, name: null, redirectUris: [], refreshes: true, secretHash: null }
const documentClient = { ...oauthClient, id: 'https://app.example.com/c' }
const link = {
  hash,
  email: 'a@example.com',
  inbox: 'a@example.com',
  browserHash: hash,
  codeHash: hash,
  network: '',
  knownBrowser: null,
  createsAccount: true,
  returnPath: '/',
  createdAt: 1,
  expiresAt: 2,
}
const use = { hour: 1, credential: 'key 1', route: 'GET /a', status: '2xx' as const }
const uses = [{ ...use, requests: 1, lastUsedAt: 1 }]
const usageRow = { credential: 'key 1', route: 'GET /a', status: '2xx', requests: 1 } as const
const anyUsage = { credential: null, route: null, status: null }
const session = {
  hashes: [hash, key.hash],
  id: 'ses_1',
  browser: '',
  place: '',
  beginsAt: 1,
  endsAt: 2,
  account: { id: 'acc_1', locale: 'en' },
} as const
const identity = { issuer: 'i', subject: 's', email: 'a@example.com', createsAccount: true }
const none = [{ name: 'sign-in', count: 0, windowMs: 1 }]
const browser = { browserHash: hash, codeHashes: [hash, key.hash] }

it.each<[what: string, run: (env: Env, accountId: string) => Promise<unknown>]>([
  ['the owner of a key', (env) => selectOwner(env, hash)],
  ['the holder of an access token', (env) => selectHolder(env, hash)],
  ['the account of a session', (env, account) => selectSessionOwner(env, hash, account)],
  ['the sessions of an account', (env, id) => selectSessions(env, id, { now: 1, usedAfter: 0 })],
  ['the hour of a session', (env) => updateSeen(env, hash, 1)],
  ['the grant of a token', (env) => selectGrant(env, hash)],
  ['a new key', (env, accountId) => insertKey(env, { ...key, accountId }, 100)],
  ['the keys of an account', (env, account) => selectKeys(env, account, 200)],
  ['the grants of an account', (env, account) => selectGrants(env, account, 1)],
  ['the use of an account', (env, owner) => writeUsage(env, { owner, life: '', flush: 1, uses })],
  [
    'the sums of usage',
    (env, owner) => sumUsage(env, owner, { start: 1, end: 2 }, 'month', anyUsage),
  ],
  [
    'the rows of usage',
    (env, owner) => selectUsage(env, owner, { start: 1, end: 2 }, anyUsage, 10, usageRow),
  ],
  ['usage that has aged', (env) => unmerged(env, [{ start: 1, end: 2 }])],
  [
    'the merging of usage',
    async (env, owner) => {
      const hour = Math.floor(Date.now() / 3_600_000) - 100
      const aged = uses.map((one) => ({ ...one, hour: hour - (hour % 24) + 1 }))
      await writeUsage(env, { owner, life: '', flush: 1, uses: aged })
      await mergeUsage(env, Date.now())
    },
  ],
  ['the end of a token', (env) => revokeToken(env, hash)],
  ['the end of a grant', (env, account) => endGrant(env, 'grt_1', account)],
  ['a registered client', (env) => selectClient(env, hash)],
  ['a new client', (env) => insertClient(env, oauthClient, 'a', 2)],
  ['the use of a client', (env) => updateClientUse(env, hash, 2, 1)],
  ['a metadata document', (env) => selectDocument(env, hash, 1)],
  ['a new metadata document', (env) => upsertDocument(env, documentClient, 1)],
  ['a sign-in link, and how long to wait for one', (env) => addLink(env, link, none)],
  ['a link that does not count', (env) => forgiveLink(env, hash)],
  ['a link that is opened', (env) => findLink(env, hash, 1)],
  ['a typed code', (env) => tryCode(env, browser, 1)],
  ['the use of a link', (env) => consumeLink(env, { hash, browserHashes: [hash, ''] }, session)],
  [
    'a sign-in that goes to another site',
    (env) => addOpenIdSignIn(env, { hash, browserHash: hash, returnPath: '/', expiresAt: 1 }, 2),
  ],
  [
    'a sign-in that comes back',
    (env) => findOpenIdSignIn(env, { hash, browserHash: hash }, [hash, key.hash], 1),
  ],
  [
    'the use of such a sign-in',
    (env) => consumeOpenIdSignIn(env, { hash, browserHash: hash }, identity, session),
  ],
  [
    'the end of an account',
    (env, accountId) => deleteAccount(env, { accountId, email: 'a@example.com' }, 1),
  ],
  [
    'the disabling of an account',
    (env, accountId) => setDisabled(env, { act: 'disable', actorId: '', accountId }, 1),
  ],
  ['a page of accounts', (env) => listAccounts(env, { createdAt: 1, id: '' })],
  ['an account that is looked for', (env) => findAccount(env, 'a@example.com')],
  ['a page of the audit list', (env) => listAudit(env, 1)],
  ['whether an account is enabled', (env, account) => isEnabled(env, account)],
  ['the end of sessions', (env) => endByHash(env, [hash, key.hash])],
  ['the end of one session', (env, account) => endById(env, account, 'ses_1')],
  ['the end of all sessions', (env, account) => endByAccount(env, account)],
])('%s is found by an index, never by a walk through a table', async (_what, run) => {
  const account = await seedAccount()
  const { noting, sql } = notingEnv()
  await run(noting, account)
  expect(sql.length).toBeGreaterThan(0)
  for (const statement of sql) {
    const steps = await planOf(statement)
    // A parameter that is a list is walked through, and so is what a statement has read and
    // bounded.
    const walks = steps.filter((step) =>
      /^SCAN (?!CONSTANT ROW|json_each |used$|cells$|\(subquery)/.test(step),
    )
    expect(walks, statement).toEqual([])
  }
})

it('a walk through a table would be seen', async () => {
  expect(await planOf('select * from api_keys where name = ?')).toEqual(['SCAN api_keys'])
})
