/** `npm run dev`: a real gateway, a demo origin and a demo account, in one command and offline. */
import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type GatewaySecrets, makeSecrets } from '../cli/secrets.ts'
import { chainArguments, chainProgram, isChainUp } from './chain.ts'
import { startEscrowLine } from './escrow/line.ts'
import {
  CHAIN_ID,
  CURRENCY,
  OPERATOR,
  PAYER_PRIVATE_KEY,
  paymentsVars,
  RECIPIENT,
} from './money.ts'
import { freePort, isFree } from './ports.ts'
import { type DemoAccount, makeAccount, seed } from './seed.ts'
import { createServices, endLeftovers } from './services.ts'

const root = new URL('..', import.meta.url)
const pathOf = (name: string) => fileURLToPath(new URL(name, root))
/** Where all that a start leaves behind is; tests have their own. */
const devFolder = resolve(fileURLToPath(root), process.env.DEV_FOLDER ?? '.dev')
const devPath = (name: string) => join(devFolder, name)

/** What survives from one start to the next. */
interface Kept {
  secrets: GatewaySecrets
  demo: DemoAccount
  other: DemoAccount
}

/** What the gateway reaches. */
interface Places {
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
    stop(`Port ${port} is taken. Stop what listens there, or choose another: PORT=8080 npm run dev`)
  }
  const kept = await keep()
  await seed(devPath('state'), [kept.demo, kept.other])
  const services = createServices(devPath('groups'), fileURLToPath(root))
  // The demo origin has a port of its own, so that it can be called and looked at directly.
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
  const places = { originUrl, mcpUrl, mailboxUrl }
  writeVars(kept.secrets, places)
  writePayments(rpcUrl ?? 'http://127.0.0.1:1')
  const wrangler = services.start(process.execPath, [...WRANGLER, '--port', String(port)], QUIET)
  await answering(`${gatewayUrl}/health`, wrangler)
  if (demoIsUsed) await answering(`${demoUrl}/__requests`, wrangler)
  await answering(mailboxUrl, wrangler)
  writeFacts(kept, places, rpcUrl)
  printBanner(kept, places, rpcUrl)
}

function stop(message: string): never {
  console.error(`\n${message}\n`)
  process.exit(1)
}

/** Secrets, accounts and keys of the first start, made now if this is it. */
async function keep(): Promise<Kept> {
  const file = devPath('kept.json')
  const secrets = await makeSecrets()
  if (existsSync(file)) {
    const kept: Kept = JSON.parse(readFileSync(file, 'utf8'))
    // A secret that is newer than the first start comes with this one.
    return { ...kept, secrets: { ...secrets, ...kept.secrets } }
  }
  const kept: Kept = {
    secrets,
    demo: await makeAccount('acc_demo', 'demo@example.com', secrets.KEY_TAG_SECRET),
    other: await makeAccount('acc_other', 'other@example.com', secrets.KEY_TAG_SECRET),
  }
  writeFileSync(file, JSON.stringify(kept, null, 2), { mode: 0o600 })
  return kept
}

/** The URL of the line to the local chain, or null: it was not asked for, or there is none for this machine. */
async function startChain(services: ReturnType<typeof createServices>): Promise<string | null> {
  if (process.env.NO_CHAIN) return null
  if (process.env.RPC_URL) return process.env.RPC_URL
  const program = chainProgram()
  if (program === null) {
    console.log(
      '  There is no local chain for this machine: payments cannot be tried, all else can.',
    )
    return null
  }
  const rpcPort = await freePort(port + 2)
  const chainPort = await freePort(rpcPort + 1)
  const chainUrl = `http://127.0.0.1:${chainPort}`
  const chain = services.start(program, chainArguments(chainPort, devPath('chain.json')))
  await untilUp(() => isChainUp(chainUrl), chainUrl, chain)
  return (await startEscrowLine(chainUrl, rpcPort)).url
}

/** In a file rather than on the command line, where every process of the machine could read it. */
function writeVars(secrets: GatewaySecrets, { originUrl, mcpUrl, mailboxUrl }: Places): void {
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

/** The payments Worker's own settings, with the local chain in them: wrangler gives variables to its first Worker only. */
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

/** A URL with a path stands for `/api/v1` of the gateway; one without keeps it. ORIGIN_BASE_PATH decides otherwise. */
function basePathMode(originUrl: string): string {
  const { ORIGIN_BASE_PATH } = process.env
  if (ORIGIN_BASE_PATH === 'keep' || ORIGIN_BASE_PATH === 'strip') return ORIGIN_BASE_PATH
  if (!URL.canParse(originUrl)) stop(`ORIGIN_URL must be a URL, not "${originUrl}".`)
  return new URL(originUrl).pathname === '/' ? 'keep' : 'strip'
}

/** Flags and settings under which wrangler starts without asking or telling anyone anything, not even how crons are tried. */
const WRANGLER = [
  pathOf('node_modules/wrangler/bin/wrangler.js'),
  'dev',
  'dev/gateway.ts',
  '--config',
  'wrangler.toml',
  '--config',
  devPath('payments.toml'),
  '--ip',
  'localhost',
  '--persist-to',
  devPath('state'),
  '--env-file',
  devPath('vars'),
  '--log-level',
  'error',
  '--show-interactive-dev-session=false',
  '--test-scheduled', // nothing is printed about the cron; GET /__scheduled runs it
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

function answering(url: string, process: ChildProcess): Promise<void> {
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
  stop(`${url} does not answer; what is wrong stands above.`)
}

/** What the banner says, for programs. */
function writeFacts(
  { demo, other }: Kept,
  { originUrl, mailboxUrl }: Places,
  rpcUrl: string | null,
): void {
  const chain = {
    rpcUrl,
    chainId: CHAIN_ID,
    recipient: RECIPIENT,
    payerPrivateKey: PAYER_PRIVATE_KEY,
  }
  const facts = {
    gateway: gatewayUrl,
    origin: originUrl,
    mcp: `${gatewayUrl}/mcp`,
    mailbox: mailboxUrl,
    ...demo,
    other,
    currency: CURRENCY,
    ...(rpcUrl === null ? {} : chain),
  }
  writeFileSync(devPath('dev.json'), `${JSON.stringify(facts, null, 2)}\n`, { mode: 0o600 })
}

function printBanner(
  { demo }: Kept,
  { originUrl, mailboxUrl }: Places,
  rpcUrl: string | null,
): void {
  const pays = `MPPX_PRIVATE_KEY=${PAYER_PRIVATE_KEY} npx mppx ${gatewayUrl}/api/v1/x/tweets/1234567890 -r ${rpcUrl}`
  // mppx keeps its channels at home: those of a chain that comes and goes are better kept with the chain.
  const mppx = `HOME='${devPath('wallet')}' MPPX_PRIVATE_KEY=${PAYER_PRIVATE_KEY} npx mppx`
  const paysByResult = `${mppx} '${gatewayUrl}/api/v1/x/tweets/search?q=tea&limit=3' -r ${rpcUrl}`
  console.log(`
  Turnpike        ${gatewayUrl}
  origin          ${originUrl}${process.env.ORIGIN_URL ? '' : '  (the demo origin; /__requests shows what reached it)'}
  sign in         ${gatewayUrl}/sign-in  (any address; all mail goes to ${mailboxUrl})
  demo account    ${demo.email} (${demo.accountId})
  all of this     .dev/dev.json

  A call with the demo key:
    curl ${gatewayUrl}/api/v1/x/tweets/1234567890 -H 'x-api-key: ${demo.apiKey}'

  What the origin sees of it:
    curl ${gatewayUrl}/api/v1/x/echo -H 'x-api-key: ${demo.apiKey}'

  The tools behind /mcp, as an MCP client lists them:
    npx mcp-remote-client ${gatewayUrl}/mcp --header 'x-api-key: ${demo.apiKey}'

  A new key, as the dashboard would make it:
    curl ${gatewayUrl}/api/v1/api-keys -H 'cookie: session_token=${demo.sessionToken}' -d '{"name":"Mine"}'

${
  rpcUrl === null
    ? ''
    : `  A call that is paid for, without any account:
    ${pays}

  One that is paid for by the result, out of a deposit:
    ${paysByResult}

  What is left of the deposit back, with the channel's name from above:
    ${mppx} sessions close CHANNEL -r ${rpcUrl}

`
}  Ctrl-C stops it; the next start keeps the data. PORT, ORIGIN_URL, MCP_ORIGIN_URL and RATE_LIMITS=off change it.
`)
}

await main()
