/** Finds what would make a deployment fail, before anything is changed. */
import { isAddress } from 'viem'
import type { Config } from '../../src/config/config.ts'
import { parseOriginUrl } from '../../src/config/urls.ts'
import { originsIn, type Project, type Settings } from './project.ts'
import { isPlaceholder } from './toml.ts'

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/
/** Hosts of networks that the platform is not in: private addresses, and names without a dot. */
const PRIVATE =
  /^(?:10|127|0|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.[\d.]+$|^\[(?:::|f[cde])|^[^.[]+$|\.(?:local|localhost|lan|internal|test)$/

/**
 * The URL of a service that the platform can reach, in its one spelling; null for any other. A
 * slash at its end stays, because the URL of an MCP server may need it.
 */
export function publicUrlOf(value: string): string | null {
  const url = parseOriginUrl(value)
  if (url === null || PRIVATE.test(new URL(url).hostname)) return null
  return value.endsWith('/') ? `${url}/` : url
}

/** Whether an address can be paid. Capitals and small letters mixed are a checksum (EIP-55). */
export function isPayable(value: string): boolean {
  return isAddress(value) && !isPlaceholder(value)
}

/** The names of each address that is paid: in the gateway's variables, and in the payments'. */
export function recipientVariables({ payments, routes }: Config) {
  const priced = routes.flatMap(({ price }) => price ?? [])
  if (payments === null || priced.length === 0) return []
  const takesEvm = priced.some(
    (price) => price.intent === 'charge' && price.methods.includes('evm'),
  )
  const tempo = { ours: payments.recipientFrom, theirs: 'PAYMENT_RECIPIENT' }
  const { evm } = payments
  return evm === null || !takesEvm
    ? [tempo]
    : [tempo, { ours: evm.recipientFrom, theirs: 'EVM_RECIPIENT' }]
}

/** Complaints about the files: each a sentence that says what is wrong and where it is mended. */
export function fileComplaints(config: Config, project: Project): string[] {
  const gateway = project.settingsOf('gateway')
  const payments = project.settingsOf('payments')
  return [
    ...hostComplaints(config, gateway),
    ...storeComplaints(project),
    ...originComplaints(config, gateway),
    ...paymentComplaints(config, gateway, payments),
    ...mailComplaints(config, gateway),
  ]
}

function hostComplaints({ publicUrl }: Config, settings: Settings): string[] {
  const { hostname: host, protocol } = new URL(publicUrl)
  if (protocol !== 'https:' || LOOPBACK.test(host))
    return [`publicUrl is ${publicUrl}: a deployment needs the https URL that it is called at.`]
  if (isPlaceholder(publicUrl))
    return [`publicUrl is still ${publicUrl}: write your own host in src/gateway.config.ts.`]
  if (host.endsWith('.workers.dev')) {
    const isServed = settings.workers_dev !== false && host.startsWith(`${settings.name}.`)
    return isServed
      ? []
      : [`publicUrl is ${publicUrl}, but the Worker "${settings.name}" is not served there.`]
  }
  const routes = [settings.route ?? [], settings.routes ?? []].flat()
  const patterns = routes.map((route) => (typeof route === 'string' ? route : route.pattern))
  if (patterns.some((pattern) => coversHost(pattern, host))) return []
  const named = patterns.length === 0 ? 'no route' : `only routes for ${patterns.join(', ')}`
  return [
    `publicUrl is ${publicUrl}, but wrangler.toml has ${named}: every request would be 421. ` +
      `Run \`npm run setup -- --host ${host}\`, or write your own host into both.`,
  ]
}

/** Whether a route's pattern leads every path of a host to the Worker. */
function coversHost(pattern: string, host: string): boolean {
  const [name = '', ...path] = pattern.replace(/^https?:\/\//, '').split('/')
  if (path.length > 0 && path.join('/') !== '*') return false
  return name.startsWith('*') ? host.endsWith(name.slice(1)) : name === host
}

function storeComplaints(project: Project): string[] {
  const gateway = project.settingsOf('gateway')
  const databaseOf = (settings: Settings) =>
    settings.d1_databases.find(({ binding }) => binding === 'DB')?.database_id ?? ''
  const database = databaseOf(gateway)
  const sessions = gateway.kv_namespaces.find(({ binding }) => binding === 'SESSIONS')?.id ?? ''
  const complaints: string[] = []
  const unset = (what: string) =>
    complaints.push(`${what} has no id in wrangler.toml yet: \`npm run setup\` makes it.`)
  if (isPlaceholder(database) || database === '') unset('The database (D1)')
  if (isPlaceholder(sessions) || sessions === '') unset('The store of sessions (KV)')
  for (const worker of ['payments', 'heartbeat'] as const) {
    if (databaseOf(project.settingsOf(worker)) !== database)
      complaints.push(`${worker}/wrangler.toml names another database than wrangler.toml.`)
  }
  return complaints
}

function originComplaints(config: Config, { vars, services }: Settings): string[] {
  return originsIn(config).flatMap(({ name, location }) => {
    if ('service' in location) {
      const isBound = services?.some(({ binding }) => binding === location.service)
      return isBound ? [] : [`Origin "${name}": wrangler.toml binds no ${location.service}.`]
    }
    const url = 'url' in location ? location.url : String(vars[location.urlFrom] ?? '')
    const place = 'url' in location ? 'its url' : `${location.urlFrom} in wrangler.toml`
    return urlComplaints(url).map((complaint) => `Origin "${name}": ${place} ${complaint}`)
  })
}

function urlComplaints(url: string): string[] {
  if (url === '') return ['is missing.']
  if (isPlaceholder(url)) return [`is still ${url}: write the URL of your service.`]
  if (publicUrlOf(url) === null)
    return [`is ${url}: it must be an https URL without query that the edge can reach.`]
  return []
}

function paymentComplaints(config: Config, gateway: Settings, payments: Settings): string[] {
  const { payments: settings, routes } = config
  const priced = routes.flatMap(({ price }) => price ?? [])
  if (settings === null || priced.length === 0) return []
  const complaints: string[] = []
  const address = (name: string, what: string) => {
    const value = String(gateway.vars[name] ?? '')
    const isMistyped = /^0x[0-9a-fA-F]{40}$/.test(value) && !isPlaceholder(value)
    const why = isMistyped ? ' (its capitals do not fit as a checksum)' : ''
    if (!isPayable(value))
      complaints.push(`${name} in wrangler.toml is no address${why}: write ${what}.`)
  }
  const byResult = priced.some(({ intent }) => intent === 'session')
  const evm = priced.some((price) => price.intent === 'charge' && price.methods.includes('evm'))
  address(settings.recipientFrom, 'the address that is paid')
  if (byResult && settings.channels !== null)
    address(settings.channels.operatorFrom, 'that of SETTLEMENT_KEY (`npm run setup` makes both)')
  if (evm && settings.evm !== null && settings.evm.recipientFrom !== settings.recipientFrom)
    address(settings.evm.recipientFrom, 'the address that is paid by "evm"')
  for (const { ours, theirs } of recipientVariables(config)) {
    const [here, there] = [String(gateway.vars[ours] ?? ''), String(payments.vars[theirs] ?? '')]
    if (isPayable(here) && here.toLowerCase() !== there.toLowerCase())
      complaints.push(
        `${theirs} in payments/wrangler.toml is not ${here}, which is paid, so that what comes in ` +
          'would be compared with the ledger for another address: `npm run setup` writes it.',
      )
  }
  const url = (name: string) => {
    for (const complaint of urlComplaints(String(payments.vars[name] ?? '')))
      complaints.push(`${name} in payments/wrangler.toml ${complaint}`)
  }
  url('RPC_URL')
  if (evm) for (const name of ['EVM_RPC_URL', 'FACILITATOR_URL']) url(name)
  return complaints
}

function mailComplaints({ signIn, mail, publicUrl }: Config, settings: Settings): string[] {
  if (signIn === null || mail === null) return []
  const { hostname } = new URL(publicUrl)
  const complaints: string[] = []
  if (
    mail.from.endsWith('@xquik.com') &&
    hostname !== 'xquik.com' &&
    !hostname.endsWith('.xquik.com')
  )
    complaints.push(`mail.from is still ${mail.from}: write an address of your own domain.`)
  const isBound = settings.send_email.some(({ name }) => name === mail.binding)
  if (!isBound)
    complaints.push(
      `Nobody could sign in: wrangler.toml has no [[send_email]] with the name ${mail.binding}. ` +
        'Run `npm run setup -- --mail sign-in@YOUR-DOMAIN` (docs/sign-in.md says what the domain ' +
        'needs), or take signIn and mail out of the config.',
    )
  return complaints
}
