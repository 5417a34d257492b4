/** The commands that the banner prints: made from the table that runs, so that each one works. */
import { type Config, findRoute, type Route } from '../src/config/config.ts'
import type { CredentialKind } from '../src/config/file.ts'
import type { Facts } from './facts.ts'
import { PAYER_PRIVATE_KEY } from './money.ts'

/** A command to paste, and the sentence above it. */
export interface Command {
  says: string
  command: string
}

/** Paths below the base path that the demo origin knows, by what they show. */
const DEMO = {
  call: '/x/tweets/1234567890',
  echo: '/x/echo',
  results: '/x/tweets/search?q=tea&limit=3',
}

/** A request that a route answers. */
interface Example {
  route: Route
  method: string
  path: string
}

/**
 * The commands for a table. The example client keeps its channels in `walletFolder`. `hasDemo` says
 * whether the demo origin answers, whose paths are known.
 */
export function commandsOf(
  config: Config,
  facts: Facts,
  { walletFolder, hasDemo }: { walletFolder: string; hasDemo: boolean },
): Command[] {
  const { gateway, apiKey, sessionToken, rpcUrl } = facts
  const withKey = `-H '${config.apiKeys.headers[0]}: ${apiKey}'`
  const curl = ({ method, path }: Example, more: string) =>
    `curl ${method === 'GET' ? '' : `-X ${method} `}${gateway}${path} ${more}`.trim()
  const commands: Command[] = []
  const add = (says: string, example: Example | null, command: (example: Example) => string) => {
    if (example !== null) commands.push({ says, command: command(example) })
  }
  const demo = (path: string, kind: CredentialKind) =>
    hasDemo ? demoExample(config, path, kind) : null
  const called = demo(DEMO.call, 'api_key') ?? exampleWith(config, 'api_key')
  add('A call with the demo key:', called, (example) => curl(example, withKey))
  if (called === null)
    add('A call without a credential:', exampleWith(config, 'anonymous'), (example) =>
      curl(example, ''),
    )
  if (called === null)
    add('A call with the demo session:', exampleWith(config, 'session'), (example) =>
      curl(example, `-H 'cookie: ${config.sessions.cookie}=${sessionToken}'`),
    )
  add('What the origin receives of a call:', demo(DEMO.echo, 'api_key'), (example) =>
    curl(example, withKey),
  )
  const creation = keyCreation(config)
  add(
    'A new key, as the dashboard creates it:',
    creation === undefined ? null : exampleOf(creation),
    ({ path }) =>
      `curl ${gateway}${path} -H 'cookie: ${config.sessions.cookie}=${sessionToken}' -d '{"name":"Mine"}'`,
  )
  const mcp = config.routes.find(
    ({ protocol, auth }) => protocol === 'mcp' && auth.includes('api_key'),
  )
  add(
    'The tools behind MCP, as an MCP client lists them (in a terminal):',
    mcp ? exampleOf(mcp) : null,
    (one) => {
      return `npx mcp-remote-client ${gateway}${one.path} --header 'x-api-key: ${apiKey}'`
    },
  )
  add('The same list without a client:', mcp ? exampleOf(mcp) : null, ({ path }) => {
    const accept = "-H 'accept: application/json, text/event-stream'"
    const list = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}'
    return `curl ${gateway}${path} ${withKey} -H 'content-type: application/json' ${accept} -d '${list}'`
  })
  if (rpcUrl === undefined) return commands
  const mppx = `MPPX_PRIVATE_KEY=${PAYER_PRIVATE_KEY} npx mppx`
  // mppx keeps its channels below HOME. The channels of the local chain are kept with the chain,
  // because they are worth nothing when the chain is gone.
  const channelMppx = `HOME='${walletFolder}' ${mppx}`
  const paid = ({ method, path }: Example) =>
    `'${gateway}${path}'${method === 'GET' ? '' : ` -X ${method}`} -r ${rpcUrl}`
  const byCall = priced(config, 'charge', demo(DEMO.call, 'payment'))
  add('A paid call, without an account:', byCall, (example) => `${mppx} ${paid(example)}`)
  const byResult = priced(config, 'session', demo(DEMO.results, 'payment'))
  add('A call that is paid by the result, from a deposit:', byResult, (example) => {
    return `${channelMppx} ${paid(example)}`
  })
  add(
    'The rest of the deposit back, with the id of the channel that the call above prints:',
    byResult,
    () => `${channelMppx} sessions close CHANNEL -r ${rpcUrl}`,
  )
  return commands
}

/** The route by which people make keys, or undefined. */
export function keyCreation({ routes }: Config): Route | undefined {
  return routes.find(({ target }) => 'endpoint' in target && target.endpoint === 'apiKeys.create')
}

/** Sentences about what nobody can do with this table, though a route needs it. */
export function hintsOf(config: Config): string[] {
  const takes = (kind: CredentialKind) => config.routes.some(({ auth }) => auth.includes(kind))
  const canImport = config.apiKeys.acceptUntagged || config.apiKeys.imported.length > 0
  const hints: string[] = []
  if (takes('api_key') && !canImport) {
    if (keyCreation(config) === undefined)
      hints.push(
        'This table has no way to make a key: it needs the route ' +
          "{ route: 'POST /api-keys', auth: ['session'], endpoint: 'apiKeys.create' }.",
      )
    else if (config.signIn === null)
      hints.push(
        'Nobody can sign in to make a key: the config needs `signIn` and `mail`. ' +
          'The demo key and the demo session exist only here.',
      )
  }
  const needsPeople = takes('session') ? 'sessions' : takes('oauth') ? 'tokens' : null
  if (needsPeople !== null && config.signIn === null && hints.length === 0)
    hints.push(
      `Nobody can sign in, though a route takes ${needsPeople}: the config needs \`signIn\` and ` +
        '`mail`. The demo session exists only here.',
    )
  return [...hints, ...uselessSettings(config), ...doubledBase(config)]
}

/** The settings that mean nothing beside another one. The gateway works with them as written. */
function uselessSettings({ sessions, oauth, payments }: Config): string[] {
  const sponsor = payments?.sponsor ?? null
  return [
    sessions.idleMs > sessions.absoluteMs
      ? '`sessions.idle` is longer than `absolute`, which ends every session before it.'
      : [],
    oauth !== null && oauth.refreshMs < oauth.accessMs
      ? '`oauth.refresh` is shorter than `access`: a token cannot be refreshed once it has ended.'
      : [],
    sponsor !== null && sponsor.perPayment > sponsor.perDay
      ? '`payments.sponsor.perPayment` is more than `perDay`, which is the limit of a payment too.'
      : [],
  ].flat()
}

/** The routes that name the base path, which the gateway puts before every route by itself. */
function doubledBase({ basePath, routes }: Config): string[] {
  if (basePath === '') return []
  return routes
    .filter(({ segments }) => `/${segments.join('/')}/`.startsWith(`${basePath}${basePath}/`))
    .map(({ id }) => {
      const meant = id.replace(` ${basePath}`, ' ').replace(/ $/, ' /')
      return (
        `The route "${id}" answers below ${basePath}${basePath}: the base path stands before ` +
        `every route. Write "${meant}", or say \`root: true\` to leave the base path out.`
      )
    })
}

/** An example of a path of the demo origin, if the table proxies that path for this credential. */
function demoExample(config: Config, path: string, kind: CredentialKind): Example | null {
  if (config.basePath !== '/api/v1' && config.basePath !== '') return null
  const full = config.basePath + path
  const route = findRoute(config, 'GET', full.split('?')[0] ?? '')
  if (route === undefined || !route.auth.includes(kind) || !('origin' in route.target)) return null
  return { route, method: 'GET', path: full }
}

/** An example of the first route that takes a credential, preferably one that is only read. */
function exampleWith(config: Config, kind: CredentialKind): Example | null {
  const routes = config.routes.filter(
    ({ auth, target, protocol }) =>
      auth.includes(kind) && 'origin' in target && protocol === 'http',
  )
  const route = routes.find(({ methods }) => methods.includes('GET')) ?? routes[0]
  return route === undefined ? null : exampleOf(route)
}

function priced(
  config: Config,
  intent: 'charge' | 'session',
  demo: Example | null,
): Example | null {
  if (demo?.route.price?.intent === intent) return demo
  const route = config.routes.find(({ price }) => price?.intent === intent && pays(price, intent))
  return route === undefined ? null : exampleOf(route)
}

/** Whether the local chain can pay a price. */
function pays(price: NonNullable<Route['price']>, intent: 'charge' | 'session'): boolean {
  return intent === 'session' || ('methods' in price && price.methods.includes('tempo'))
}

/** A request that a route answers: each parameter is "1". */
function exampleOf(route: Route): Example {
  const { methods, segments } = route
  const path = segments
    .filter((segment) => segment !== '*')
    .map((segment) => `/${segment.startsWith(':') ? '1' : segment}`)
  const method = methods.includes('GET') ? 'GET' : (methods[0] ?? 'GET')
  return { route, method, path: path.join('') || '/' }
}
