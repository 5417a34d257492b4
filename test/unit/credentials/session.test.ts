/** Session tokens and stored sessions: their forms, and when a session ends. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hasMintedForm, mintSecret } from '../../../src/credentials/minted.ts'
import { parseSessionRecord, sessionEndsAt } from '../../../src/credentials/session.ts'
import { isTagged } from '../../../src/credentials/tag.ts'
import { hmacKey } from '../../../src/lib/bytes.ts'
import { anyText, hexOf, RUNS } from '../../support/worker/generators.ts'

const tagKeys = [await hmacKey('k'.repeat(32))]
const RECORD = { id: 's_1', accountId: 'acct_1', createdAt: 1000, seenAt: 2000 }

describe('a new token', () => {
  it('is 64 hexadecimal characters, tagged as a session and as nothing else', async () => {
    const { value: token } = await mintSecret('session', tagKeys)
    expect(hasMintedForm(token)).toBe(true)
    expect(await isTagged('session', token, tagKeys)).toBe(true)
    expect(await isTagged('api_key', token, tagKeys)).toBe(false)
  })
})

describe('the form of a token', () => {
  const hex = 'f0'.repeat(32)

  it.each([
    '',
    hex.slice(1),
    `${hex}0`,
    hex.toUpperCase(),
    `"${hex}"`,
    ` ${hex}`,
    `${hex} `,
    `${hex}\n`,
    `xq_${hex}`,
    `${hex.slice(1)}g`,
    `${hex}, ${hex}`,
    `${hex.slice(1)}\n`,
  ])('%j is no token', (text) => {
    expect(hasMintedForm(text)).toBe(false)
  })

  it('never throws, and takes 64 lower-case hexadecimal characters alone', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, hexOf(64), hexOf(63)), (text) => {
        expect(hasMintedForm(text)).toBe(/^[0-9a-f]{64}$/.test(text))
      }),
      RUNS,
    )
  })
})

describe('sessionEndsAt', () => {
  it.each([
    ['the idle end when it comes first', 2000, { idleMs: 500, absoluteMs: 9000 }, 2500],
    ['the absolute end when it comes first', 2000, { idleMs: 9000, absoluteMs: 5000 }, 6000],
    ['the absolute end, however often it is used', 5900, { idleMs: 9000, absoluteMs: 5000 }, 6000],
    ['either end when both are equal', 2000, { idleMs: 4000, absoluteMs: 5000 }, 6000],
  ])('is %s', (_when, seenAt, times, end) => {
    expect(sessionEndsAt({ ...RECORD, seenAt }, times)).toBe(end)
  })
})

describe('parseSessionRecord', () => {
  it('reads a stored record, and drops unknown fields', () => {
    expect(parseSessionRecord(JSON.parse(JSON.stringify(RECORD)))).toEqual(RECORD)
    expect(parseSessionRecord({ ...RECORD, isAdmin: true })).toEqual(RECORD)
  })

  it.each(['id', 'accountId', 'createdAt', 'seenAt'])('a record without %s is null', (name) => {
    const entries = Object.entries(RECORD).filter(([key]) => key !== name)
    expect(parseSessionRecord(Object.fromEntries(entries))).toBeNull()
  })

  it.each([
    null,
    undefined,
    '',
    'text',
    0,
    true,
    [],
    {},
    [RECORD],
    JSON.stringify(RECORD),
    { ...RECORD, id: 1 },
    { ...RECORD, accountId: null },
    { ...RECORD, createdAt: '1000' },
    { ...RECORD, seenAt: null },
    { ...RECORD, seenAt: [2000] },
  ])('%j is null', (value) => {
    expect(parseSessionRecord(value)).toBeNull()
  })

  // Once a bug: JSON can hold 1e999, which is Infinity, and a session with such a time never ends.
  // (The store is ours, so this only matters if something else writes to it.)
  it('a record with a time that is not finite is null', () => {
    const text = '{"id":"s","accountId":"a","createdAt":1e999,"seenAt":1e999}'
    expect(parseSessionRecord(JSON.parse(text))).toBeNull()
  })

  it('never throws, and gives null or exactly the four fields of their types', () => {
    const field = fc.oneof(fc.jsonValue(), fc.string(), fc.integer())
    const near = fc.record(
      { id: field, accountId: field, createdAt: field, seenAt: field, other: field },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.jsonValue(), near), (value) => {
        const record = parseSessionRecord(value)
        if (record === null) return
        expect(Object.keys(record).sort()).toEqual(['accountId', 'createdAt', 'id', 'seenAt'])
        expect([typeof record.id, typeof record.accountId]).toEqual(['string', 'string'])
        expect([typeof record.createdAt, typeof record.seenAt]).toEqual(['number', 'number'])
      }),
      RUNS,
    )
  })
})
