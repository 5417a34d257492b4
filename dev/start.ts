/**
 * `npm run dev`: starts a real gateway, a demo origin, a demo account and a local chain, all
 * offline.
 */
import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type GatewaySecrets, makeSecrets } from '../cli/secrets.ts'
import { printBanner, type Running, writeFacts } from './banner.ts'
import { chainArguments, chainProgram, isChainUp } from './chain.ts'
import { startEscrowProxy } from './escrow/proxy.ts'
import { OPERATOR, paymentsVars, RECIPIENT } from './money.ts'
import { freePort, isFree } from './ports.ts'
import { type DemoAccount, makeAccount, seed } from './seed.ts'
import { createServices, endLeftovers } from './services.ts'

const root = new URL('..', import.meta.url)
const pathOf = (name: string) => fileURLToPath(new URL(name, root))
/** The folder of everything that a start leaves behind. Tests have folders of their own. */
const devFolder = resolve(fileURLToPath(root), process.env.DEV_FOLDER ?? '.dev')
const devPath = (name: string) => join(devFolder, name)

/** The state that the first start makes and every later start uses again. */
interface KeptState {
  secrets: GatewaySecrets
  demo: DemoAccount
  other: DemoAccount
}

/** The URLs that the gateway calls. */
interface Upstreams {
  originUrl: string
  mcpUrl: string
  mailboxUrl: string
}

const port = Number(process.env.PORT ?? 8787)
if (!Number.isInteger(port) || port < 1 || port > 65_535)
  stop(`PORT must be a port number, not "${process.env.PORT}".`)
const gatewayUrl = `http://localhost:${port}`

async function main(): Promise<void> {
  mkdirSync(devFolder, { recursive: true })
  await endLeftovers(devPath('groups'), fileURLToPath(root))
  if (!(await isFree(port))) {
    stop(`Port ${port} is taken. Free it, or choose another port: PORT=8080 npm run dev`)
  }
  const kept = await keptState()
  await seed(devPath('state'), [kept.demo, kept.other])
  const services = createServices(devPath('groups'), fileURLToPath(root))
  // The demo origin has a port of its own, so that people can call it directly.
  const originPort = await freePort(port + 1)
  const demoUrl = `http://127.0.0.1:${originPort}`
  const { ORIGIN_URL: originUrl = demoUrl, MCP_ORIGIN_URL: mcpUrl = `${demoUrl}/mcp` } = process.env
  if (!URL.canParse(mcpUrl)) stop(`MCP_ORIGIN_URL must be a URL, not "${mcpUrl}".`)
  const demoIsUsed = !process.env.ORIGIN_URL || !process.env.MCP_ORIGIN_URL
  if (demoIsUsed)
    services.start(process.execPath, [pathOf('dev/origin.ts'), String(originPort), gatewayUrl])
  const mailboxPort = await freePort(port + 5)
  const mailboxUrl = `http://127.0.0.1:${mailboxPort}/`
  services.start(process.execPath, [pathOf('dev/mailbox.ts'), String(mailboxPort)])
  const rpcUrl = await startChain(services)
  writeVars(kept.secrets, { originUrl, mcpUrl, mailboxUrl })
  writePayments(rpcUrl ?? 'http://127.0.0.1:1')
  const wrangler = services.start(process.execPath, [...WRANGLER, '--port', String(port)], QUIET)
  await untilAnswering(`${gatewayUrl}/health`, wrangler)
  if (demoIsUsed) await untilAnswering(`${demoUrl}/__requests`, wrangler)
  await untilAnswering(mailboxUrl, wrangler)
  const { demo, other } = kept
  const running: Running = { gatewayUrl, originUrl, mailboxUrl, rpcUrl, demo, other }
  const factsFile = devPath('dev.json')
  writeFacts(factsFile, running)
  printBanner(running, factsFile, devPath('wallet'))
}

function stop(message: string): never {
  console.error(`\n${message}\n`)
  process.exit(1)
}

/**
 * The secrets, accounts and keys of the first start. If this is the first start, they are made now.
 */
async function keptState(): Promise<KeptState> {
  const file = devPath('kept.json')
  const secrets = await makeSecrets()
  if (existsSync(file)) {
    const kept: KeptState = JSON.parse(readFileSync(file, 'utf8'))
    // A secret that the code did not have at the first start is taken from this start.
    return { ...kept, secrets: { ...secrets, ...kept.secrets } }
  }
  const kept: KeptState = {
    secrets,
    demo: await makeAccount('acc_demo', 'demo@example.com', secrets.KEY_TAG_SECRET),
    other: await makeAccount('acc_other', 'other@example.com', secrets.KEY_TAG_SECRET),
  }
  writeFileSync(file, JSON.stringify(kept, null, 2), { mode: 0o600 })
  return kept
}

/**
 * Starts the local chain and returns the URL of the proxy before it, or `RPC_URL` if that is set.
 * Null with NO_CHAIN, and on a machine for which there is no local chain.
 */
async function startChain(services: ReturnType<typeof createServices>): Promise<string | null> {
  if (process.env.NO_CHAIN) return null
  if (process.env.RPC_URL) return process.env.RPC_URL
  const program = chainProgram()
  if (program === null) {
    console.log('  There is no local chain for this machine: everything works except payments.')
    return null
  }
  const rpcPort = await freePort(port + 2)
  const chainPort = await freePort(rpcPort + 1)
  const chainUrl = `http://127.0.0.1:${chainPort}`
  const chain = services.start(program, chainArguments(chainPort, devPath('chain.json')))
  await untilUp(() => isChainUp(chainUrl), chainUrl, chain)
  return (await startEscrowProxy(chainUrl, rpcPort)).url
}

/** Writes the gateway's variables to a file, because every process can read a command line. */
function writeVars(secrets: GatewaySecrets, { originUrl, mcpUrl, mailboxUrl }: Upstreams): void {
  const vars = {
    ...secrets,
    ORIGIN_URL: originUrl,
    MCP_ORIGIN_URL: mcpUrl,
    ORIGIN_BASE_PATH: basePathMode(originUrl),
    DEV_URL: gatewayUrl,
    MAILBOX_URL: mailboxUrl,
    PAYMENT_RECIPIENT: RECIPIENT,
    PAYMENT_OPERATOR: OPERATOR,
    RATE_LIMITS: process.env.RATE_LIMITS ?? 'on',
  }
  const lines = Object.entries(vars).map(([name, value]) => `${name}='${value}'`)
  writeFileSync(devPath('vars'), `${lines.join('\n')}\n`, { mode: 0o600 })
}

/**
 * Writes a copy of the payments Worker's settings with the local chain in it, because wrangler
 * gives the variables of its command line to the first Worker only.
 */
function writePayments(rpcUrl: string): void {
  const settings = readFileSync(pathOf('payments/wrangler.toml'), 'utf8')
    .replace('main = "index.ts"', `main = "${pathOf('payments/index.ts')}"`)
    .replace('"./absent.ts"', `"${pathOf('payments/absent.ts')}"`)
    .replace(
      /^RPC_URL = .*$/m,
      `RPC_URL = "${rpcUrl}"\nSETTLEMENT_KEY = "${paymentsVars(rpcUrl).SETTLEMENT_KEY}"`,
    )
  writeFileSync(devPath('payments.toml'), settings)
}

/**
 * Whether the base path stays on forwarded paths: ORIGIN_BASE_PATH if it is set; else "strip" for
 * an origin URL with a path, because that path stands for `/api/v1`, and "keep" for a URL without
 * one.
 */
function basePathMode(originUrl: string): string {
  const { ORIGIN_BASE_PATH } = process.env
  if (ORIGIN_BASE_PATH === 'keep' || ORIGIN_BASE_PATH === 'strip') return ORIGIN_BASE_PATH
  if (!URL.canParse(originUrl)) stop(`ORIGIN_URL must be a URL, not "${originUrl}".`)
  return new URL(originUrl).pathname === '/' ? 'keep' : 'strip'
}

/**
 * The command line and environment with which wrangler asks nothing, reports nothing and prints
 * only errors.
 */
const WRANGLER = [
  pathOf('node_modules/wrangler/bin/wrangler.js'),
  'dev',
  'dev/gateway.ts',
  '--config',
  'wrangler.toml',
  '--config',
  devPath('payments.toml'),
  '--config',
  'heartbeat/wrangler.toml',
  '--ip',
  'localhost',
  '--persist-to',
  devPath('state'),
  '--env-file',
  devPath('vars'),
  '--log-level',
  'error',
  '--show-interactive-dev-session=false',
  '--test-scheduled', // prints no hint about the cron; GET /__scheduled runs the cron
]
const QUIET = {
  CI: '1',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  WRANGLER_NO_SKILLS_UPDATE_PROMPTS: 'true',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  DO_NOT_TRACK: '1',
}

function untilAnswering(url: string, process: ChildProcess): Promise<void> {
  const answers = () =>
    fetch(url).then(
      (response) => response.ok,
      () => false,
    )
  return untilUp(answers, url, process)
}

async function untilUp(
  isUp: () => Promise<boolean>,
  url: string,
  process: ChildProcess,
): Promise<void> {
  for (let tries = 0; tries < 600 && process.exitCode === null; tries++) {
    if (await isUp()) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  stop(`${url} does not answer; the reason is printed above.`)
}

await main()
