/**
 * The rooms of AGENTS.md, held by reading every source file: imports go down, doors stay shut,
 * nothing goes in circles.
 */
import { describe, expect, it } from 'vitest'
import { sources } from '../support/worker/sources.ts'

const MAX_LINES = 250

/** The files outside of tests and the bench: path from the root of the repository → text. */
const files = new Map(
  [...sources].filter(([path]) => /^(?:src|payments|heartbeat|cli|dev|demo)\/.*\.tsx?$/.test(path)),
)

/**
 * The rooms of src, the lowest floor first. A room imports only from its own floor's room and from
 * lower floors.
 */
const FLOORS = [
  ['lib'],
  ['contract'],
  ['http'],
  ['limits'],
  ['config'],
  ['credentials'],
  ['store'],
  ['pipeline'],
  ['paywall', 'pages'],
  ['stages', 'endpoints'],
]

/** The parts of src that each folder beside src may import; "" is everything. */
const DOORS: Record<string, readonly string[]> = {
  payments: ['contract/', 'lib/', 'http/bodies/gather.ts', 'store/ledger/'],
  heartbeat: [
    'contract/',
    'lib/',
    'store/db.ts',
    'store/schema.ts',
    'store/oauth/schema.ts',
    'store/usage/schema.ts',
  ],
  cli: [
    'gateway.config.ts',
    'config/',
    'contract/',
    'credentials/',
    'http/',
    'lib/',
    'store/ledger/',
  ],
  dev: [''],
  demo: [],
}

/** The parts of other folders beside src that a folder may import. */
const NEIGHBOURS: Record<string, readonly string[]> = {
  dev: ['cli/'],
  cli: ['payments/reconcile/'],
}

/** Files that may import Hono: the rest is plain functions. */
const HONO = /^src\/(?:index\.ts|pipeline\/(?:app|tableRouter)\.ts|endpoints\/|pages\/)/

/** The floor of a path of src: that of its room; the files of src itself stand above all rooms. */
function floorOf(path: string): number {
  const [, room = ''] = path.split('/')
  const floor = FLOORS.findIndex((rooms) => rooms.includes(room))
  return floor < 0 ? FLOORS.length : floor
}

/** Everything that a file imports, dynamic imports, re-exports and types included. */
function importsOf(text: string): string[] {
  return [...text.matchAll(/\b(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map(
    ([, name = '']) => name,
  )
}

/** A relative import as a path from the root. */
function resolve(from: string, name: string): string {
  const path: string[] = []
  for (const part of [...from.split('/').slice(0, -1), ...name.split('/')]) {
    if (part === '..') path.pop()
    else if (part !== '.') path.push(part)
  }
  return path.join('/')
}

/** The rule that an import inside src breaks, or null. */
function brokenInside(path: string, target: string): string | null {
  if (floorOf(target) > floorOf(path)) return 'imports go down only'
  const [, room] = path.split('/')
  const [, other] = target.split('/')
  const isBeside = floorOf(target) === floorOf(path) && floorOf(path) < FLOORS.length
  if (isBeside && room !== other) return 'rooms of one floor do not import each other'
  return room === 'stages' && other === 'stages' ? "stages don't import stages" : null
}

/** The rule that an import breaks, or null. */
function brokenBy(path: string, target: string): string | null {
  const [home = ''] = path.split('/')
  const [place = ''] = target.split('/')
  if (home === 'src')
    return place === 'src' ? brokenInside(path, target) : 'src imports nothing outside of src'
  if (place === home) return null
  if (place === 'src') {
    const rest = target.slice('src/'.length)
    const isOpen = DOORS[home]?.some((door) => rest === door || rest.startsWith(door)) ?? false
    return isOpen ? null : `${home} comes into src only by its doors`
  }
  const isNeighbour = NEIGHBOURS[home]?.some((one) => target.startsWith(one)) ?? false
  return isNeighbour ? null : `${home} imports nothing of ${place}`
}

/** Every rule that a file breaks: rule, file, and what breaks it. */
function violations(path: string, text: string): string[] {
  const found: string[] = []
  const broken = (rule: string, what: string) => found.push(`${rule}: ${path} (${what})`)
  for (const name of importsOf(text)) {
    const isHono = /^hono(?:\/|$)/.test(name)
    if (isHono && path.startsWith('src/') && !HONO.test(path))
      broken('only the edge of src imports hono', name)
    if (!name.startsWith('.')) continue
    const rule = brokenBy(path, resolve(path, name))
    if (rule !== null) broken(rule, name)
  }
  const binding = /\b(?:D1Database|KVNamespace|DurableObject\w*)\b|\benv\.(?:DB|SESSIONS)\b/.exec(
    text,
  )
  if (binding !== null && path.startsWith('src/') && !path.startsWith('src/store/'))
    broken('only store/ names a binding', binding[0])
  const lines = text.trimEnd().split('\n').length
  if (lines > MAX_LINES) broken(`no file is over ${MAX_LINES} lines`, `${lines} lines`)
  return found
}

/** Files that import each other in a circle, by way of others or not; each circle once. */
function circles(sources: ReadonlyMap<string, string>): string[][] {
  const graph = new Map<string, string[]>()
  for (const [path, text] of sources) {
    const targets = importsOf(text).filter((name) => name.startsWith('.'))
    graph.set(
      path,
      targets.map((name) => resolve(path, name)).filter((target) => sources.has(target)),
    )
  }
  const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
    (graph.get(from) ?? []).some((next) => {
      if (next === to) return true
      if (seen.has(next)) return false
      seen.add(next)
      return reaches(next, to, seen)
    })
  const inCircle = [...graph.keys()].filter((path) => reaches(path, path))
  const found: string[][] = []
  for (const path of inCircle) {
    if (found.some((circle) => circle.includes(path))) continue
    const circle = inCircle.filter(
      (other) => other === path || (reaches(path, other) && reaches(other, path)),
    )
    found.push(circle.sort())
  }
  return found
}

it('there are files in every room and outside of src to look at', () => {
  const rooms = new Set([...files.keys()].map((path) => path.split('/').slice(0, 2).join('/')))
  for (const room of FLOORS.flat()) expect(rooms).toContain(`src/${room}`)
  for (const home of Object.keys(DOORS))
    expect(
      [...files.keys()].some((path) => path.startsWith(`${home}/`)),
      home,
    ).toBe(true)
  expect([...files.values()].flatMap(importsOf).length).toBeGreaterThan(500)
})

it('every file keeps to its floor, its doors and its length', () => {
  expect([...files].flatMap(([path, text]) => violations(path, text))).toEqual([])
})

it('no files import each other in a circle, types included', () => {
  expect(circles(files)).toEqual([])
})

describe('the rules bite', () => {
  it.each([
    ['imports go down only', 'src/lib/a.ts', "import { b } from '../store/b.ts'"],
    ['imports go down only', 'src/lib/a.ts', "import { b } from '../contract/b.ts'"],
    ['imports go down only', 'src/http/a.ts', "import { b } from '../limits/b.ts'"],
    ['imports go down only', 'src/credentials/a.ts', "import type { B } from '../store/b.ts'"],
    ['imports go down only', 'src/credentials/x/a.ts', "import { b } from '../../store/b.ts'"],
    ['imports go down only', 'src/store/a.ts', "import {\n  b,\n} from '../pipeline/call.ts'"],
    ['imports go down only', 'src/paywall/a.ts', "import { b } from '../stages/b.ts'"],
    ['imports go down only', 'src/lib/a.ts', "import config from '../gateway.config.ts'"],
    ['imports go down only', 'src/lib/a.ts', "export * from '../credentials/b.ts'"],
    ['imports go down only', 'src/store/a.ts', "await import('../pages/b.ts')"],
    ["stages don't import stages", 'src/stages/a.ts', "import { b } from './b.ts'"],
    ["stages don't import stages", 'src/stages/a.ts', "import { b } from '../stages/b.ts'"],
    [
      'rooms of one floor do not import each other',
      'src/stages/a.ts',
      "import { b } from '../endpoints/b.ts'",
    ],
    [
      'rooms of one floor do not import each other',
      'src/pages/a.tsx',
      "import { b } from '../paywall/b.ts'",
    ],
    ['only store/ names a binding', 'src/endpoints/a.ts', 'await c.env.DB.prepare(sql)'],
    ['only store/ names a binding', 'src/stages/a.ts', 'env.SESSIONS.get(hash)'],
    ['only store/ names a binding', 'src/lib/a.ts', 'function f(db: D1Database) {}'],
    ['only store/ names a binding', 'src/context.ts', 'KV: KVNamespace'],
    ['only store/ names a binding', 'src/pages/a.tsx', 'class A extends DurableObject {}'],
    ['only the edge of src imports hono', 'src/store/a.ts', "import type { Context } from 'hono'"],
    ['only the edge of src imports hono', 'src/stages/a.ts', "import { html } from 'hono/html'"],
    ['src imports nothing outside of src', 'src/index.ts', "import '../dev/a.ts'"],
    ['src imports nothing outside of src', 'src/lib/a.ts', "import { x } from '../../demo/x.ts'"],
    ['src imports nothing outside of src', 'src/store/a.ts', "import a from '../../test/a.ts'"],
    [
      'payments comes into src only by its doors',
      'payments/a.ts',
      "import { b } from '../src/store/ask.ts'",
    ],
    [
      'payments comes into src only by its doors',
      'payments/x/a.ts',
      "import type { B } from '../../src/config/config.ts'",
    ],
    [
      'heartbeat comes into src only by its doors',
      'heartbeat/account/a.ts',
      "import { b } from '../../src/store/ask.ts'",
    ],
    ['cli comes into src only by its doors', 'cli/a.ts', "import { b } from '../src/index.ts'"],
    ['demo comes into src only by its doors', 'demo/a.ts', "import { b } from '../src/lib/b.ts'"],
    ['payments imports nothing of dev', 'payments/a.ts', "import { b } from '../dev/b.ts'"],
    ['dev imports nothing of test', 'dev/a.ts', "import { b } from '../test/b.ts'"],
    ['no file is over 250 lines', 'src/lib/a.ts', '\n'.repeat(250).concat('end')],
    ['no file is over 250 lines', 'cli/a.ts', '\n'.repeat(250).concat('end')],
  ])('%s: %s', (rule, path, text) => {
    expect(violations(path, text)).toEqual([expect.stringContaining(`${rule}: ${path} (`)])
  })

  it.each([
    ['src/index.ts', "import { Hono } from 'hono'\nimport { a } from './stages/a.ts'"],
    ['src/stages/a.ts', "import { a } from '../pipeline/call.ts'\nimport { b } from '../lib/b.ts'"],
    ['src/endpoints/a.ts', "import { a } from './b.ts'\nimport { c } from './oauth/c.ts'"],
    ['src/store/a.ts', "import { drizzle } from 'drizzle-orm/d1'\nconst db = drizzle(env.DB)"],
    ['payments/a.ts', "import { b } from '../src/contract/b.ts'\nimport { c } from './x/c.ts'"],
    ['payments/a.ts', 'function f(db: D1Database) {}'],
    ['dev/a.ts', "import { b } from '../src/index.ts'\nimport { c } from '../cli/secrets.ts'"],
    ['src/lib/a.ts', 'x\n'.repeat(250)],
  ])('and let pass what keeps to them: %s', (path, text) => {
    expect(violations(path, text)).toEqual([])
  })

  it('a circle is found however long it is, and once', () => {
    const circle = new Map([
      ['src/a.ts', "import type { B } from './b.ts'"],
      ['src/b.ts', "import { c } from './x/c.ts'"],
      ['src/x/c.ts', "export { a } from '../a.ts'"],
      ['src/d.ts', "import { a } from './a.ts'"],
    ])
    expect(circles(circle)).toEqual([['src/a.ts', 'src/b.ts', 'src/x/c.ts']])
    circle.set('src/x/c.ts', '')
    expect(circles(circle)).toEqual([])
  })
})
