/** `npm run setup` with answers as people type them, and with configs as they write them. */
import { describe, expect, it } from 'vitest'
import { withHost, withMail, withOwner } from '../../cli/setup/files.ts'
import { readSetupOptions } from '../../cli/setup/options.ts'

describe('an answer', () => {
  it.each([
    ['--host', 'API.Example.org.', 'api.example.org'],
    ['--host', 'm\u00fcller.example', 'xn--mller-kva.example'],
    ['--origin', 'HTTPS://backend.acme.dev', 'https://backend.acme.dev'],
    ['--mcp-origin', 'https://backend.acme.dev/mcp/', 'https://backend.acme.dev/mcp/'],
    ['--mail', 'Acme <Sign-In@Acme.dev>', 'sign-in@acme.dev'],
    ['--owner', " O'Brien@Acme.dev ", "o'brien@acme.dev"],
  ])('%s "%s" has one spelling', (flag, typed, expected) => {
    expect(Object.values(readSetupOptions([flag, typed]))).toContain(expected)
  })

  it.each([
    ['--host', 'a..b'],
    ['--host', 'localhost'],
    ['--host', 'api.example.org:8443'],
    ['--origin', 'https://localhost'],
    ['--origin', 'https://192.168.1.5'],
    ['--origin', 'https://[fd00::1]'],
    ['--origin', 'https://backend'],
    ['--origin', 'https://backend.internal'],
    ['--owner', 'me@acme'],
  ])('%s "%s" is refused', (flag, typed) => {
    expect(() => readSetupOptions([flag, typed])).toThrow(`${flag} is "${typed}"`)
  })
})

describe('the config gets', () => {
  it.each([
    ["  publicUrl: 'x',", "  publicUrl: 'x',\n  owners: ['b@b.c'],"],
    ["owners: ['a@b.c'], // me", "owners: ['b@b.c', 'a@b.c'], // me"],
    ['owners: [],', "owners: ['b@b.c'],"],
    ["publicUrl: 'x',\nowners: OURS,", "publicUrl: 'x',\nowners: OURS,"],
    // A comment behind the last one would swallow what is written behind it.
    [
      "  owners: [\n    'a@b.c', // me\n  ],",
      "  owners: [\n    'b@b.c',\n    'a@b.c', // me\n  ],",
    ],
    [
      "  // owners: ['no'],\n  publicUrl: 'x',",
      "  // owners: ['no'],\n  publicUrl: 'x',\n  owners: ['b@b.c'],",
    ],
  ])('an owner: %j', (before, after) => {
    expect(withOwner(before, 'b@b.c')).toBe(after)
  })

  it('addresses with an apostrophe or a "$" as they are', () => {
    expect(withOwner('owners: []', "o'b@b.c")).toBe(`owners: ["o'b@b.c"]`)
    expect(withMail("mail: { from: 'a@b.c' }", "o'$&@b.c")).toBe(`mail: { from: "o'$&@b.c" }`)
    expect(withMail(`mail: { binding: 'M', from: "o'b@b.c" }`, 'a@b.c')).toBe(
      "mail: { binding: 'M', from: 'a@b.c' }",
    )
  })

  it('a host, in the code and not in a comment', () => {
    const text =
      "// publicUrl: 'https://no'\n publicUrl: \"https://old.c\",\n site: { name: 'old.c' }"
    expect(withHost(text, 'b.c')).toBe(
      "// publicUrl: 'https://no'\n publicUrl: 'https://b.c',\n site: { name: 'b.c' }",
    )
  })
})
