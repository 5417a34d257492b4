/** The values that `npm run dev` gives to the variables that a table asks for. */
import { describe, expect, it } from 'vitest'
import { EXAMPLE } from '../../cli/reference/example.ts'
import { hintsOf } from '../../dev/commands.ts'
import { askedPort } from '../../dev/ports.ts'
import { missing, originUrlOf, type Sources, variablesFor } from '../../dev/variables.ts'
import { parseConfig } from '../../src/config/defineGateway.ts'
import shipped from '../../src/gateway.config.ts'

const DEMO = { ORIGIN_URL: 'http://127.0.0.1:1', MCP_ORIGIN_URL: 'http://127.0.0.1:1/mcp' }
const NOTHING: Sources = { environment: {}, devVars: '', wranglerToml: '' }

/** A config with these origins, each with one route. */
function tableWith(origins: Record<string, object>) {
  return parseConfig({
    publicUrl: 'https://gateway.example',
    basePath: '',
    lease: '5s',
    apiKeys: { prefix: 'xq_', limit: 100 },
    sessions: { cookie: 'session_token', idle: '7d', absolute: '30d' },
    tiers: { read: 'unlimited', write: 'unlimited', delete: 'unlimited' },
    addressLimits: { unauthenticated: 'unlimited' },
    origins,
    routes: Object.keys(origins).map((origin) => {
      return { route: `GET /${origin}`, auth: ['api_key'], origin }
    }),
  })
}

const api = tableWith({ api: { urlFrom: 'ORIGIN_URL' } })
const toml = (url: string) => `[vars]\nORIGIN_URL = "${url}"\n`

describe('the URL of an origin', () => {
  it.each<[string, Partial<Sources>, string]>([
    ['is the demo origin if nothing gives one', {}, DEMO.ORIGIN_URL],
    [
      'is the demo origin for what wrangler.toml ships with',
      { wranglerToml: toml('https://origin.example.com') },
      DEMO.ORIGIN_URL,
    ],
    ['is that of wrangler.toml', { wranglerToml: toml('https://a.test') }, 'https://a.test'],
    [
      'of .dev.vars comes before that of wrangler.toml',
      { devVars: 'ORIGIN_URL="https://b.test"', wranglerToml: toml('https://a.test') },
      'https://b.test',
    ],
    [
      'of the environment comes before all, even an example',
      { environment: { ORIGIN_URL: 'https://api.example.com' }, devVars: 'ORIGIN_URL=http://b' },
      'https://api.example.com',
    ],
    ['is not an empty variable', { environment: { ORIGIN_URL: '' } }, DEMO.ORIGIN_URL],
  ])('%s', (_, given, expected) => {
    const variables = variablesFor(api, { ...NOTHING, ...given }, DEMO)
    expect(variables).toEqual({ ORIGIN_URL: expected })
    expect(originUrlOf(api, variables)).toBe(expected)
  })
})

describe('secrets of origins', () => {
  const table = tableWith({ api: { urlFrom: 'A_URL', secretHeaders: { 'x-token': 'A_TOKEN' } } })

  it('come from .dev.vars, comments and quotes as dotenv has them', () => {
    const devVars =
      "# for tests\nA_TOKEN='s3cret # not a comment'\nA_URL=http://localhost:3000 # c\n"
    const variables = variablesFor(table, { ...NOTHING, devVars }, DEMO)
    expect(variables).toEqual({ A_TOKEN: 's3cret # not a comment', A_URL: 'http://localhost:3000' })
    expect(missing(table, variables, '')).toEqual([])
  })

  it('that nothing gives are named, with the file that they belong into', () => {
    const complaints = missing(table, variablesFor(table, NOTHING, DEMO), '')
    expect(complaints).toEqual([
      expect.stringContaining('A_URL=http://localhost:3000 npm run dev'),
      expect.stringContaining('A_TOKEN=… into .dev.vars'),
    ])
  })

  it.each([
    ['localhost', ' Did you mean http://localhost?'],
    // To a parser this is a URL of the scheme "localhost".
    ['localhost:3000', ' Did you mean http://localhost:3000?'],
    ['htp://localhost', ''],
    ['http://192.168.0.2:3000', ''],
    ['http://localhost:3000?a=1', ''],
  ])('a URL that no origin can have is told: %s', (value, hint) => {
    const [complaint, ...more] = missing(api, { ORIGIN_URL: value }, '')
    expect(more).toEqual([])
    expect(complaint).toContain('ORIGIN_URL must be the URL of a service')
    expect(complaint?.split(`not "${value}".`)[1]).toBe(hint)
  })

  it('a service binding that wrangler.toml lacks is named', () => {
    const bound = tableWith({ api: { service: 'API' } })
    expect(missing(bound, {}, '')).toEqual([expect.stringContaining('no service binding API')])
    expect(missing(bound, {}, '[[services]]\nbinding = "API"\nservice = "api"\n')).toEqual([])
  })
})

it('payments go to the accounts of the local chain, whatever the variables are called', () => {
  const wranglerToml = '[vars]\nPAYMENT_RECIPIENT = "0x1111111111111111111111111111111111111111"\n'
  const variables = variablesFor(shipped, { ...NOTHING, wranglerToml }, DEMO)
  expect(variables.PAYMENT_RECIPIENT).toBe('0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC')
  expect(variables.PAYMENT_OPERATOR).toBe('0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65')
})

describe('the port of a start', () => {
  const OPTIONS =
    'npm run dev has no options, but variables (docs/commands.md): PORT=8080 npm run dev'

  it.each<[string[], Record<string, string>, number | string]>([
    [[], {}, 8787],
    [[], { PORT: '' }, 8787],
    [[], { PORT: '3000' }, 3000],
    [[], { PORT: 'a' }, 'PORT must be a port number, not "a".'],
    [[], { PORT: '0' }, 'PORT must be a port number, not "0".'],
    [['--port', '3000'], {}, OPTIONS],
    [['3000'], { npm_config_port: 'true' }, OPTIONS],
    [[], { npm_config_port: '3000' }, OPTIONS],
  ])('of %j and %j', (args, variables, port) => {
    expect(askedPort(args, variables)).toBe(port)
  })
})

describe('a table without sign-in', () => {
  const hints = (auth: readonly string[]) => {
    const { signIn, mail, ...rest } = EXAMPLE
    const origins = { weather: { urlFrom: 'ORIGIN_URL' } }
    const routes = [{ route: 'GET /v1', root: true, auth, origin: 'weather' }]
    return hintsOf(parseConfig({ ...rest, owners: [], origins, routes }))
  }

  it('is told that nobody gets what its routes take', () => {
    expect(hints(['session'])).toEqual([expect.stringContaining('a route takes sessions')])
    expect(hints(['oauth'])).toEqual([expect.stringContaining('a route takes tokens')])
    expect(hints(['anonymous'])).toEqual([])
  })
})

it('a table with settings that mean nothing beside others is told so', () => {
  const { sessions, oauth, payments } = EXAMPLE
  const hints = hintsOf(
    parseConfig({
      ...EXAMPLE,
      sessions: { ...sessions, idle: '31d', absolute: '30d' },
      oauth: { ...oauth, access: '24h', refresh: '23h' },
      payments: { ...payments, sponsor: { perPayment: '5', perDay: '4.99' } },
    }),
  )
  for (const name of ['sessions.idle', 'oauth.refresh', 'payments.sponsor.perPayment'])
    expect(hints.join('\n')).toContain(`\`${name}\` is`)
  expect(hintsOf(parseConfig(EXAMPLE)).join('\n')).not.toContain('` is ')
})
