/** The table of README.md: every number is there, and the tests that it names exist. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')

/** Number → the files and titles that hold it. */
const rows = new Map(
  [...read('README.md').matchAll(/^\| (\d+) \| [^|]+ \| (.+) \|$/gm)].map(
    ([, number, tests = '']) => {
      const named = tests.split('<br>').map((test) => /^\[[\w.]+\]\((\S+)\): (.+)$/.exec(test))
      return [
        Number(number),
        named.map((match) => ({ file: match?.[1] ?? '', title: match?.[2] ?? '' })),
      ]
    },
  ),
)

it('has all 44', () => {
  expect([...rows.keys()]).toEqual(Array.from({ length: 44 }, (_, index) => index + 1))
})

it.each([...rows])('%d is held by tests that exist', (_number, tests) => {
  expect(tests.length).toBeGreaterThan(0)
  for (const { file, title } of tests) {
    expect(title).not.toBe('')
    // As it stands in the source, where an apostrophe may need a backslash.
    const titles =
      read(file)
        .replaceAll("\\'", "'")
        .match(/(['"]).*\1/g) ?? []
    expect(
      titles.some((literal) => literal.includes(title)),
      `${file}: ${title}`,
    ).toBe(true)
  }
})
