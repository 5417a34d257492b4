/**
 * Programs with checks of their own: the official conformance runner, and `mcp-remote` as users
 * start it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freePort } from '../../dev/ports.ts'
import { createBrowserUser } from '../support/node/browserUser.ts'
import { devIn, type Facts } from '../support/node/dev.ts'

const { start, cleanUp } = devIn()
const folder = mkdtempSync(join(tmpdir(), 'turnpike-clients-'))
let facts: Facts
beforeAll(async () => {
  const PORT = String(await freePort(22_987))
  facts = (await start({ PORT, RATE_LIMITS: 'off', NO_CHAIN: '1' })).facts
})
const running = new Set<ChildProcess>()
afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
  cleanUp()
  rmSync(folder, { recursive: true, force: true })
})

/**
 * Runs a program of node_modules, and lets a user visit the authorization URL that the program
 * prints.
 */
async function runWithUser(email: string, program: string, ...args: string[]) {
  const child = spawn(join('node_modules/.bin', program), args, {
    // The program must open no browser: the user reads the URL from its output.
    env: { ...process.env, BROWSER: 'true', MCP_REMOTE_CONFIG_DIR: folder, NO_COLOR: '1' },
  })
  running.add(child)
  const user = createBrowserUser(facts, email)
  let output = ''
  let visit: Promise<unknown> | undefined
  const read = (chunk: Buffer) => {
    output += stripVTControlCharacters(chunk.toString())
    const url = /https?:\/\/\S+\/api\/oauth\/authorize\?\S+(?=\s)/.exec(output)?.[0]
    if (url !== undefined) visit ??= user.decide(url, 'approve').then((callback) => fetch(callback))
  }
  child.stdout.on('data', read)
  child.stderr.on('data', read)
  const code = await exitOf(child)
  running.delete(child)
  if (visit === undefined) throw new Error(`${program} printed no authorization URL: ${output}`)
  await visit
  return { code, output }
}

const exitOf = (child: ChildProcess) =>
  new Promise<number | null>((resolve) => child.once('exit', resolve))

async function register(redirectUri: string): Promise<string> {
  const response = await fetch(`${facts.gateway}/api/oauth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_name: 'Conformance', redirect_uris: [redirectUri] }),
  })
  expect(response.status).toBe(201)
  return ((await response.json()) as { client_id: string }).client_id
}

it('passes every check of `conformance authorization`', async () => {
  const port = await freePort(33_000)
  const clientId = await register(`http://127.0.0.1:${port}/callback`)
  const { code, output } = await runWithUser(
    'runner@example.com',
    'conformance',
    'authorization',
    '--url',
    facts.gateway,
    '--client-id',
    clientId,
    '--resource',
    facts.mcp,
    '--port',
    String(port),
  )
  // A check that is skipped, or only warns, does not count as passed.
  expect(output).toContain('authorization-server-metadata-endpoint: 2 passed, 0 failed')
  expect(output).toContain('authorization-code-grant: 1 passed, 0 failed')
  expect(code, output).toBe(0)
})

it('lets mcp-remote connect from the URL alone', async () => {
  const { code, output } = await runWithUser('remote@example.com', 'mcp-remote-client', facts.mcp)
  expect(output).toContain('"name": "whoami"')
  expect(code, output).toBe(0)
})
