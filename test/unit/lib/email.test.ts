/** Which e-mail addresses are accepted, and how they are spelled. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inboxOf, parseEmail, readEmail } from '../../../src/lib/email.ts'
import { EMAIL_FAULTS } from '../../../src/pages/words/signIn.ts'

describe('an address', () => {
  it.each([
    ['ann@example.com', 'ann@example.com'],
    ['Ann.B+tag@Example.COM', 'ann.b+tag@example.com'],
    ['  ann@example.com ', 'ann@example.com'],
    ['ann\uff20example.com', 'ann@example.com'],
    ['\uff41nn@example.com', 'ann@example.com'],
    ['\u212aim@example.com', 'kim@example.com'],
    ["o'hara_{x}@a-b.example.co", "o'hara_{x}@a-b.example.co"],
    ['a@xn--bcher-kva.example', 'a@xn--bcher-kva.example'],
    ['a@example.xn--p1ai', 'a@example.xn--p1ai'],
    ['ann@example.com.', 'ann@example.com'],
    ['Ann <ann@example.com>', 'ann@example.com'],
    ['"B, Ann" < Ann@Example.com > ', 'ann@example.com'],
    ['<ann@example.com>', 'ann@example.com'],
    ['ann@b\u00fccher.example', 'ann@xn--bcher-kva.example'],
    ['ann@BU\u0308CHER.example.', 'ann@xn--bcher-kva.example'],
    ['ann@\u043f\u043e\u0447\u0442\u0430.\u0440\u0444', 'ann@xn--80a1acny.xn--p1ai'],
    ['ann@example\u3002com', 'ann@example.com'],
    [`${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
  ])('%j is read as %j', (typed, email) => {
    expect(parseEmail(typed)).toBe(email)
  })

  it.each([
    ['no text', ''],
    ['no @', 'ann.example.com'],
    ['two "@"', 'ann@evil.test@example.com'],
    ['two "@", one of them a look-alike', 'ann@evil.test\uff20example.com'],
    ['two "@", one of them a small look-alike', 'ann\ufe6bevil.test@example.com'],
    ['no local part', '@example.com'],
    ['no domain', 'ann@'],
    ['one label', 'ann@localhost'],
    ['an address literal as its domain', 'ann@[127.0.0.1]'],
    ['an IPv4 address as its domain', 'ann@127.0.0.1'],
    ['two trailing dots', 'ann@example.com..'],
    ['an empty label', 'ann@example..com'],
    ['a label that begins with a hyphen', 'ann@-example.com'],
    ['a label that ends with a hyphen', 'ann@example-.com'],
    ['a leading dot', '.ann@example.com'],
    ['two dots in a row', 'a..nn@example.com'],
    ['a blank', 'a nn@example.com'],
    ['a line break', 'ann@example.com\r\nbcc: eve@evil.test'],
    ['a line break at the end', 'ann@example.com\n'],
    ['a NUL', 'ann\u0000@example.com'],
    ['a quoted name', '"ann b"@example.com'],
    ['two addresses in brackets', 'Ann <ann@example.com> <eve@evil.test>'],
    ['a line break in its display name', 'Ann\r\nBcc: <ann@example.com>'],
    ['a domain that is a URL', 'ann@example.com/evil.test'],
    ['a domain with a port', 'ann@example.com:25'],
    ['an escaped domain', 'ann@ex%61mple.com'],
    ['a domain that is a number', 'ann@0x7f.1'],
    ['two addresses', 'ann@example.com,eve@evil.test'],
    ['a letter outside ASCII', '\u0430nn@example.com'],
    ['a capital letter that becomes two in lower case', '\u0130nn@example.com'],
    ['an invisible character', 'a\u200bnn@example.com'],
    ['a mark that reverses the text', '\u202eann@example.com'],
    ['a local part of 65 characters', `${'a'.repeat(65)}@example.com`],
    ['a label of 64 characters', `a@${'b'.repeat(64)}.com`],
    ['more than 254 characters', `a@${'b.'.repeat(130)}com`],
    ['ligatures that NFKC makes longer', `${'\ufb03'.repeat(90)}@example.com`],
  ])('with %s is refused', (_, typed) => {
    expect(parseEmail(typed)).toBeNull()
  })
})

it('any text gives null or an address that is read as itself', () => {
  const almost = fc
    .tuple(fc.string({ unit: 'grapheme' }), fc.constantFrom('@', '\uff20', ''), fc.string())
    .map((parts) => `${parts.join('')}.com`)
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), almost, fc.emailAddress()), (typed) => {
      const email = parseEmail(typed)
      if (email === null) return
      expect(email).toMatch(/^[\x21-\x7e]{1,64}@[a-z0-9.-]+$/)
      expect(email.length).toBeLessThanOrEqual(254)
      expect(parseEmail(email)).toBe(email)
      expect(email).toBe(email.toLowerCase())
    }),
    { numRuns: 5000 },
  )
})

it('ordinary addresses are accepted', () => {
  const label = fc.stringMatching(/^[a-z0-9]{1,20}$/)
  fc.assert(
    fc.property(label, label, fc.constantFrom('com', 'de', 'museum'), (local, domain, top) => {
      expect(parseEmail(`${local}@${domain}.${top}`)).toBe(`${local}@${domain}.${top}`)
    }),
  )
})

it.each([
  ['a nn@example.com', 'before the "@"'],
  ['ann@localhost', 'after the "@"'],
  ['ann@-x.com', 'after the "@"'],
  ['ann', 'name@example.com'],
  ['ann@a.com,bob@b.com', 'one "@"'],
  ['ann\u200b@example.com', 'invisible'],
  [`${'a'.repeat(65)}@example.com`, '64'],
])('the complaint about %j says which part is wrong: %s', (typed, part) => {
  const reading = readEmail(typed)
  expect('fault' in reading && EMAIL_FAULTS[reading.fault].en).toContain(part)
})

it.each([
  ['ann+news@example.com', 'ann@example.com'],
  ['ann+a+b@example.com', 'ann@example.com'],
  ['ann@example.com', 'ann@example.com'],
  ['+ann@example.com', '+ann@example.com'],
])('mail to %s arrives in the mailbox %s', (email, mailbox) => {
  expect(inboxOf(email)).toBe(mailbox)
})
