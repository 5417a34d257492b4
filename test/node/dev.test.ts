/** `npm run dev` as a newcomer starts it: real processes, real sockets. */
import { execFile, execFileSync, spawn } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PAYER_PRIVATE_KEY } from '../../dev/money.ts'
import { freePort, isFree } from '../../dev/ports.ts'
import { walletsOn } from '../support/node/chain.ts'
import { type Dev, devIn, type Facts } from '../support/node/dev.ts'

const { folder, start, cleanUp } = devIn()
afterAll(cleanUp)

const portOf = (url: string) => Number(new URL(url).port)

async function createKey({
  gateway,
  sessionToken,
}: Facts): Promise<{ id: string; fullKey: string }> {
  const headers = { cookie: `session_token=${sessionToken}` }
  const response = await fetch(`${gateway}/api/v1/api-keys`, { method: 'POST', headers })
  if (response.status !== 201) throw new Error(`${response.status}: ${await response.text()}`)
  return response.json() as Promise<{ id: string; fullKey: string }>
}

async function revokeKey({ gateway, sessionToken }: Facts, id: string): Promise<number> {
  const headers = { cookie: `session_token=${sessionToken}` }
  return (await fetch(`${gateway}/api/v1/api-keys/${id}`, { method: 'DELETE', headers })).status
}

async function statusWith({ gateway }: Facts, key: string): Promise<number> {
  return (await fetch(`${gateway}/api/v1/x/tweets/1`, { headers: { 'x-api-key': key } })).status
}

describe('a gateway that was started with npm run dev', () => {
  let dev: Dev
  beforeAll(async () => {
    const port = await freePort(18_787)
    dev = await start({ PORT: String(port), RATE_LIMITS: 'off' })
  })
  afterAll(async () => dev.end('SIGTERM'))

  it('prints commands that work when pasted', () => {
    const commands = dev.banner.match(/^ +curl .*$/gm) ?? []
    expect(commands).toHaveLength(4)
    const answers = commands.map((command) =>
      execFileSync('sh', ['-c', `${command} -sS --fail`], { encoding: 'utf8' }),
    )
    expect(JSON.parse(answers[0] ?? '')).toMatchObject({ id: '1234567890' })
    expect(JSON.parse(answers[1] ?? '')).toMatchObject({
      assertion: { verified: true, claims: { sub: dev.facts.accountId, kind: 'api_key' } },
    })
    expect(JSON.parse(answers[2] ?? '')).toMatchObject({
      name: 'Mine',
      fullKey: expect.stringMatching(/^xq_/),
    })
    expect(answers[3]).toContain('"name":"whoami"')
  })

  it('prints a command by which an MCP client lists the tools', async () => {
    const [, command = ''] = /^ +npx (mcp-remote-client .*)$/m.exec(dev.banner) ?? []
    const env = { ...process.env, MCP_REMOTE_CONFIG_DIR: folder }
    const client = spawn('sh', ['-c', `exec node_modules/.bin/${command}`], { env })
    let output = ''
    for (const stream of [client.stdout, client.stderr])
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString()
      })
    const code = await new Promise((resolve) => client.once('exit', resolve))
    expect(output).toContain('"name": "whoami"')
    expect(code).toBe(0)
  })

  it('compresses an answer only for a client that accepts it', async () => {
    const url = `${dev.facts.gateway}/api/v1/x/tweets/search?q=a`
    const curl = (...args: string[]) =>
      execFileSync('curl', [
        '-sS',
        '-i',
        url,
        '-H',
        `x-api-key: ${dev.facts.apiKey}`,
        ...args,
      ]).toString('latin1')
    expect(curl()).not.toMatch(/content-encoding/i)
    expect(curl('-H', 'accept-encoding: gzip')).toMatch(/content-encoding: gzip/i)
  })

  it('forwards the first event before the stream ends, and ends the stream when its key is revoked', async () => {
    const { id, fullKey } = await createKey(dev.facts)
    const url = `${dev.facts.gateway}/api/v1/events/stream?count=3600&intervalMs=200`
    const response = await fetch(url, { headers: { 'x-api-key': fullKey } })
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const reader = response.body?.getReader()
    const first = await reader?.read()
    expect(new TextDecoder().decode(first?.value)).toContain('"n":1')
    expect(await revokeKey(dev.facts, id)).toBe(200)
    const ended = async () => {
      while (reader && !(await reader.read()).done);
    }
    // If the stream goes on, the test fails by its own time limit.
    await ended().catch(() => undefined)
    expect(await statusWith(dev.facts, fullKey)).toBe(401)
  })

  it('forwards a WebSocket, and closes it when its key is revoked', async () => {
    const { id, fullKey } = await createKey(dev.facts)
    const url = `${dev.facts.gateway.replace('http', 'ws')}/api/v1/events/socket`
    const socket = new WebSocket(url, { headers: { 'x-api-key': fullKey } } as unknown as string[])
    const messages: string[] = []
    const hello = new Promise<void>((resolve) => {
      socket.addEventListener('message', ({ data }) => {
        messages.push(String(data))
        resolve()
      })
    })
    const closed = new Promise<CloseEvent>((resolve) => socket.addEventListener('close', resolve))
    await hello
    expect(JSON.parse(messages[0] ?? '')).toMatchObject({
      hello: true,
      assertion: { verified: true },
    })
    expect(await revokeKey(dev.facts, id)).toBe(200)
    expect((await closed).code).toBe(1008)
  })

  it('passes all that mppx validates without a network', async () => {
    const args = ['validate', dev.facts.gateway, '-y']
    const program = fileURLToPath(new URL('../../node_modules/mppx/dist/bin.js', import.meta.url))
    // The command exits with 1, because it asks a faucet for a wallet, and there is no faucet.
    const { stdout } = await new Promise<{ stdout: string }>((resolve) => {
      execFile(process.execPath, [program, ...args], (_, stdout) =>
        resolve({ stdout: stripVTControlCharacters(stdout) }),
      )
    })
    const passed = stdout.match(/^ *✓ .*$/gm) ?? []
    const failed = stdout.match(/^ *[✗⚠] .*$/gm) ?? []
    expect(passed.length).toBeGreaterThanOrEqual(60)
    expect(failed.filter((one) => !one.includes('auto-provision wallet'))).toEqual([])
  })

  it('says so when its port is taken', async () => {
    await expect(
      start({ PORT: String(portOf(dev.facts.gateway)), DEV_FOLDER: `${folder}-2` }),
    ).rejects.toThrow(/is taken/)
  })
})

describe('after a kill', () => {
  it('every answer of the killed start still holds, in the middle of writes too', async () => {
    const port = String(await freePort(18_887))
    const before = await start({ PORT: port, RATE_LIMITS: 'off' })
    const made: { id: string; fullKey: string }[] = []
    const revoked: string[] = []
    let stopped = false
    /** The money that the payer still had, after each paid answer. */
    const wealth: bigint[] = []
    const payer = privateKeyToAccount(PAYER_PRIVATE_KEY).address
    const wealthIn = ({ rpcUrl = '' }: Facts) => walletsOn(rpcUrl).balance(payer)
    const paying = (async () => {
      const client = walletsOn(before.facts.rpcUrl ?? '').payer('pull')
      for (;;) {
        const answer = await client.fetch(`${before.facts.gateway}/api/v1/x/tweets/1`)
        if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`)
        wealth.push(await wealthIn(before.facts))
      }
    })().catch(() => undefined)
    const writing = (async () => {
      for (;;) {
        const key = await createKey(before.facts)
        made.push(key)
        if (made.length % 3 === 0 && (await revokeKey(before.facts, key.id)) === 200)
          revoked.push(key.fullKey)
      }
    })().catch(() => {
      stopped = true
    })
    while (made.length < 20 || wealth.length < 3)
      await new Promise((resolve) => setImmediate(resolve))
    await before.cut()
    await Promise.all([writing, paying])
    expect(stopped).toBe(true)

    const after = await start({ PORT: port, RATE_LIMITS: 'off' })
    expect(after.facts.apiKey).toBe(before.facts.apiKey)
    for (const { fullKey } of made) {
      const status = await statusWith(after.facts, fullKey)
      if (revoked.includes(fullKey)) expect(status).toBe(401)
      // The DELETE of the last key may have been cut off before its answer, so both outcomes are
      // right.
      else if (fullKey !== made.at(-1)?.fullKey) expect(status).toBe(200)
    }
    expect(revoked.length).toBeGreaterThan(0)
    expect(new Set(wealth).size).toBe(wealth.length)
    expect(await wealthIn(after.facts)).toBeLessThanOrEqual(wealth.at(-1) ?? 0n)
    await after.end('SIGINT')
    expect(await isFree(Number(port))).toBe(true)
    expect(await isFree(portOf(after.facts.origin))).toBe(true)
  })

  it('the next start ends the processes that a killed start has left', async () => {
    const port = String(await freePort(18_987))
    const killed = await start({ PORT: port })
    await killed.end('SIGKILL')
    const next = await start({ PORT: port })
    expect(await statusWith(next.facts, next.facts.apiKey)).toBe(200)
    await next.end('SIGTERM')
    expect(await isFree(Number(port))).toBe(true)
    expect(await isFree(portOf(killed.facts.origin))).toBe(true)
  })
})

describe('an origin of your own', () => {
  it.each([
    ['', '/api/v1/x/tweets/search?q=a%20b'],
    ['/v2', '/v2/x/tweets/search?q=a%20b'],
  ])(
    'with the path "%s" in ORIGIN_URL receives what a direct call would send',
    async (path, expected) => {
      const seen: {
        method: string | undefined
        url: string | undefined
        body: string
        type: string | undefined
      }[] = []
      const service = createServer((request, response) => {
        let body = ''
        request.on('data', (chunk) => {
          body += chunk
        })
        request.on('end', () => {
          seen.push({
            method: request.method,
            url: request.url,
            body,
            type: request.headers['content-type'],
          })
          response.writeHead(202, { 'content-type': 'text/plain' }).end('mine')
        })
      })
      await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
      const { port } = service.address() as AddressInfo
      const dev = await start({
        PORT: String(await freePort(19_087)),
        ORIGIN_URL: `http://127.0.0.1:${port}${path}`,
      })
      try {
        const headers = { 'x-api-key': dev.facts.apiKey, 'content-type': 'application/x-custom' }
        const url = `${dev.facts.gateway}/api/v1/x/tweets/search?q=a%20b`
        const response = await fetch(url, { method: 'POST', headers, body: 'böd\u0000y' })
        expect([response.status, await response.text()]).toEqual([202, 'mine'])
        expect(seen).toEqual([
          { method: 'POST', url: expected, body: 'böd\u0000y', type: 'application/x-custom' },
        ])
      } finally {
        await dev.end('SIGTERM')
        service.close()
      }
    },
  )
})
