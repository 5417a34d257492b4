/** Checks the table of README.md: it has every number, and the tests that it names exist. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')

/** Number → the files and titles of its tests. */
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

it('has all 63 numbers', () => {
  expect([...rows.keys()]).toEqual(Array.from({ length: 63 }, (_, index) => index + 1))
})

it.each([...rows])('the tests of number %d exist', (_number, tests) => {
  expect(tests.length).toBeGreaterThan(0)
  for (const { file, title } of tests) {
    expect(title).not.toBe('')
    // The title as the source has it, where an apostrophe may have a backslash.
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
