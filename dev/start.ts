/**
 * `npm run dev`: starts a real gateway, a demo origin, a demo account and a local chain, all
 * offline, and keeps the gateway up to date with the config.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { copyAssets } from '../cli/build/assets.ts'
import { type GatewaySecrets, makeSecrets } from '../cli/secrets.ts'
import type { Config } from '../src/config/config.ts'
import { ownerLink } from '../src/config/ownerLink.ts'
import { bannerOf } from './banner.ts'
import { chainArguments, chainProgram, isChainUp } from './chain.ts'
import { startEscrowProxy } from './escrow/proxy.ts'
import { type Facts, factsOf, type Running, writeFacts } from './facts.ts'
import { makeFolder, writeWhole } from './files.ts'
import { takeLock } from './lock.ts'
import { paymentsVars } from './money.ts'
import { DEMO_EMAIL } from './owner.ts'
import { askedPort, freePort, isFree } from './ports.ts'
import { type DemoAccount, makeAccount, seed, withPrefix } from './seed.ts'
import { createServices, endLeftovers } from './services.ts'
import { type Built, readIfThere, type TableWatch, watchTable } from './table.ts'
import { missing, originUrlOf, type Sources, urlComplaints, variablesFor } from './variables.ts'
import { QUIET, untilAnswering, untilUp, wranglerArguments } from './wrangler.ts'

const root = new URL('..', import.meta.url)
const pathOf = (name: string) => fileURLToPath(new URL(name, root))
/** The folder of everything that a start leaves behind. Tests have folders of their own. */
const devFolder = resolve(fileURLToPath(root), process.env.DEV_FOLDER || '.dev')
const devPath = (name: string) => join(devFolder, name)

/** The state that the first start makes and every later start uses again. */
interface KeptState {
  secrets: GatewaySecrets
  demo: DemoAccount
  other: DemoAccount
}

const asked = askedPort(process.argv.slice(2), process.env)
const port = typeof asked === 'number' ? asked : stop(asked)
const gatewayUrl = `http://localhost:${port}`

/** Tells what a start is doing, because it takes seconds. */
const step = (what: string) => console.log(`  … ${what}`)

async function main(): Promise<void> {
  process.umask(0o077) // secrets are in this folder, and in what wrangler makes of them
  const trouble = makeFolder(devFolder)
  if (trouble !== null) stop(`The folder of DEV_FOLDER cannot be made (${trouble}).`)
  const runsAt = takeLock(devPath('lock'), gatewayUrl)
  if (runsAt !== null)
    stop(
      `Turnpike runs here already (${runsAt}). Stop it with Ctrl-C, or give this start a folder and\n` +
        'a port of its own: DEV_FOLDER=.dev-2 PORT=8080 npm run dev',
    )
  await endLeftovers(devPath('groups'), fileURLToPath(root))
  if (!(await isFree(port))) {
    stop(`Port ${port} is taken. Free it, or choose another port: PORT=8080 npm run dev`)
  }
  const kept = await keptState()
  // The demo origin has a port of its own, so that people can call it directly.
  const originPort = await freePort(port + 1)
  const demoUrl = `http://127.0.0.1:${originPort}`
  const demo = { ORIGIN_URL: demoUrl, MCP_ORIGIN_URL: `${demoUrl}/mcp` }
  const mailboxPort = await freePort(port + 5)
  const mailboxUrl = `http://127.0.0.1:${mailboxPort}/`
  const own = { ...kept.secrets, ...devVariables(mailboxUrl) }
  const variables = (config: Config) => ({ ...own, ...variablesFor(config, sources(), demo) })

  await copyAssets()
  step('the table of routes')
  const pending: { onTable: TableWatch['onTable'] } = { onTable: () => undefined }
  const first = await watchTable({
    outFile: devPath('gateway.js'),
    watched: [pathOf('.dev.vars'), pathOf('wrangler.toml')],
    variables,
    onTable: (built) => pending.onTable(built),
    onMistake: (complaint) => console.error(`\n${complaint}\n\n  ${STILL_RUNS}\n`),
    onMended: () => console.log('\n  The config is right again: its table runs.\n'),
  })
  if (typeof first === 'string') stop(`${first}\n\n  ${NOTHING_RUNS}`)
  step('the database and the demo account')
  const seeded = new Set<string>()
  const owner = await ownerLink(gatewayUrl, kept.demo.email, Date.now())
  const accounts = async ({ apiKeys: { prefix } }: Config) => {
    const demo = withPrefix(kept.demo, prefix)
    const other = withPrefix(kept.other, prefix)
    if (!seeded.has(prefix)) await seed(devPath('state'), [demo, other], owner.sql)
    seeded.add(prefix)
    return { demo, other }
  }
  await accounts(first.config)
  const services = createServices(devPath('groups'), fileURLToPath(root))
  const demoIsUsed = !process.env.ORIGIN_URL || !process.env.MCP_ORIGIN_URL
  if (demoIsUsed)
    services.start(process.execPath, [pathOf('dev/origin.ts'), String(originPort), gatewayUrl])
  services.start(process.execPath, [pathOf('dev/mailbox.ts'), String(mailboxPort)])
  step('the local chain')
  const rpcUrl = await startChain(services)
  writePayments(rpcUrl ?? 'http://127.0.0.1:1')
  step('the gateway')
  const args = wranglerArguments(devPath('gateway.js'), devPath('payments.toml'), devPath('state'))
  const wrangler = services.start(process.execPath, [...args, '--port', String(port)], QUIET)
  const isRunning = (id: string) => () =>
    fetch(`${gatewayUrl}/__dev`).then(
      async (answer) => ((await answer.json()) as { id: string }).id === id,
      () => false,
    )
  await untilUp(isRunning(first.id), `the gateway at ${gatewayUrl}`, wrangler)
  await untilAnswering(`${gatewayUrl}/health`, wrangler)
  if (demoIsUsed) await untilAnswering(`${demoUrl}/__requests`, wrangler)
  await untilAnswering(mailboxUrl, wrangler)

  let said = ''
  const tell = async ({ config }: Built) => {
    const values = variables(config)
    const known = originUrlOf(config, values)
    const originUrl = known ?? demoUrl
    const running: Running = {
      gatewayUrl,
      originUrl,
      mailboxUrl,
      rpcUrl,
      ownerUrl: owner.url,
      ...(await accounts(config)),
    }
    const facts: Facts = factsOf(running, config)
    writeFacts(devPath('dev.json'), facts)
    const banner = bannerOf(config, facts, {
      origin: known === undefined ? 'none yet (below)' : known + originNote(known === demoUrl),
      hasDemo: known === demoUrl,
      factsFile: devPath('dev.json'),
      walletFolder: devPath('wallet'),
      missing: missing(config, values, sources().wranglerToml),
    })
    if (banner !== said) console.log(banner)
    said = banner
  }
  let changes = tell(first)
  pending.onTable = (built) => {
    changes = changes.then(async () => {
      await accounts(built.config)
      await untilUp(isRunning(built.id), 'the gateway with the new table', wrangler)
      const { length } = built.config.routes
      console.log(`\n  The new table runs, with ${length} ${length === 1 ? 'route' : 'routes'}.`)
      await tell(built)
    })
  }
  await changes
}

const NOTHING_RUNS = 'Nothing runs yet. When this is right, start again: npm run dev'
const STILL_RUNS = 'The last good table still runs. Save the file again when it is right.'

/** The files and variables in which a person gives values, as they are now. */
const sources = (): Sources => ({
  environment: process.env,
  devVars: readIfThere(pathOf('.dev.vars')),
  wranglerToml: readIfThere(pathOf('wrangler.toml')),
})

/** The variables that only the gateway of `npm run dev` reads. */
function devVariables(mailboxUrl: string): Record<string, string> {
  const { ORIGIN_URL, ORIGIN_BASE_PATH, RATE_LIMITS = 'on' } = process.env
  if (ORIGIN_BASE_PATH && ORIGIN_BASE_PATH !== 'keep' && ORIGIN_BASE_PATH !== 'strip')
    stop(`ORIGIN_BASE_PATH must be "keep" or "strip", not "${ORIGIN_BASE_PATH}".`)
  for (const name of ['ORIGIN_URL', 'MCP_ORIGIN_URL'])
    for (const complaint of urlComplaints(name, process.env[name] ?? '')) stop(complaint)
  // A path in the URL that was set for this start stands for the base path.
  const isBase = ORIGIN_URL && new URL(ORIGIN_URL).pathname !== '/'
  const basePath = ORIGIN_BASE_PATH || (isBase ? 'strip' : undefined)
  return {
    DEV_URL: gatewayUrl,
    MAILBOX_URL: mailboxUrl,
    RATE_LIMITS,
    ...(basePath === undefined ? {} : { ORIGIN_BASE_PATH: basePath }),
  }
}

/** Says what the path of ORIGIN_URL means here, because a deployment goes by the config alone. */
function originNote(isDemo: boolean): string {
  if (isDemo) return '  (the demo origin; /__requests shows what reached it)'
  const { ORIGIN_URL, ORIGIN_BASE_PATH } = process.env
  if (!ORIGIN_URL || ORIGIN_BASE_PATH || new URL(ORIGIN_URL).pathname === '/') return ''
  return "  (its path stands for the base path; a deployment needs basePath: 'strip' for that)"
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
    demo: await makeAccount('acc_demo', DEMO_EMAIL, secrets.KEY_TAG_SECRET),
    other: await makeAccount('acc_other', 'other@example.com', secrets.KEY_TAG_SECRET),
  }
  writeWhole(file, JSON.stringify(kept, null, 2), 0o600)
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
  const stateFile = devPath('chain.json')
  const chain = services.start(program, chainArguments(chainPort, stateFile))
  await untilUp(() => isChainUp(chainUrl), chainUrl, chain)
  return (await startEscrowProxy(chainUrl, { port: rpcPort, stateFile })).url
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
  writeWhole(devPath('payments.toml'), settings)
}

await main()
