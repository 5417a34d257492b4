/** `npm run dev` while somebody edits the table: each save of an editor, good or bad. */
import { exec } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../dev/ports.ts'
import { type Dev, devIn, type Facts } from '../support/node/dev.ts'

const folder = mkdtempSync(join(tmpdir(), 'turnpike-table-'))
const file = join(folder, 'gateway.config.ts')
const { start, cleanUp } = devIn()

/** The requests that reached the origin, the newest last. */
const arrived: IncomingMessage[] = []
const origin = createServer((request, response) => {
  arrived.push(request)
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"sun":true}')
})

/** A made-up API: a prefix of its own, no `hosts`, no sign-in, and an origin without base path. */
function table(routes: string, prefix = 'wx_'): string {
  return `import { defineGateway } from '${resolve('src/config/defineGateway.ts')}'
export default defineGateway({
  publicUrl: 'https://weather.example',
  basePath: '/v3',
  lease: '5s',
  apiKeys: { prefix: '${prefix}', limit: 10 },
  sessions: { cookie: 'weather_session', idle: '7d', absolute: '30d' },
  tiers: { read: '100/1s', write: '30/60s', delete: '15/60s' },
  addressLimits: { unauthenticated: '600/60s' },
  origins: {
    weather: {
      urlFrom: 'WEATHER_URL',
      basePath: 'strip',
      secretHeaders: { 'x-weather-token': 'WEATHER_TOKEN' },
    },
  },
  routes: [${routes}],
})
`
}

const FORECAST = "{ route: 'GET /forecast/:city', auth: ['api_key'], origin: 'weather' },"
const MAPS = "{ route: 'GET /maps/*', auth: ['api_key'], origin: 'weather' },"
const MISTAKE = FORECAST.replace("'weather'", "'wether'")

/** Saves as most editors do: another file takes the place of the old one. */
function save(text: string): void {
  writeFileSync(`${file}.tmp`, text)
  renameSync(`${file}.tmp`, file)
}

let dev: Dev
let facts: Facts
const factsNow = () => JSON.parse(readFileSync(join(devFolder, 'dev.json'), 'utf8')) as Facts
let devFolder = ''

const call = async (path: string, key = facts.apiKey) =>
  (await fetch(`${facts.gateway}${path}`, { headers: { 'x-api-key': key } })).status

beforeAll(async () => {
  save(table(FORECAST))
  origin.listen(0, '127.0.0.1')
  await once(origin, 'listening')
  const { port } = origin.address() as AddressInfo
  dev = await start({
    PORT: String(await freePort(19_587)),
    NO_CHAIN: '1',
    GATEWAY_CONFIG: file,
    WEATHER_URL: `http://127.0.0.1:${port}/base`,
    WEATHER_TOKEN: 'a-token-of-the-origin',
  })
  facts = dev.facts
  devFolder = dev.folder
})

afterAll(() => {
  cleanUp()
  origin.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('a start', () => {
  it.each([
    [table(MISTAKE), /origin: "wether" is not defined.*Nothing runs yet.*npm run dev/s],
    ['export default {', /Nothing runs yet/],
  ])('with a table that is wrong says so, and never that a table runs', async (text, said) => {
    const wrong = join(folder, 'wrong.config.ts')
    writeFileSync(wrong, text)
    const PORT = String(await freePort(19_887))
    const DEV_FOLDER = join(folder, 'wrong')
    const failing = start({ PORT, DEV_FOLDER, NO_CHAIN: '1', GATEWAY_CONFIG: wrong })
    await expect(failing).rejects.toThrow(said)
    await expect(failing).rejects.not.toThrow('still runs')
  })
})

describe('a table of one’s own', () => {
  it('runs as it would be deployed: its prefix, its base path, its secret headers', async () => {
    expect(facts.apiKey).toMatch(/^wx_[0-9a-f]{64}$/)
    expect(await call('/v3/forecast/oslo')).toBe(200)
    const last = arrived.at(-1)
    expect(last?.url).toBe('/base/forecast/oslo')
    expect(last?.headers['x-weather-token']).toBe('a-token-of-the-origin')
    expect(last?.headers['x-api-key']).toBeUndefined()
    expect(facts.origin).toMatch(/\/base$/)
  })

  it('says in every answer what it made of the request', async () => {
    const answer = await fetch(`${facts.gateway}/v3/forecast/oslo`)
    expect(answer.status).toBe(401)
    const explained = answer.headers.get('turnpike-explain')
    expect(explained).toContain('route: GET /forecast/:city, the only one that matches')
    expect(explained).toContain('credential: none: 401; the route takes api_key')
  })

  it('has commands in the banner that are its own, and all of them work', async () => {
    const commands = dev.banner.match(/^ +curl .*$/gm) ?? []
    expect(commands).toHaveLength(1)
    const { stdout } = await promisify(exec)(`${commands[0]} -sS --fail`)
    expect(stdout).toBe('{"sun":true}')
    expect(dev.banner).not.toMatch(/tweets|api-keys -H|npx|sign-in/)
  })

  it('is told that nobody can make a key with it', () => {
    expect(dev.banner).toContain('This table has no way to make a key')
  })
})

describe('a mistake that is saved', () => {
  it('is told, and the last good table goes on; the next save brings the new one', async () => {
    save(table(MISTAKE))
    const said = await dev.says('The last good table still runs.')
    expect(said).toContain('route "GET /forecast/:city": origin: "wether" is not defined')
    expect(await call('/v3/forecast/oslo')).toBe(200)

    save(table(FORECAST + MAPS))
    await dev.says('The new table runs, with 2 routes.')
    expect(await call('/v3/maps/a/b')).toBe(200)
    expect(await call('/v3/forecast/oslo')).toBe(200)
  })

  it('can be half a file, and a file that is empty for a moment', async () => {
    const good = table(FORECAST)
    writeFileSync(file, good.slice(0, good.length / 2))
    await dev.says('The last good table still runs.')
    writeFileSync(file, '')
    await dev.says('must say `export default defineGateway({ … })`')
    expect(await call('/v3/maps/a')).toBe(200)
    writeFileSync(file, good)
    await dev.says('The new table runs, with 1 route.')
    expect(await call('/v3/maps/a')).toBe(404)
  })

  it('in the name of a variable is told, and the demo origin is not named in its place', async () => {
    save(table(FORECAST).replace('WEATHER_URL', 'WETHER_URL'))
    const said = await dev.says('! Origin "weather" has no URL: WETHER_URL=')
    expect(said).toMatch(/^ +origin +none yet \(below\)$/m)
    save(table(FORECAST))
    await dev.says('The new table runs, with 1 route.')
  })

  it('that is taken back is told too, and nothing restarts', async () => {
    save(table(MISTAKE))
    await dev.says('The last good table still runs.')
    save(table(FORECAST))
    await dev.says('The config is right again')
    expect(await call('/v3/forecast/oslo')).toBe(200)
  })
})

describe('a config that would end the process', () => {
  it('is told, and neither `npm run dev` nor the last good table ends', async () => {
    save(`${table(FORECAST)}process.exit(3)`)
    const said = await dev.says('The last good table still runs.')
    expect(said).toContain('ends before it exports its table, by process.exit(3)')
    expect(await call('/v3/forecast/oslo')).toBe(200)
    save(table(FORECAST))
    await dev.says('The config is right again')
  })
})

describe('a route that names the base path', () => {
  it('runs as it is written, and its hint says what was meant', async () => {
    save(table(FORECAST.replace('/forecast', '/v3/forecast')))
    const said = await dev.says('Ctrl-C stops it')
    expect(said).toContain('! The route "GET /v3/forecast/:city" answers below /v3/v3')
    expect(said).toContain('Write "GET /forecast/:city"')
    expect(await call('/v3/v3/forecast/oslo')).toBe(200)
    save(table(FORECAST))
    expect(await dev.says('Ctrl-C stops it')).not.toContain('answers below')
  })
})

describe('a mistake that stays', () => {
  it('is told again after a save that has not mended it, and so is a file that is gone', async () => {
    save(table(MISTAKE))
    await dev.says('The last good table still runs.')
    save(`${table(MISTAKE)}// another try`)
    expect(await dev.says('The last good table still runs.')).toContain('"wether" is not defined')
    rmSync(file)
    await dev.says(`${file} is not there`)
    expect(await call('/v3/forecast/oslo')).toBe(200)
    save(table(FORECAST.replace('api_key', 'session')))
    const said = await dev.says('Ctrl-C stops it')
    expect(said).toContain('Nobody can sign in, though a route takes sessions')
    const [command] = said.match(/^ +curl .* -H 'cookie: weather_session=.*$/m) ?? []
    expect((await promisify(exec)(`${command} -sS --fail`)).stdout).toBe('{"sun":true}')
    save(table(FORECAST))
    await dev.says('The new table runs, with 1 route.')
  })
})

describe('a change of what the demo key looks like', () => {
  it('makes the demo key a key of the new table, in the facts too', async () => {
    save(table(FORECAST, 'sun_'))
    await dev.says('The new table runs')
    const banner = await dev.says('Ctrl-C stops it')
    const { apiKey } = factsNow()
    expect(apiKey).toMatch(/^sun_/)
    expect(banner).toContain(apiKey)
    expect(await call('/v3/forecast/oslo', apiKey)).toBe(200)
    expect(await call('/v3/forecast/oslo', facts.apiKey)).toBe(401)
  })
})

describe('a second start', () => {
  it('in the folder says where the first one runs, and leaves it alone', async () => {
    const second = devIn(devFolder)
    const port = String(await freePort(19_687))
    await expect(second.start({ PORT: port, GATEWAY_CONFIG: file })).rejects.toThrow(
      `Turnpike runs here already (${facts.gateway})`,
    )
    expect(await call('/v3/forecast/oslo', factsNow().apiKey)).toBe(200)
  })

  it('with a mistake in its table says so and starts nothing', async () => {
    save(table(MISTAKE))
    const other = devIn()
    const port = String(await freePort(19_687))
    await expect(other.start({ PORT: port, GATEWAY_CONFIG: file })).rejects.toThrow(
      /exited with 1: .*origin: "wether" is not defined/s,
    )
    other.cleanUp()
  })
})
