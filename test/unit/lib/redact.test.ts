import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeCause, redact } from '../../../src/lib/redact.ts'
import { anyText, hexOf, RUNS } from '../../support/worker/generators.ts'

const KEY = `xq_${'0123456789abcdef'.repeat(4)}`
const JWT =
  'eyJhbGciOiJFZERTQSIsImtpZCI6ImsxIn0.eyJzdWIiOiJhY2N0XzEiLCJpYXQiOjE3fQ.c2lnbmF0dXJlLW9mLXRoaXM'

describe('redact', () => {
  it.each([
    ['a key', `no key ${KEY} here`, 'no key xq_[redacted] here'],
    ['a key in a query', `/a?key=${KEY}&b=1`, '/a?key=xq_[redacted]&b=1'],
    ['a key in capitals', KEY.toUpperCase(), 'XQ_[redacted]'],
    ['a hash', `where hash = '${'ab'.repeat(32)}'`, "where hash = '[redacted]'"],
    ['a JWT', `Bearer ${JWT}`, 'Bearer [redacted]'],
    ['a session cookie', `session_token=${'f0'.repeat(32)}; a=b`, 'session_token=[redacted]; a=b'],
    ['a base64 secret', `key "${'Zm9v+/'.repeat(10)}="`, 'key "[redacted]"'],
    ['any run of 44 characters', 'x'.repeat(44), '[redacted]'],
    ["longer than an account's id", `acc_${'a'.repeat(25)}`, 'acc_[redacted]'],
    ['two secrets', `${'a'.repeat(24)} ${'b'.repeat(24)}`, '[redacted] [redacted]'],
  ])('%s does not survive', (_what, text, expected) => {
    expect(redact(text)).toBe(expected)
  })

  it.each([
    'GET /x/tweets/:id',
    '/api/v1/x/tweets/1900000000000000001',
    'req_0f8fad5b-d9cb-469f-a165-70867728950e',
    'TypeError: cannot read properties of undefined',
    '2026-02-24T10:30:00.000Z',
    '203.0.113.7',
    'acc_0123456789abcdef01234567', // an account's id
    '/api/v1/oauth/grants/grt_0123456789abcdef01234567',
    'x'.repeat(43), // as long as a challenge's id
    '',
  ])('%s is left as it is', (text) => {
    expect(redact(text)).toBe(text)
  })

  it('a text is cut at 500 characters', () => {
    expect(redact('a b '.repeat(1000))).toBe('a b '.repeat(125))
  })

  it('no key, hash or JWT survives anywhere in a text', () => {
    const word = fc.stringMatching(/^[ "'=:;,(){}<>?&#@!\n]{0,20}$/)
    const part = fc.stringMatching(/^[A-Za-z0-9_-]{24,60}$/)
    const jwt = fc.tuple(part, part, part).map((parts) => parts.join('.'))
    const key = hexOf(64).map((hex) => `xq_${hex}`)
    fc.assert(
      fc.property(word, fc.oneof(key, hexOf(64), hexOf(24), jwt), word, (before, secret, after) => {
        const safe = redact(before + secret + after)
        expect(safe).toContain('[redacted]')
        for (let at = 0; at + 24 <= secret.length; at++) {
          expect(safe).not.toContain(secret.slice(at, at + 24))
        }
      }),
      { numRuns: 2000 },
    )
  })

  // Once a bug: the text was cut first, which left a part of a secret too short to be recognised.
  it('no part of a key survives at the place where a long text is cut', () => {
    expect(redact(`${'- '.repeat(240)}${KEY}`)).not.toMatch(/xq_[0-9a-f]/)
  })

  // Once a bug: hexadecimal runs were redacted first, and the rest was shorter than a secret.
  it('a token with a hexadecimal run in its middle does not survive around it', () => {
    const half = 'Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFy'
    expect(redact(`Bearer ${half}${'0'.repeat(24)}${half}`)).not.toContain(half)
  })

  // Once a bug, harmless: "/" counted as part of a token, so long paths were redacted.
  it('an ordinary path stays readable in the log', () => {
    const path = '/api/v1/x/users/1900000000000000001/followers/check'
    expect(redact(path)).toBe(path)
  })

  it('never throws, and never makes a text longer than 500 characters', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 50 }), (text, times) => {
        const safe = redact(text.repeat(times))
        expect(safe.length).toBeLessThanOrEqual(500)
        expect(safe).not.toMatch(/[0-9a-fA-F]{24}/)
      }),
      RUNS,
    )
  })
})

describe('describeCause', () => {
  it('gives the innermost cause, because outer messages may carry parameters', () => {
    const inner = new TypeError('D1 is away')
    const outer = new Error('Failed query\nparams: secret', { cause: inner })
    expect(describeCause(new Error('outermost', { cause: outer }))).toBe('TypeError: D1 is away')
  })

  it.each([
    ['an error', new RangeError('too far'), 'RangeError: too far'],
    ['a string', 'plain', 'plain'],
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['a number as cause', new Error('a', { cause: 3 }), '3'],
    ['an empty string as cause', new Error('a', { cause: '' }), ''],
    ['null as cause', new Error('a', { cause: null }), 'Error: a'],
    ['a secret', new Error(`no row for ${KEY}`), 'Error: no row for xq_[redacted]'],
  ])('%s becomes one line', (_what, error, line) => {
    expect(describeCause(error)).toBe(line)
  })

  it.each(['id_token=eyJhbGciOi', '{"a":1}eyJhbGciOi', '"eyJhbGciOi"\n"x'])(
    'tells that a text is no JSON without a part of it: %s',
    (text) => {
      let error: unknown
      try {
        JSON.parse(text)
      } catch (thrown) {
        error = thrown
      }
      expect(describeCause(error)).toMatch(/^SyntaxError: .*JSON/)
      expect(describeCause(error)).not.toContain('eyJ')
    },
  )

  it('has no e-mail address, which a service that sends mail may quote', () => {
    const refusal = new Error('550 <Jo.Doe+a@mail.example.com>: not allowed (jo@example.com)')
    expect(describeCause(refusal)).toBe('Error: 550 <[address]>: not allowed ([address])')
  })

  it('ends for causes that form a circle', () => {
    const error = new Error('round')
    error.cause = new Error('and round', { cause: error })
    expect(describeCause(error)).toMatch(/^Error: /)
  })

  // Once a bug: a message with a line break stayed two lines.
  it('is one line', () => {
    expect(describeCause(new Error('first\nsecond'))).not.toContain('\n')
  })

  // Once a bug: logging such a failure threw. It takes a value like `Object.create(null)`.
  it('does not throw for a thrown value that cannot become a string', () => {
    expect(typeof describeCause(Object.create(null))).toBe('string')
  })
})
