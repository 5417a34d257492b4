/** Callers as text: the key for counting and caching. */
import { expect, it } from 'vitest'
import { type Caller, callerKey } from '../../../src/credentials/caller.ts'

const KEY: Caller = { kind: 'api_key', accountId: 'acct_1', keyId: '7' }
const OTHER_KEY: Caller = { kind: 'api_key', accountId: 'acct_1', keyId: '8' }
const SESSION: Caller = { kind: 'session', accountId: 'acct_1', sessionId: '7' }
const ANONYMOUS: Caller = { kind: 'anonymous' }

it('each credential has a key of its own, even if ids are equal', () => {
  const keys = [KEY, OTHER_KEY, SESSION, ANONYMOUS].map((caller) => callerKey(caller, '7'))
  expect(keys).toEqual(['api_key 7', 'api_key 8', 'session 7', 'anonymous 7'])
})

it('the address is no part of the key of a known caller', () => {
  expect(callerKey(KEY, 'a')).toBe(callerKey(KEY, 'b'))
  expect(callerKey(ANONYMOUS, 'a')).not.toBe(callerKey(ANONYMOUS, 'b'))
})
