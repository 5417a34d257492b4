/**
 * Others' gateways on the same ground: unmodified packages, set up as their docs say (bench/peers).
 */
import { execFile } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { minified } from './build.ts'
import type { Pinning } from './cpu.ts'
import type { Ground } from './ground.ts'
import { askOnce } from './load.ts'
import { startProgram } from './processes.ts'
import { MCP_CALL, MCP_HEADERS, type Subject, sameRequest, subject } from './subjects.ts'
import type { WorkerSpec } from './workerd.ts'

const FOLDER = fileURLToPath(new URL('peers', import.meta.url))
const INSTALL_PATIENCE_MS = 240_000

const SOLD = '/api/v1/x/tweets/1234567890'
const FREE = '/api/v1/x/users/1234567890'
const FOR_SALE = { status: 402, shows: /(?:www-authenticate: payment |payment-required: )/i }
/** A peer that takes milliseconds for a call gets fewer of them. */
const SLOW = { part: 0.2 }

/** Installs the peers' packages unless they are there. Why that failed, or null. */
export async function installPeers(): Promise<string | null> {
  const installed = `${FOLDER}/node_modules/.package-lock.json`
  const isThere =
    existsSync(installed) &&
    statSync(installed).mtimeMs >= statSync(`${FOLDER}/package-lock.json`).mtimeMs
  if (isThere) return null
  try {
    const options = ['ci', '--ignore-scripts', '--no-audit', '--no-fund']
    await promisify(execFile)('npm', options, { cwd: FOLDER, timeout: INSTALL_PATIENCE_MS })
    return null
  } catch (error) {
    return `npm ci in bench/peers failed: ${String(error).split('\n')[0]}`
  }
}

/** The peers that are Workers. */
export async function peerWorkers(): Promise<WorkerSpec[]> {
  const peer = async (name: string, entrypoints: string[] = []): Promise<WorkerSpec> => ({
    name,
    script: await minified(`peers/${name}.mjs`),
    entrypoints,
  })
  return Promise.all([
    peer('mppxProxy'),
    peer('x402'),
    peer('mppProxy', ['setup']),
    peer('betterAuth', ['setup']),
    peer('oauthProvider', ['setup']),
  ])
}

/** Their subjects: what each has in common with the gateway. */
export async function peerSubjects({ workerd }: Ground): Promise<Subject[]> {
  /** The credential that a peer's own setup issues. */
  const issued = async (name: string): Promise<string> => {
    const { body } = await askOnce(workerd.portOf(`${name}:setup`), sameRequest('GET', '/')())
    const { key, token } = JSON.parse(body) as { key?: string; token?: string }
    return key ?? token ?? ''
  }
  const cookie = { cookie: `auth_token=${await issued('mppProxy')}` }
  const key = { 'x-api-key': await issued('betterAuth') }
  const bearer = { ...MCP_HEADERS, authorization: `Bearer ${await issued('oauthProvider')}` }
  const peer = (
    name: string,
    server: string,
    ours: string,
    next: () => Buffer,
    rest: Partial<Subject> = {},
  ) => subject(name, server, next, { ...rest, floor: `ours: ${ours}` })
  const [sold, free] = [sameRequest('GET', SOLD), sameRequest('GET', FREE)]
  const paid = sameRequest('GET', SOLD, cookie)
  const byKey = sameRequest('GET', SOLD, key)
  const byToken = sameRequest('POST', '/mcp', bearer, MCP_CALL)
  const session = 'warm session → origin'
  const warmKey = 'warm key → origin'
  const toMcp = { shows: /"jsonrpc":"2.0"/ }
  return [
    peer('mppx proxy: 402', 'mppxProxy', '402', sold, FOR_SALE),
    peer('mppx proxy: free route → origin', 'mppxProxy', warmKey, free),
    peer('mpp-proxy: 402', 'mppProxy', '402', sold, FOR_SALE),
    peer('mpp-proxy: paid cookie → origin', 'mppProxy', session, paid),
    peer('mpp-proxy: free path → origin', 'mppProxy', warmKey, free),
    peer('@x402/hono: 402', 'x402', '402', sold, FOR_SALE),
    peer('better-auth: key → origin', 'betterAuth', warmKey, byKey, SLOW),
    peer(
      'workers-oauth-provider: token → /mcp',
      'oauthProvider',
      'warm token → /mcp',
      byToken,
      toMcp,
    ),
  ]
}

/** The peer that is a Node process. */
export async function startFastify({ originPort, credentials }: Ground, pinning: Pinning) {
  let port = 0
  const file = `${FOLDER}/fastify.mjs`
  const command = [process.execPath, file, String(originPort), credentials.keyHash]
  const program = await startProgram(pinning.server(command), (line) => {
    port = Number(line)
    return port > 0
  })
  return { ...program, port }
}
