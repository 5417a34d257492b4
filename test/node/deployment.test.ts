/**
 * `npm run setup`, `deploy` and `secrets` in a fresh copy of the project, against a stand-in of the
 * platform that records every call.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { tomlValue } from '../../cli/deployment/toml.ts'
import { missingValues } from '../../cli/setup/options.ts'
import weather from '../../examples/weather/gateway.config.ts'
import shipped from '../../src/gateway.config.ts'
import { addUp } from '../../src/store/ledger/sumStatements.ts'
import { ACCOUNT, startPlatform, TOKEN } from '../support/node/platform.ts'
import { copyProject } from '../support/node/projectCopy.ts'

const RECIPIENT = '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC'
/** The accounts between which a channel's money moves. */
const CHANNEL_MOVES = {
  deposit: ['payer', 'deposited'],
  spend: ['deposited', 'earned'],
  capture: ['earned', 'revenue'],
} as const
const ANSWERS = [
  ['--host', 'api.acme.dev'],
  ['--origin', 'https://backend.acme.dev'],
  ['--mcp-origin', 'https://backend.acme.dev/mcp'],
  ['--recipient', RECIPIENT],
  ['--mail', 'sign-in@acme.dev'],
  ['--owner', 'me@acme.dev'],
].flat()

let platform: Awaited<ReturnType<typeof startPlatform>>
const copy = copyProject()
const PRISTINE = [
  'wrangler.toml',
  'payments/wrangler.toml',
  'heartbeat/wrangler.toml',
  'src/gateway.config.ts',
].map((name) => [copy.path(name), readFileSync(copy.path(name), 'utf8')] as const)
const toml = () => readFileSync(copy.path('wrangler.toml'), 'utf8')
const restore = () => {
  for (const [path, text] of PRISTINE) writeFileSync(path, text)
}

function run(file: string, args: readonly string[] = [], env: Record<string, string> = {}) {
  return copy.run(`cli/${file}/main.ts`, args, {
    CLOUDFLARE_API_BASE_URL: platform.url,
    CLOUDFLARE_API_TOKEN: TOKEN,
    CLOUDFLARE_ACCOUNT_ID: ACCOUNT,
    WRANGLER_SEND_METRICS: 'false',
    ...env,
  })
}

beforeAll(async () => {
  platform = await startPlatform()
})
beforeEach(() => void platform.takeCalls())
afterAll(() => {
  platform.end()
  copy.cleanUp()
})

describe('before a setup', () => {
  it('a person is asked for what the table needs, and for nothing else', () => {
    const toml = PRISTINE[0]?.[1] ?? ''
    const all = ['host', 'origin', 'mcpOrigin', 'recipient', 'mail', 'owner']
    expect(missingValues(shipped, toml, {})).toEqual(all)
    expect(missingValues(shipped, toml, { host: 'a.b', mail: 'c@d.e' })).not.toContain('host')
    const bare = { ...weather, signIn: null, payments: null }
    expect(missingValues(bare, toml, {})).toEqual(['host', 'origin'])
    const done = toml.replace('# routes = ', 'routes = ').replace('origin.example.com', 'a.dev')
    expect(missingValues(bare, done, {})).toEqual([])
  })

  it('deploy refuses with all reasons at once, and asks the platform for nothing', async () => {
    const { code, said } = await run('deploy')
    expect(code).toBe(1)
    expect(said).toContain('publicUrl is https://xquik.com, but wrangler.toml has no route')
    expect(said).toContain('The database (D1) has no id')
    expect(said).toContain('The store of sessions (KV) has no id')
    expect(said).toContain('ORIGIN_URL in wrangler.toml is still https://origin.example.com')
    expect(said).toContain('PAYMENT_RECIPIENT in wrangler.toml is no address')
    expect(said).toContain('no [[send_email]]')
    expect(platform.takeCalls()).toEqual([])
  })

  it.each([
    [['--origin', 'http://backend.acme.dev'], '--origin is "http://backend.acme.dev"'],
    [['--host', 'https://api.acme.dev'], '--host is "https://api.acme.dev"'],
    [['--recipient', `0x${'0'.repeat(40)}`], '--recipient is'],
    // A capital is wrong: the checksum (EIP-55) does not fit, so a digit may be wrong too.
    [['--recipient', RECIPIENT.replace('BC', 'Bc')], '--recipient is'],
    [['--host', '10.0.0.1'], '--host is "10.0.0.1"'],
    [['--origin', 'https://10.0.0.1'], '--origin is "https://10.0.0.1"'],
    [['--mail', 'acme'], '--mail is "acme"'],
    [['--nonsense'], "Unknown option '--nonsense'"],
  ])('setup refuses %j', async (args, expected) => {
    const { code, said } = await run('setup', args)
    expect([code, said]).toEqual([1, expect.stringContaining(expected)])
    expect(platform.takeCalls()).toEqual([])
    expect(toml()).toBe(PRISTINE[0]?.[1])
  })

  it('a wrong token is told, and nothing is written', async () => {
    const { code, said } = await run('setup', ANSWERS, {
      CLOUDFLARE_API_TOKEN: 'wrong',
      CLOUDFLARE_ACCOUNT_ID: '',
    })
    expect(code).toBe(1)
    expect(said).toContain('The platform refuses the token (GET /accounts: Authentication error)')
    expect(toml()).toBe(PRISTINE[0]?.[1])
  })

  it('a wrong token for a known account is told too, before anything is written', async () => {
    const { code, said } = await run('setup', ANSWERS, { CLOUDFLARE_API_TOKEN: 'wrong' })
    expect([code, said]).toEqual([1, expect.stringContaining('The platform refuses the token')])
    expect(said).not.toContain('write')
    for (const [path, text] of PRISTINE) expect(readFileSync(path, 'utf8')).toBe(text)
  })

  it.each(['setup', 'deploy'])(
    '%s tells a mistake in wrangler.toml in a sentence',
    async (name) => {
      writeFileSync(copy.path('wrangler.toml'), toml().replace('[vars]', '[vars'))
      const { code, said } = await run(name)
      restore()
      expect([code, said]).toEqual([1, expect.stringContaining('wrangler.toml cannot be read: ')])
      expect(said).not.toMatch(/^ +at /m)
      expect(platform.takeCalls()).toEqual([])
    },
  )

  it('answers that would make the config wrong are taken back', async () => {
    const config = copy.path('src/gateway.config.ts')
    const readme = readFileSync('README.md', 'utf8').split('```ts\n')[1]?.split('```')[0] ?? ''
    writeFileSync(config, readme)
    const owner = await run('setup', ['--host', 'api.acme.dev', '--owner', 'me@acme.dev'])
    const after = readFileSync(config, 'utf8')
    restore()
    expect([owner.code, owner.said]).toEqual([1, expect.stringContaining('owners: needs "signIn"')])
    expect([after, toml()]).toEqual([readme, PRISTINE[0]?.[1]])
    expect(platform.takeChanges()).toEqual([])
  })

  it('a dry run shows the calls, makes none that changes, and writes nothing', async () => {
    const { code, said } = await run('setup', [...ANSWERS, '--dry-run'])
    expect(code).toBe(0)
    expect(said).toContain('would make the D1 database turnpike')
    expect(said).toContain('would store the secret KEY_TAG_SECRET of turnpike')
    // A key that is never stored has no address to which money can be sent.
    expect(said).toContain('would write PAYMENT_OPERATOR, the address of a new SETTLEMENT_KEY')
    expect(said).not.toContain('a little of the currency')
    for (const file of ['wrangler.toml', 'payments/wrangler.toml'])
      expect(said).toContain(`would write PAYMENT_RECIPIENT = "${RECIPIENT}" into ${file}`)
    expect(platform.takeChanges()).toEqual([])
    for (const [path, text] of PRISTINE) expect(readFileSync(path, 'utf8')).toBe(text)
  })
})

describe('setup', () => {
  it('that fails half-way can be run again, and makes nothing twice', async () => {
    platform.failNext(/^PUT .*turnpike\/secrets$/)
    const broken = await run('setup', ANSWERS)
    expect(broken.code).toBe(1)
    expect(broken.said).toContain('made to fail')
    const address = tomlValue(toml(), 'vars', 'PAYMENT_OPERATOR')

    const again = await run('setup', ANSWERS)
    expect([again.code, again.said]).toEqual([0, expect.stringContaining('apply')])
    expect(again.said).not.toContain('PAYMENT_OPERATOR')
    expect(platform.databases.size).toBe(1)
    expect(platform.namespaces.size).toBe(1)
    expect([...(platform.scripts.get('turnpike')?.secrets.keys() ?? [])].sort()).toEqual([
      'ASSERTION_KEYS',
      'KEY_TAG_SECRET',
      'PAYMENT_SECRET',
    ])
    // The settlement key was stored by the first run, so its address stays.
    expect(tomlValue(toml(), 'vars', 'PAYMENT_OPERATOR')).toBe(address)
    expect(address).toMatch(/^0x[0-9a-fA-F]{40}$/)
    expect(platform.takeCalls().filter((call) => call === 'PUT /workers/scripts/turnpike')).toEqual(
      ['PUT /workers/scripts/turnpike'],
    )
  })

  it('has written host, route, origins, ids and mail, and applied the migrations', () => {
    const [[database] = []] = platform.databases
    const where = ['binding', 'DB'] as const
    expect(tomlValue(toml(), 'd1_databases', 'database_id', where)).toBe(database)
    for (const worker of ['payments', 'heartbeat']) {
      const settings = readFileSync(copy.path(`${worker}/wrangler.toml`), 'utf8')
      expect(tomlValue(settings, 'd1_databases', 'database_id', where)).toBe(database)
    }
    const payments = readFileSync(copy.path('payments/wrangler.toml'), 'utf8')
    for (const text of [toml(), payments])
      expect(tomlValue(text, 'vars', 'PAYMENT_RECIPIENT')).toBe(RECIPIENT)
    expect(toml()).toContain('routes = [{ pattern = "api.acme.dev", custom_domain = true }]')
    expect(toml()).toContain('[[send_email]]\nname = "MAIL"')
    const config = readFileSync(copy.path('src/gateway.config.ts'), 'utf8')
    expect(config).toContain("publicUrl: 'https://api.acme.dev',")
    expect(config).toContain("owners: ['me@acme.dev'],")
    expect(config).toContain("site: { name: 'api.acme.dev', ")
    expect(config).toContain("mail: { from: 'sign-in@acme.dev' },")
    const db = platform.databases.get(database ?? '')?.db
    expect(
      db?.prepare("select name from sqlite_master where name = 'api_keys'").all(),
    ).toHaveLength(1)
  })

  it('stores a HEALTH_SECRET that is given, never a weak one, and never a second time', async () => {
    const secrets = platform.scripts.get('turnpike')?.secrets
    const weak = await run('setup', [], { HEALTH_SECRET: 'health' })
    expect([weak.code, weak.said]).toEqual([1, expect.stringContaining('openssl rand -hex 32')])
    const given = { HEALTH_SECRET: 'a1'.repeat(32) }
    const first = await run('setup', [], given)
    expect([first.code, secrets?.get('HEALTH_SECRET')]).toEqual([0, given.HEALTH_SECRET])
    expect(first.said).not.toContain(given.HEALTH_SECRET)
    platform.takeCalls()
    await run('setup', [], { HEALTH_SECRET: 'b2'.repeat(32) })
    expect([platform.takeChanges(), secrets?.get('HEALTH_SECRET')]).toEqual([
      [],
      given.HEALTH_SECRET,
    ])
    const other = { HEALTH_SECRET: 'b2'.repeat(32) }
    const rotated = await run('rotation', ['rotate', 'HEALTH_SECRET'], other)
    expect([rotated.code, rotated.said]).toEqual([0, expect.stringContaining('your monitor')])
    expect(secrets?.get('HEALTH_SECRET_2')).toMatch(/^(?:b2){32}@[0-9]{10}$/)
    const none = await run('rotation', ['rotate', 'HEALTH_SECRET'])
    expect([none.code, none.said]).toEqual([1, expect.stringContaining('openssl rand -hex 32')])
    for (const name of ['HEALTH_SECRET', 'HEALTH_SECRET_2']) secrets?.delete(name)
  })

  it('run a second time changes nothing', async () => {
    const files = PRISTINE.map(([path]) => readFileSync(path, 'utf8'))
    const secrets = new Map(platform.scripts.get('turnpike')?.secrets)
    const { code, said } = await run('setup', ANSWERS)
    expect([code, said]).toEqual([0, expect.stringContaining('Everything is there already.')])
    expect(platform.takeChanges()).toEqual([])
    expect(PRISTINE.map(([path]) => readFileSync(path, 'utf8'))).toEqual(files)
    expect(platform.scripts.get('turnpike')?.secrets).toEqual(secrets)
  })

  it('says what it could not write, because the config has another form there', async () => {
    const path = copy.path('src/gateway.config.ts')
    const before = readFileSync(path, 'utf8')
    writeFileSync(path, before.replace(/publicUrl: ('[^']*')/, 'publicUrl: String($1)'))
    const settings = toml()
    const { code, said } = await run('setup', ['--host', 'other.acme.dev'])
    writeFileSync(path, before)
    writeFileSync(copy.path('wrangler.toml'), settings)
    expect([code, said]).toEqual([
      1,
      expect.stringContaining("  publicUrl: 'https://other.acme.dev'"),
    ])
    expect(platform.takeChanges()).toEqual([])
  })
})

describe('deploy, after a setup', () => {
  it('finds everything there', async () => {
    const { code, said } = await run('deploy', ['--check'])
    expect([code, said]).toEqual([0, expect.stringContaining('Everything is there')])
    expect(platform.takeChanges()).toEqual([])
  })

  it.each([['--dryrun'], ['production']])('refuses what it does not know: %s', async (word) => {
    const { code, said } = await run('deploy', [word])
    expect([code, said]).toEqual([1, expect.stringContaining(`'${word}'`)])
    expect(said).toContain('--dry-run    checks and builds')
    expect(said).not.toContain('node:internal')
    expect(platform.takeCalls()).toEqual([])
  })

  it('refuses if a secret is missing', async () => {
    const secrets = platform.scripts.get('turnpike')?.secrets
    const value = secrets?.get('ASSERTION_KEYS') ?? ''
    secrets?.delete('ASSERTION_KEYS')
    const { code, said } = await run('deploy', ['--check'])
    secrets?.set('ASSERTION_KEYS', value)
    expect([code, said]).toEqual([
      1,
      expect.stringContaining('The Worker turnpike has no secret ASSERTION_KEYS'),
    ])
  })

  it.each([
    ['an http origin', 'ORIGIN_URL = "http://backend.acme.dev"', 'must be an https URL'],
    [
      'a mistyped recipient',
      `PAYMENT_RECIPIENT = "${RECIPIENT.toLowerCase().replace('c4', 'C4')}"`,
      'its capitals do not fit',
    ],
    ['an origin on this machine', 'ORIGIN_URL = "http://localhost:3000"', 'the edge can reach'],
  ])('refuses %s', async (_, line, expected) => {
    const before = toml()
    const [name = ''] = line.split(' ')
    writeFileSync(
      copy.path('wrangler.toml'),
      before.replace(new RegExp(`^${name} = .*$`, 'm'), line),
    )
    const { code, said } = await run('deploy')
    writeFileSync(copy.path('wrangler.toml'), before)
    expect([code, said]).toEqual([1, expect.stringContaining(expected)])
    expect(platform.takeChanges()).toEqual([])
  })

  it('refuses another address in the payments Worker than the one that is paid', async () => {
    const path = copy.path('payments/wrangler.toml')
    const before = readFileSync(path, 'utf8')
    writeFileSync(path, before.replace(RECIPIENT, `0x${'1'.repeat(40)}`))
    const { code, said } = await run('deploy')
    const mended = await run('setup')
    expect([code, said]).toEqual([1, expect.stringContaining(`is not ${RECIPIENT}, which is paid`)])
    expect([mended.code, readFileSync(path, 'utf8')]).toEqual([0, before])
  })

  it('refuses a config with a mistake, with its complaints', async () => {
    const path = copy.path('src/gateway.config.ts')
    const before = readFileSync(path, 'utf8')
    writeFileSync(path, before.replace("lease: '5s'", "lease: '5 s'"))
    const { code, said } = await run('deploy')
    writeFileSync(path, before)
    expect([code, said]).toEqual([1, expect.stringContaining('lease: "5 s" is not a duration')])
    expect(said).toContain('docs/config.md has every field, with an example.')
  })

  it('uploads the Workers of objects, then the gateway', async () => {
    const { code, said } = await run('deploy')
    expect([code, said]).toEqual([0, expect.stringContaining('deployed: https://api.acme.dev')])
    const uploads = platform
      .takeCalls()
      .filter((call) => /^(?:PUT|POST) .*\/(?:scripts\/[\w-]+|versions)$/.test(call))
    expect(uploads.map((call) => /scripts\/([\w-]+)/.exec(call)?.[1])).toEqual([
      'turnpike-payments',
      'turnpike-heartbeat',
      'turnpike',
    ])
  })
})

describe('secrets', () => {
  it('lists names, never values', async () => {
    const { said } = await run('rotation')
    expect(said).toContain('turnpike: ASSERTION_KEYS, KEY_TAG_SECRET, PAYMENT_SECRET')
    for (const { secrets } of platform.scripts.values())
      for (const value of secrets.values()) expect(said).not.toContain(value)
  })

  it.each(['KEY_TAG_SECRET', 'PAYMENT_SECRET', 'ASSERTION_KEYS', 'SETTLEMENT_KEY'])(
    'rotate %s stores a value beside the old one, which stays',
    async (name) => {
      const worker = name === 'SETTLEMENT_KEY' ? 'turnpike-payments' : 'turnpike'
      const secrets = platform.scripts.get(worker)?.secrets
      const old = secrets?.get(name)
      const { code, said } = await run('rotation', ['rotate', name])
      expect([code, said]).toEqual([0, expect.stringContaining('The old values stay good')])
      expect(secrets?.get(name)).toBe(old)
      expect(secrets?.get(`${name}_2`)).toMatch(/@[0-9]{10}$/)
      expect(said).not.toContain(secrets?.get(`${name}_2`)?.split('@')[0])
      expect(platform.takeChanges()).toEqual([`PUT /workers/scripts/${worker}/secrets`])
    },
  )

  it('retire says what dies, and does nothing unless that is meant', async () => {
    const refused = await run('rotation', ['retire', 'KEY_TAG_SECRET'])
    expect(refused.code).toBe(1)
    expect(refused.said).toContain('every API key, session, token and link')
    expect(platform.takeChanges()).toEqual([])
    const meant = await run('rotation', ['retire', 'KEY_TAG_SECRET', '--yes'])
    expect(meant.code).toBe(0)
    const secrets = platform.scripts.get('turnpike')?.secrets
    expect(secrets?.has('KEY_TAG_SECRET')).toBe(false)
    expect(secrets?.has('KEY_TAG_SECRET_2')).toBe(true)
    const last = await run('rotation', ['retire', 'KEY_TAG_SECRET_2', '--yes'])
    expect(last.said).toContain('is the only value of KEY_TAG_SECRET')
    expect(secrets?.has('KEY_TAG_SECRET_2')).toBe(true)
  })

  it('retire of a settlement key says how many channels are open, and ends nothing', async () => {
    const [{ db } = {}] = platform.databases.values()
    const insert = (channel: string, kind: 'deposit' | 'spend' | 'capture', amount: number) => {
      const [from, to] = CHANNEL_MOVES[kind]
      for (const [account, moved] of [[from, -amount] as const, [to, amount] as const])
        db?.exec(
          `insert into ledger_entries (event_id, kind, account, amount, currency, challenge_id, row,
             payer, mode, request_id, at, channel_id)
           values ('${channel} ${kind}', '${kind}', '${account}', ${moved}, '', '', '', '',
             'channel', '', 1, '${channel}')`,
        )
    }
    // One is spent and not captured, one is closed, and one is not in the sums yet.
    for (const id of ['0x1', '0x3']) insert(id, 'deposit', 1000)
    insert('0x1', 'spend', 1000)
    insert('0x3', 'capture', 1000)
    for (const sql of addUp(1000)) db?.exec(sql)
    insert('0x2', 'deposit', 1000)
    const { code, said } = await run('rotation', ['retire', 'SETTLEMENT_KEY'])
    expect(code).toBe(1)
    expect(said).toContain('channels that were opened for its address cannot be settled')
    expect(said).toContain('2 channels are open now: wait until')
    expect(platform.takeChanges()).toEqual([])
    expect(platform.scripts.get('turnpike-payments')?.secrets.has('SETTLEMENT_KEY')).toBe(true)
  })

  it('no other word does anything', async () => {
    const two = ['rotate', 'PAYMENT_SECRET', 'ASSERTION_KEYS']
    for (const args of [['anything'], ['rotate', 'OTHER'], ['rotate'], ['payments'], two]) {
      expect((await run('rotation', args)).code).toBe(1)
    }
    expect(platform.takeChanges()).toEqual([])
  })
})

it('a new clone of a deployed gateway finds all of it, and makes nothing anew', async () => {
  restore()
  const secrets = new Map(platform.scripts.get('turnpike')?.secrets)
  const { code, said } = await run('setup', ANSWERS)
  // The address of a stored key cannot be read, so a person has to write it.
  expect([code, said]).toEqual([1, expect.stringContaining('PAYMENT_OPERATOR')])
  expect(platform.databases.size).toBe(1)
  expect(platform.takeChanges()).toEqual([])
  expect(platform.scripts.get('turnpike')?.secrets).toEqual(secrets)
})
