/** The floors of design.md, held by reading every source file: imports go down, bindings stay in store/. */
import { describe, expect, it } from 'vitest'

declare global {
  interface ImportMeta {
    glob(pattern: string, options: object): Record<string, string>
  }
}

const MAX_LINES = 250

const sources = import.meta.glob('../../src/**/*.{ts,tsx}', {
  query: '?raw',
  import: 'default',
  eager: true,
})

/** Path under src → text. */
const files = Object.entries(sources).map(([path, text]): [string, string] => {
  return [path.replace('../../src/', ''), text]
})

const LOWER_FLOORS = ['lib/', 'credentials/', 'store/']

/** lib 0, credentials 1, store 2; stages, endpoints, pages and the files of src itself 3. */
function floorOf(path: string): number {
  const floor = LOWER_FLOORS.findIndex((folder) => path.startsWith(folder))
  return floor < 0 ? 3 : floor
}

/** Everything that a file imports, dynamic imports and re-exports included. */
function importsOf(text: string): string[] {
  return [...text.matchAll(/\b(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map(
    ([, name = '']) => name,
  )
}

/** A relative import as a path under src; one that leaves src begins with "../". */
function resolve(from: string, name: string): string {
  const parts = [...from.split('/').slice(0, -1), ...name.split('/')]
  const path: string[] = []
  for (const part of parts) {
    if (part === '..' && path.length > 0 && path.at(-1) !== '..') path.pop()
    else if (part !== '.') path.push(part)
  }
  return path.join('/')
}

/** Every rule that a file breaks: rule, file, and what breaks it. */
function violations(path: string, text: string): string[] {
  const found: string[] = []
  const broken = (rule: string, what: string) => found.push(`${rule}: src/${path} (${what})`)
  for (const name of importsOf(text)) {
    if (/^hono(?:\/|$)/.test(name) && floorOf(path) < 3) broken('only floor 3 imports hono', name)
    if (!name.startsWith('.')) continue
    const target = resolve(path, name)
    if (target.startsWith('../')) broken('nothing under src imports what is outside', name)
    else if (floorOf(target) > floorOf(path)) broken('imports go down only', name)
    const stages = path.startsWith('stages/') && target.startsWith('stages/')
    if (stages) broken("stages don't import stages", name)
  }
  const binding = /\b(?:D1Database|KVNamespace|DurableObject\w*)\b|\benv\.(?:DB|SESSIONS)\b/.exec(
    text,
  )
  if (binding !== null && !path.startsWith('store/'))
    broken('only store/ names a binding', binding[0])
  const lines = text.trimEnd().split('\n').length
  if (lines > MAX_LINES) broken(`no file is over ${MAX_LINES} lines`, `${lines} lines`)
  return found
}

it('there are files on every floor to look at', () => {
  expect(files.length).toBeGreaterThan(30)
  expect(new Set(files.map(([path]) => floorOf(path)))).toEqual(new Set([0, 1, 2, 3]))
  expect(files.flatMap(([, text]) => importsOf(text)).length).toBeGreaterThan(100)
})

it('every file of src keeps to its floor', () => {
  expect(files.flatMap(([path, text]) => violations(path, text))).toEqual([])
})

describe('the rules bite', () => {
  it.each([
    ['imports go down only', 'lib/a.ts', "import { b } from '../store/b.ts'"],
    ['imports go down only', 'credentials/a.ts', "import type { B } from '../store/b.ts'"],
    ['imports go down only', 'store/a.ts', "import {\n  b,\n} from '../context.ts'"],
    ['imports go down only', 'lib/a.ts', "import config from '../gateway.config.ts'"],
    ['imports go down only', 'lib/a.ts', "export * from '../credentials/b.ts'"],
    ['imports go down only', 'store/a.ts', "await import('../pages/b.ts')"],
    ["stages don't import stages", 'stages/a.ts', "import { b } from './b.ts'"],
    ["stages don't import stages", 'stages/a.ts', "import { b } from '../stages/b.ts'"],
    ['only store/ names a binding', 'endpoints/a.ts', 'await c.env.DB.prepare(sql)'],
    ['only store/ names a binding', 'stages/a.ts', 'env.SESSIONS.get(hash)'],
    ['only store/ names a binding', 'lib/a.ts', 'function f(db: D1Database) {}'],
    ['only store/ names a binding', 'context.ts', 'KV: KVNamespace'],
    ['only store/ names a binding', 'pages/a.tsx', 'class A extends DurableObject {}'],
    ['only floor 3 imports hono', 'store/a.ts', "import type { Context } from 'hono'"],
    ['only floor 3 imports hono', 'lib/a.ts', "import { html } from 'hono/html'"],
    ['nothing under src imports what is outside', 'index.ts', "import '../dev/a.ts'"],
    [
      'nothing under src imports what is outside',
      'lib/a.ts',
      "import { x } from '../../demo/x.ts'",
    ],
    ['nothing under src imports what is outside', 'store/a.ts', "import a from '../../test/a.ts'"],
    ['no file is over 250 lines', 'lib/a.ts', '\n'.repeat(250).concat('end')],
  ])('%s: %s', (rule, path, text) => {
    expect(violations(path, text)).toEqual([expect.stringContaining(`${rule}: src/${path} (`)])
  })

  it.each([
    ['index.ts', "import { Hono } from 'hono'\nimport { a } from './stages/a.ts'"],
    ['stages/a.ts', "import { a } from '../context.ts'\nimport { b } from '../lib/b.ts'"],
    ['endpoints/a.ts', "import { a } from './b.ts'"],
    ['store/a.ts', "import { drizzle } from 'drizzle-orm/d1'\nconst db = drizzle(env.DB)"],
    ['lib/a.ts', 'x\n'.repeat(250)],
  ])('and let pass what keeps to them: %s', (path, text) => {
    expect(violations(path, text)).toEqual([])
  })
})
