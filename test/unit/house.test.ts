/**
 * The style of all source files where no linter holds it: comments in plain English, short lines,
 * no spreads for layout, and one name for one thing.
 */
import { describe, expect, it } from 'vitest'
import {
  exportedNames,
  headlessSentences,
  layoutSpreads,
  longLines,
  sharedNames,
} from '../support/worker/houseRules.ts'
import { sources } from '../support/worker/sources.ts'

/** The places in all files that a rule finds. */
function placesOf(rule: (text: string) => string[]): string[] {
  return [...sources].flatMap(([path, text]) => rule(text).map((place) => `${path}: ${place}`))
}

/** The entry of a Worker must export the classes of its objects again. */
const ENTRIES = new Set(['payments/index.ts', 'heartbeat/index.ts'])

it('there are files of every folder to look at', () => {
  const folders = new Set([...sources.keys()].map((path) => path.split('/')[0]))
  for (const folder of ['src', 'payments', 'heartbeat', 'cli', 'dev', 'demo', 'bench', 'test'])
    expect(folders).toContain(folder)
  expect(folders).toContain('vitest.config.ts')
  expect(sources.has('test/unit/house.test.ts')).toBe(true)
  expect(sources.size).toBeGreaterThan(400)
})

describe('no sentence of a comment begins without its noun', () => {
  it('in any file', () => {
    expect(placesOf(headlessSentences)).toEqual([])
  })

  it.each([
    ['/** What a payer has sent. */', 'What a payer has sent.'],
    ['/** Who may settle. */', 'Who may settle.'],
    [
      '/** Whoever opened the stream ends the stream. */',
      'Whoever opened the stream ends the stream.',
    ],
    ['/**\n * Whatever is left\n * is free.\n */', 'Whatever is left is free.'],
    ['  /** Reads a key. Those of others are skipped. */', 'Those of others are skipped.'],
    ['  // Nobody waits for the answer.', 'Nobody waits for the answer.'],
    ['// The first is kept.\n// Of the others none is.', 'Of the others none is.'],
    ['const a = 1 // What is left.', 'What is left.'],
    ['/**\n * Throws:\n *\n * - Who is late.\n */', 'Who is late.'],
    ['/** One.\n *\n * What is: two\n */', 'What is: two'],
    ["it('a', () => {}) // Who? Those who ask.", 'Those who ask.'],
    ['/* Of GET. */', 'Of GET.'],
  ])('the rule bites: %j', (text, sentence) => {
    expect(headlessSentences(text)).toEqual([sentence])
  })

  it.each([
    '/** Who is calling? Exactly one credential becomes one caller. */',
    '/** Says what a payer has sent, and who may settle. */',
    '/** Whose key this is, which whole part of it is shown, and of what kind. */',
    '/** Offers and whatsoever. Often, whom it may concern. */',
    "const text = 'What a payer has sent.'",
    '`/** What is in a string. */`',
    "it('x', () => f('a // What is in a string.'))",
    'const Who = 1\nOf(Who)',
  ])('and lets pass: %j', (text) => {
    expect(headlessSentences(text)).toEqual([])
  })
})

describe('no object or array is spread only to save lines', () => {
  it('in any file', () => {
    expect(placesOf(layoutSpreads)).toEqual([])
  })

  it.each([
    ['const a = { ...{ b, c }, ...rest }', '...{ b, c }'],
    ['const a = { b,\n  ...{\n    c: { d: [1] },\n  },\n}', '...{\n    c: { d: [1] },\n  }'],
    ['const a = [...[b, c], d]', '...[b, c]'],
    ["f(...['a', 'b'])", "...['', '']"],
    ['f(... [a])', '... [a]'],
  ])('the rule bites: %j', (text, spread) => {
    expect(layoutSpreads(text)).toEqual([spread])
  })

  it.each([
    'const a = { ...b, c }',
    'const a = [...b, ...[1, 2].map(String)]',
    'const a = [...[...b].flatMap(f), c]',
    'const a = { ...(b === undefined ? {} : { b }) }',
    'function f(...[a, b]: [string, string]) {}',
    '// const a = { ...{ b } }',
    "const a = '...{ b },'",
  ])('and lets pass: %j', (text) => {
    expect(layoutSpreads(text)).toEqual([])
  })
})

describe('no line of code or of a comment is over 100 columns', () => {
  const name = 'a'.repeat(90)

  it('in any file', () => {
    expect(placesOf(longLines)).toEqual([])
  })

  it.each([
    `const ${name} = 123456`,
    `/** ${'word '.repeat(20)}*/`,
    `  // ${'word '.repeat(20)}`,
    `const a = 'b' // ${'word '.repeat(20)}`,
    `  // "${name}" is too long`,
  ])('the rule bites: %j', (line) => {
    expect(longLines(`const a = 1\n${line}\n`)).toEqual([line])
  })

  it.each([
    `const a${name} = 12345678`.slice(0, 100),
    `const a = '${name} 1234567890'`,
    `const a = \`b\n${name}${name}\n\``,
    `// https://example.com/${name}`,
    `import { ${name} } from './a.ts'`,
    `  /^(?:${name}|${name})$/,`,
  ])('and lets pass: %j', (text) => {
    expect(longLines(text)).toEqual([])
  })
})

describe('one exported name stands for one thing', () => {
  const parts = (...texts: [path: string, text: string][]) => sharedNames(new Map(texts))

  it('in src and payments, types and values together', () => {
    const deployed = [...sources].filter(
      ([path]) => /^(?:src|payments)\//.test(path) && !ENTRIES.has(path),
    )
    expect(deployed.flatMap(([, text]) => exportedNames(text)).length).toBeGreaterThan(500)
    expect(sharedNames(new Map(deployed))).toEqual([])
  })

  it.each([
    ['export function a() {}', 'export const a = 1'],
    ['export async function a() {}', 'export type a = string'],
    ['export interface a {}', 'export class a {}'],
    ['export const b = 1\nexport let a = 2', 'export enum a {}'],
    ['export function* a() {}', 'export abstract class a {}'],
    ['export type a = string', "export type { a } from './one.ts'"],
    ['export const a = 1', "import { b } from './b.ts'\nexport {\n  c,\n  b as a,\n}"],
  ])('the rule bites: %j and %j', (one, two) => {
    expect(parts(['one.ts', one], ['two.ts', two])).toEqual(['a: one.ts, two.ts'])
  })

  it.each([
    ['export const a = 1\nexport type a = string', 'export const b = 1'],
    ['export const a = 1', 'const a = 1'],
    ['export const a = 1', "import { a } from './one.ts'\nexport const b = a"],
    ['export const a = 1', '// export const a = 1'],
    ['export const A = 1', 'export const a = 1'],
    ['export default a', 'export default a'],
  ])('and lets pass: %j and %j', (one, two) => {
    expect(parts(['one.ts', one], ['two.ts', two])).toEqual([])
  })
})
