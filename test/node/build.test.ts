/** The Worker of `npm run build`: its content, what loads when, and that no wrong config builds. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { copyAssets } from '../../cli/build/assets.ts'
import { toSource } from '../../cli/build/source.ts'
import { type BuiltWorker, buildWorker, deployConfig } from '../../cli/build/worker.ts'
import { makeSecrets } from '../../cli/secrets.ts'
import { OPERATOR, RECIPIENT } from '../../dev/money.ts'
import config from '../../src/gateway.config.ts'
import { COMPATIBILITY } from '../support/node/workers.ts'

const folder = mkdtempSync(join(tmpdir(), 'turnpike-build-'))
const url = pathToFileURL(`${folder}/`)
let built: BuiltWorker

beforeAll(async () => {
  built = await buildWorker(url)
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Whether a code gives a variable a value more than once. */
const setsTwice = (code: string, name: string) =>
  code.split(new RegExp(`(?<![\\w$.])${name.replaceAll('$', '\\$')}\\s*[-+*/|&?]*=(?![=>])`))
    .length > 2

describe('the built Worker', () => {
  it('has nothing in it of dev, demo, test and the commands, and nothing of the schema', () => {
    const ours = built.inputs.filter((input) => !input.startsWith('node_modules/'))
    expect(ours.length).toBeGreaterThan(100)
    expect(ours.filter((input) => !input.startsWith('src/'))).toEqual([])
    expect(ours.filter((input) => /config\/(?:schema|defineGateway)/.test(input))).toEqual([])
  })

  it('loads no SQL, no schema library, no JWT library, no endpoint and no page before it is asked for one', () => {
    const early = built.firstInputs
    expect(early).toContain('src/stages/proxy.ts')
    expect(early).toContain('src/stages/charge.ts')
    const late = /drizzle-orm|node_modules\/(?:zod|jose)\/|src\/(?:pages|endpoints)\/|Statements/
    expect(early.filter((input) => late.test(input))).toEqual([])
  })

  it('has what no isolate needs at its start in functions, which an isolate only skims', () => {
    const names = readdirSync(join(folder, 'worker'))
    const late = names.filter((name) => !built.firstModules.includes(name))
    const codes = late.map((name) => readFileSync(join(folder, 'worker', name), 'utf8'))
    expect(late.length).toBeGreaterThan(10)
    expect(codes.filter((code) => !/;?function skimmed\(\)\{/.test(code.slice(0, 8_000)))).toEqual(
      [],
    )
    const outside = codes.map((code) => code.replace(/function skimmed\(\)\{.*\}skimmed\(\);/s, ''))
    const form = /^(?:import[^"]*"[^"]*";)*(?:var [\w,]+;export\{[^}]*\};)?\n$/
    expect(outside.filter((code) => !form.test(code))).toEqual([])
  })

  it('has no module that changes an export later, of which a skimmed module would not tell', () => {
    expect(built.inputs.length).toBeGreaterThan(100)
    const changed = built.inputs.flatMap((input) => {
      if (!/\.(?:[mc]?js|tsx?)$/.test(input)) return []
      const code = readFileSync(input, 'utf8')
      const lists = [...code.matchAll(/^export \{([^}]*)\}/gm)].map(([, list = '']) => list)
      return [...code.matchAll(/^(export )?(?:let|var) ([\w$]+)/gm)]
        .filter(([, exported, name = '']) => {
          if (exported !== undefined) return true
          return lists.some((list) => list.split(/[\s,]+/).includes(name)) && setsTwice(code, name)
        })
        .map(([line]) => `${input}: ${line}`)
    })
    expect(changed).toEqual([])
  })

  it('has no literal with classes of Unicode, which would be parsed at the start of an isolate', () => {
    const names = readdirSync(join(folder, 'worker'))
    const code = names.map((name) => readFileSync(join(folder, 'worker', name), 'utf8')).join('')
    expect(code).toContain('new RegExp("[\\\\p{C}')
    expect(code.match(/[^\\"]\\p\{.{30}/g)).toBeNull()
  })

  it('answers: an unpaid call, an endpoint, a page, and a document, each from its own modules', async () => {
    const root = join(folder, 'worker')
    const options = convertV4MiniflareOptions({
      ...COMPATIBILITY,
      log: new Log(LogLevel.NONE),
      modulesRoot: root,
      modules: ['index.js', ...readdirSync(root).filter((name) => name !== 'index.js')].map(
        (name) => ({ type: 'ESModule' as const, path: join(root, name) }),
      ),
      d1Databases: { DB: 'built' },
      kvNamespaces: { SESSIONS: 'built' },
      bindings: {
        ...(await makeSecrets()),
        PAYMENT_RECIPIENT: RECIPIENT,
        PAYMENT_OPERATOR: OPERATOR,
        ORIGIN_URL: 'https://origin.test',
        MCP_ORIGIN_URL: 'https://origin.test/mcp',
      },
    })
    const miniflare = new Miniflare(options)
    try {
      const ask = (path: string) => miniflare.dispatchFetch(`https://xquik.com${path}`)
      const statuses = []
      for (const path of [
        '/api/v1/x/tweets/1',
        '/health',
        '/sign-in',
        '/openapi.json',
        '/api/v1/account',
        '/nowhere',
        '/llms.txt',
        '/.well-known/oauth-authorization-server',
      ])
        statuses.push((await ask(path)).status)
      // /health is down, because this database has no migrations.
      expect(statuses).toEqual([402, 503, 200, 200, 401, 404, 200, 200])
    } finally {
      await miniflare.dispose()
    }
  })

  it('is what wrangler uploads', () => {
    const wrangler = 'node_modules/wrangler/bin/wrangler.js'
    const args = ['deploy', '--dry-run', '--config', join(folder, 'wrangler.toml')]
    const said = execFileSync(process.execPath, [wrangler, ...args], { encoding: 'utf8' })
    expect(said).toContain('env.SESSIONS')
    expect(said).toMatch(/ownEndpoints-\w+\.js/)
  })
})

describe('the config in it', () => {
  it('is the parsed config, equal in every part', async () => {
    const source = `export default ${toSource(config)}`
    const read = await import(`data:text/javascript,${encodeURIComponent(source)}`)
    expect(read.default).toEqual(config)
  })

  it.each([
    ['a function', { limits: () => [] }],
    ['a date', { at: new Date(0) }],
    ['a map', new Map()],
    ['NaN', [Number.NaN]],
  ])('never holds what source cannot say: %s', (_what, value) => {
    expect(() => toSource(value)).toThrow('a config cannot hold')
  })

  it('has equal parts once', async () => {
    const part = () => ({ name: 'a part that is long enough to be worth a name' })
    const source = `export default ${toSource({ one: [part(), 1], two: [part(), 2] })}`
    const read = await import(`data:text/javascript,${encodeURIComponent(source)}`)
    expect(read.default).toEqual({ one: [part(), 1], two: [part(), 2] })
    expect(read.default.one[0]).toBe(read.default.two[0])
  })

  it('keeps a member named __proto__ a member', async () => {
    const value = JSON.parse('{"__proto__":{"a":1}}')
    const source = `export default ${toSource(value)}`
    const read = await import(`data:text/javascript,${encodeURIComponent(source)}`)
    expect(Object.keys(read.default)).toEqual(['__proto__'])
    expect(JSON.stringify(read.default)).toBe('{"__proto__":{"a":1}}')
  })

  it('is refused with its complaints if it is wrong, and nothing is written', async () => {
    const wrong = join(folder, 'wrong.config.ts')
    const define = new URL('../../src/config/defineGateway.ts', import.meta.url).pathname
    writeFileSync(
      wrong,
      `import { parseConfig } from '${define}'\nexport default parseConfig({ basePath: 'x' })\n`,
    )
    const out = pathToFileURL(`${folder}/wrong/`)
    await expect(buildWorker(out, pathToFileURL(wrong))).rejects.toThrow(/config is wrong/)
    expect(() =>
      execFileSync('ls', [`${folder}/wrong/worker/index.js`], { stdio: 'pipe' }),
    ).toThrow()
  })

  it('needs a wrangler.toml that names the source as the entry', () => {
    expect(() => deployConfig('main = "other.ts"\n')).toThrow('wrangler.toml must say')
  })
})

describe('the copied assets', () => {
  const copies = new URL('assets/', url)
  const state = () =>
    readdirSync(copies).map((name) => {
      const { ino, mtimeMs, size } = statSync(new URL(name, copies))
      return { name, ino, mtimeMs, size }
    })

  it('stay untouched where they are right, so that no gateway that runs beside a build starts again', async () => {
    await copyAssets(copies)
    const before = state()
    expect(before.map(({ name }) => name)).toEqual(['swagger-ui-bundle.js', 'swagger-ui.css'])
    await copyAssets(copies)
    expect(state()).toEqual(before)
  })

  it('replace a file that is cut short', async () => {
    await copyAssets(copies)
    const whole = state().map(({ size }) => size)
    writeFileSync(new URL('swagger-ui.css', copies), 'half a')
    await copyAssets(copies)
    expect(state().map(({ size }) => size)).toEqual(whole)
  })
})
