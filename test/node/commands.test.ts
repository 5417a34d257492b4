/** Commands of README and docs: each is run by the letter, here or by the test that is named. */
import { execFile, spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { evaluateConfig } from '../../cli/config/evaluate.ts'
import { readMigrations } from '../../cli/migrations.ts'
import { freePort } from '../../dev/ports.ts'
import { Problem, type ProblemCode } from '../../src/http/problem.ts'
import { PROBLEM_SENTENCES } from '../../src/pages/words/problemSentences.ts'
import { type Dev, devIn } from '../support/node/dev.ts'

const PAGES = globSync(['*.md', '*/README.md', 'examples/*/README.md', 'docs/**/*.md'], {
  exclude: ['node_modules'],
})
const textOf = (page: string) => readFileSync(page, 'utf8')

/** Commands that no test here can run, with the reason; others name the test that runs them. */
const ELSEWHERE: [RegExp, string][] = [
  [/^npm ci\b/, 'the first step of CI'],
  [/^npm (?:test\b|run test:blackbox)/, 'test/node/blackbox.test.ts'],
  [/^npm run (?:setup|deploy|secrets)\b/, 'test/node/deployment.test.ts'],
  [/^npm run dev\b/, 'test/node/dev.test.ts'],
  [/^npm run (?:--silent )?ledger\b/, 'test/node/ledger.test.ts'],
  [/^npm run bench\b/, 'test/node/bench.test.ts'],
  [/^npm run --silent owner-link\b/, 'needs a deployment'],
  [/^git pull\b/, 'needs a release'],
  [/^(?:npx wrangler d1 (?:export|execute DB)|HASH=|ID=|PAYER=|sed )/, 'test/node/backup.test.ts'],
  [/^(?:npx wrangler (?:d1|tail|rollback|email|secret|login))/, 'needs a deployment'],
  [/^curl -sS https:\/\/HOST\/health/, 'needs a deployment'],
  [/^export HEALTH_SECRET=/, 'test/node/deployment.test.ts'],
  [/^npx (?:mppx|vitest)\b/, 'test/node/devChannels.test.ts'],
  [/^npx mcp-remote-client\b/, 'test/node/dev.test.ts'],
]

/** The lines of code blocks that begin with a program. */
function commandsOf(text: string): string[] {
  const fenced = [...text.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, one = '']) =>
    one.split('\n'),
  )
  const indented = text.split('\n').flatMap((line) => /^ {4}(\S.*)$/.exec(line)?.[1] ?? [])
  return [...fenced, ...indented].filter((line) =>
    /^(?:npm|npx|curl|node|git|printf|sed|export|[A-Z_]+=)/.test(line),
  )
}

/** A link to a file of the repository, or to a heading. */
const LINK = /\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)/g

/** The anchors of the headings, as GitHub makes them. */
const anchorsOf = (text: string) =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )

it('the commands that undo migration 0008 make the table that it drops', () => {
  const made = (statements: string[]) => {
    const database = new DatabaseSync(':memory:')
    for (const statement of statements) database.exec(statement)
    const { sql } = database
      .prepare(
        "select group_concat(sql, ';') as sql from sqlite_master where name like ? order by 1",
      )
      .get('signed_out_sessions%') as { sql: string | null }
    return (
      sql
        ?.toLowerCase()
        .replaceAll('`', '')
        .replace(/\s*([(),])\s*/g, '$1') ?? null
    )
  }
  const all = readMigrations()
  const before = all.filter(({ name }) => name < '0008').flatMap(({ statements }) => statements)
  const after = all.flatMap(({ statements }) => statements)
  const undo = [...textOf('docs/deploy.md').matchAll(/^ {2}"(create .*)"$/gm)].map(([, sql]) => sql)
  expect(made(after)).toBeNull()
  expect(made([...after, ...undo.map(String)])).toBe(made(before))
})

it('the table of README is a whole file, and one without its import is told so', async () => {
  const [, excerpt = ''] = /```ts\n(.*?)```/s.exec(textOf('README.md')) ?? []
  const folder = mkdtempSync(join(tmpdir(), 'turnpike-readme-'))
  const file = join(folder, 'gateway.config.ts')
  const evaluated = async (text: string) => {
    writeFileSync(file, text.replace("'./", `'${resolve('src')}/`))
    return evaluateConfig(pathToFileURL(file))
  }
  const whole = await evaluated(excerpt)
  const half = await evaluated(excerpt.replace(/^import .*$/m, ''))
  rmSync(folder, { recursive: true })
  expect('config' in whole && whole.config.routes).toHaveLength(1)
  expect('complaint' in half && half.complaint).toContain(`${file}: defineGateway is not defined`)
  expect('complaint' in half && half.complaint).toContain('import { defineGateway } from')
})

it.each<[command: string, args: string[], status: number, says: RegExp]>([
  [
    'bench/run.ts',
    ['--nope'],
    2,
    /^Unknown option '--nope'.* bench\/README\.md has its options\.$/,
  ],
  ['bench/run.ts', ['--help'], 0, /^npm run bench .* bench\/README\.md has its options\.$/],
  ['test/blackbox/run.ts', ['missing.json'], 2, /^\S*\/missing\.json cannot be read$/],
  ['test/blackbox/run.ts', ['README.md'], 2, /^this is no file of cases: it is not JSON$/],
  ['cli/build/main.ts', ['--help'], 0, /^npm run build: builds the Worker /],
  ['cli/build/main.ts', ['--nope'], 1, /^Unknown option '--nope'$/],
  ['cli/reference/main.ts', ['--check'], 0, /^docs\/config\.md is up to date\.$/],
])('%s %j ends with one sentence', (command, args, status, says) => {
  const { INIT_CWD: _, ...env } = process.env
  const ended = spawnSync(process.execPath, [command, ...args], { encoding: 'utf8', env })
  expect(ended.stdout + ended.stderr).toMatch(/^[^\n]*\n$/)
  expect((ended.stdout + ended.stderr).trimEnd()).toMatch(says)
  expect(ended.status).toBe(status)
})

it('docs/errors.md says of every code when it comes', () => {
  const listed =
    textOf('docs/errors.md')
      .match(/^\| `.*?(?= \| \d)/gm)
      ?.join() ?? ''
  for (const code of Object.keys(PROBLEM_SENTENCES)) expect(listed).toContain(`\`${code}\``)
})

it('the guide to errors says of every status whether to try again', () => {
  const listed =
    textOf('docs/guides/errors.md')
      .match(/^\|[ 0-9,]+\|/gm)
      ?.join() ?? ''
  const codes = Object.keys(PROBLEM_SENTENCES) as ProblemCode[]
  for (const code of codes) expect(listed).toContain(String(new Problem(code).status))
})

it('every page is looked at', () => {
  expect(PAGES).toEqual(expect.arrayContaining(['SECURITY.md', 'payments/README.md']))
  expect(PAGES.length).toBeGreaterThan(80)
  expect(PAGES.flatMap((page) => commandsOf(textOf(page))).length).toBeGreaterThan(20)
})

describe.each(PAGES)('%s', (page) => {
  it('names only scripts, files and headings that exist', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      scripts: Record<string, string>
    }
    for (const [, name = ''] of textOf(page).matchAll(/npm run (?:--silent )?([a-z][a-z:-]*)/g))
      expect(scripts, name).toHaveProperty([name])
    for (const [, link = '', anchor] of textOf(page).matchAll(LINK)) {
      const target = link === '' ? page : join(dirname(page), link)
      expect(existsSync(target), link).toBe(true)
      if (anchor !== undefined && target.endsWith('.md'))
        expect(anchorsOf(textOf(target)), `${link}#${anchor}`).toContain(anchor)
    }
  })

  it('has only blocks of commands that a shell can read', () => {
    for (const [, block = ''] of textOf(page).matchAll(/^ *```sh\n(.*?)^ *```/gms))
      expect(spawnSync('sh', ['-n'], { input: block }).stderr.toString(), block).toBe('')
  })

  it('has only commands that a test runs, or that need a deployment', () => {
    if (page === 'README.md') return // its calls are run below
    if (page.startsWith('examples/')) return // test/node/examples.test.ts runs all of them
    if (page === 'docs/preview.md') return // it is about a deployment
    for (const command of commandsOf(textOf(page)))
      expect(
        ELSEWHERE.some(([pattern]) => pattern.test(command)),
        command,
      ).toBe(true)
  })
})

describe('the first calls of README', () => {
  const { folder, start, cleanUp } = devIn()
  let dev: Dev
  beforeAll(async () => {
    dev = await start({ PORT: String(await freePort(20_087)) })
  })
  afterAll(async () => {
    await dev.end('SIGTERM')
    cleanUp()
  })

  it('work by the letter, for each of the four callers', { timeout: 180_000 }, async () => {
    const [, block = ''] = /```sh\n(.*?)```/s.exec(textOf('README.md')) ?? []
    const script = block
      .replaceAll('http://localhost:8787', dev.facts.gateway)
      .replaceAll('./.dev/', `${folder}/`)
    const PATH = `node_modules/.bin:${process.env.PATH}`
    const env = { ...process.env, DEV_FOLDER: folder, MCP_REMOTE_CONFIG_DIR: folder, PATH }
    const running = promisify(execFile)('sh', ['-ec', script], { env })
    const { stdout, stderr } = await running
    const said = stdout + stderr
    expect(stdout).toContain('"id":"1234567890"')
    expect(stdout).toContain('"keys":[')
    expect(stdout.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 401', 'HTTP/1.1 402'])
    expect(said).toContain('whoami')
    expect(stdout.match(/"id":"1234567890"/g)?.length).toBeGreaterThanOrEqual(2)
  })
})
