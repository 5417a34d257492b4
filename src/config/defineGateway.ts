/**
 * Checks and parses a config file: first its form, by the schema, then all other rules.
 * See docs/decisions/0001.
 */
import { namedLimits } from '../limits/limit.ts'
import { describeIssue } from './complaints.ts'
import type { Config, MethodLimits, Origin, Route } from './config.ts'
import { endpointComplaints } from './endpointRoutes.ts'
import type { ConfigFile } from './file.ts'
import { keyHeaderComplaints } from './keyForms.ts'
import { oauthOf, resourceComplaints, resourceOf, tokenComplaints } from './oauth.ts'
import { bySpecificity, parsePattern } from './pattern.ts'
import { paymentsOf, priceComplaints, priceOf, timeoutOf } from './prices.ts'
import { channelComplaints } from './resultPrices.ts'
import { routeClashes } from './routeClashes.ts'
import { configSchema, type ParsedConfig as Parsed, type ParsedRoute } from './schema.ts'
import { signInComplaints, signInOf } from './signIn.ts'
import { siteOf } from './site.ts'

/**
 * A config file → the parsed config. The compiler checks the names of origins and tiers; this
 * function checks everything else, at start. Throws one Error that lists everything that is wrong:
 * the route, the field, and what would be right.
 */
export function defineGateway<const OriginName extends string, const TierName extends string>(
  config: ConfigFile<OriginName, TierName>,
): Config {
  return parseConfig(config)
}

/** Any value → the parsed config. Throws as `defineGateway` does. */
export function parseConfig(config: unknown): Config {
  const result = configSchema.safeParse(config)
  if (!result.success)
    fail(result.error.issues.map((issue) => describeIssue(configSchema, config, issue)))
  const parsed = result.data
  const complaints: string[] = []
  for (const tier of ['read', 'write', 'delete']) {
    if (!Object.hasOwn(parsed.tiers, tier))
      complaints.push(`tiers: "${tier}" is missing; "read", "write" and "delete" are required`)
  }
  complaints.push(...channelComplaints(parsed))
  const origins = new Map<string, Origin>()
  for (const [name, origin] of Object.entries(parsed.origins)) {
    const read = readOrigin(name, origin)
    if (typeof read === 'string') complaints.push(`origin ${name}: ${read}`)
    else origins.set(name, read)
  }
  const routes: Route[] = []
  for (const written of parsed.routes) {
    const route = readRoute(written, parsed, origins)
    if (Array.isArray(route))
      complaints.push(...route.map((complaint) => `route "${written.route}": ${complaint}`))
    else routes.push(route)
  }
  complaints.push(...signInComplaints(parsed), ...resourceComplaints(parsed))
  complaints.push(...keyHeaderComplaints(parsed.apiKeys.headers, parsed.origins))
  complaints.push(...routeClashes(routes))
  if (complaints.length > 0) fail(complaints)
  const publicUrl = new URL(parsed.publicUrl)
  const { addressLimits } = parsed
  return {
    publicUrl: publicUrl.origin,
    realm: parsed.realm ?? publicUrl.host,
    hosts: new Set([publicUrl.hostname, ...parsed.hosts]),
    basePath: parsed.basePath,
    leaseMs: parsed.lease,
    stretchMs: parsed.stretch,
    heartbeat: { pauseMs: parsed.heartbeat.pause, aloneMs: parsed.heartbeat.alone },
    site: siteOf(parsed.site, publicUrl.host),
    apiKeys: { ...parsed.apiKeys, headers: ['x-api-key', ...parsed.apiKeys.headers] },
    sessions: {
      cookie: parsed.sessions.cookie,
      idleMs: parsed.sessions.idle,
      absoluteMs: parsed.sessions.absolute,
    },
    owners: parsed.owners,
    signIn: signInOf(parsed),
    mail: parsed.mail ?? null,
    unauthenticatedLimits: namedLimits('unauthenticated', addressLimits.unauthenticated),
    unpaidLimits: namedLimits('unpaid', addressLimits.unpaid ?? addressLimits.unauthenticated),
    bodies: { unpaidMs: parsed.bodies.unpaidTime, idleMs: parsed.bodies.idle },
    payments: paymentsOf(parsed),
    oauth: oauthOf(parsed),
    cors: { ...parsed.cors, origins: new Set(parsed.cors.origins) },
    routes: routes.sort(bySpecificity),
  }
}

function fail(complaints: string[]): never {
  throw new Error(
    `The gateway's config is wrong:\n${complaints.map((one) => `  - ${one}`).join('\n')}`,
  )
}

function readOrigin(name: string, origin: Parsed['origins'][string]): Origin | string {
  const { url, urlFrom, service } = origin
  if ([url, urlFrom, service].filter((one) => one !== undefined).length !== 1) {
    return 'needs exactly one of "url", "urlFrom" and "service"'
  }
  const location =
    url !== undefined ? { url } : urlFrom !== undefined ? { urlFrom } : { service: service ?? '' }
  return {
    name,
    location,
    keepsBasePath: origin.basePath === 'keep',
    audience: origin.audience ?? name,
    requestHeaders: origin.requestHeaders,
    secretHeaders: origin.secretHeaders,
  }
}

/** A route ready to serve, or the complaints about it. */
function readRoute(
  route: ParsedRoute,
  config: Parsed,
  origins: Map<string, Origin>,
): Route | string[] {
  const complaints: string[] = []
  const pattern = parsePattern(route.route)
  if (typeof pattern === 'string') complaints.push(`route: ${pattern}`)
  const origin = route.origin === undefined ? undefined : origins.get(route.origin)
  // Only the account is put together from two answers.
  const merges = route.endpoint === 'account.read' && route.origin !== undefined
  if (!merges && (route.origin === undefined) === (route.endpoint === undefined)) {
    complaints.push('needs exactly one of "origin" and "endpoint"')
  } else if (route.origin !== undefined && !Object.hasOwn(config.origins, route.origin)) {
    complaints.push(
      `origin: "${route.origin}" is not defined; the origins are ${quotedNames(config.origins)}`,
    )
  }
  if (route.tier !== undefined && !Object.hasOwn(config.tiers, route.tier)) {
    complaints.push(
      `tier: "${route.tier}" is not defined; the tiers are ${quotedNames(config.tiers)}`,
    )
  }
  if (route.websocket && (route.origin === undefined || route.endpoint !== undefined))
    complaints.push('websocket: only a route with an origin can accept a WebSocket')
  if (route.websocket && typeof pattern !== 'string' && !pattern.methods.includes('GET'))
    complaints.push('websocket: an upgrade is a GET; name "GET" in the route')
  if (route.encodedIds && (route.origin === undefined || !/\/:/.test(route.route)))
    complaints.push('encodedIds: only a route with an origin and a ":name" can have such ids')
  const bodyBytes = route.body ?? (route.endpoint === undefined ? 1_048_576 : 16_384)
  if (route.unpaidBody !== undefined) {
    if (!route.auth.includes('payment') && !route.auth.includes('anonymous'))
      complaints.push('unpaidBody: every caller of the route has an account; leave the field out')
    if (route.unpaidBody > bodyBytes) complaints.push('unpaidBody: is larger than the body')
  }
  const windows = route.limits.map((limit) => (limit === 'unlimited' ? 0 : limit.windowMs))
  if (new Set(windows).size < windows.length)
    complaints.push('limits: two limits have the same window')
  complaints.push(...mcpComplaints(route, config), ...priceComplaints(route, config))
  if (typeof pattern === 'string') return [...complaints, ...tokenComplaints(route, null, config)]
  const base = route.root ? [] : config.basePath.split('/').slice(1)
  const segments = [...base, ...pattern.segments]
  const resource = resourceOf(segments, route, config)
  complaints.push(...tokenComplaints(route, resource, config))
  if (merges || route.origin === undefined) complaints.push(...endpointComplaints(route, pattern))
  if (complaints.length > 0) return complaints
  const target =
    route.endpoint === undefined
      ? origin && { origin }
      : { endpoint: route.endpoint, merged: origin ?? null }
  if (target === undefined) return [] // the complaint about the origin says why
  return {
    ...pattern,
    segments,
    id: route.route,
    auth: route.auth,
    scope: route.scope ?? null,
    resource,
    protocol: route.protocol,
    target,
    limits: limitsOf(route, config.tiers),
    timeoutMs: timeoutOf(route),
    bodyBytes,
    unpaidBytes: Math.min(bodyBytes, route.unpaidBody ?? config.bodies.unpaid),
    websocket: route.websocket,
    encodedIds: route.encodedIds,
    price: priceOf(route, config),
  }
}

/** An MCP server is one endpoint: one path, behind which one origin stands. */
function mcpComplaints(route: ParsedRoute, { basePath, oauth, routes }: Parsed): string[] {
  if (route.protocol !== 'mcp') return []
  const path = (route.root ? '' : basePath) + (route.route.split(' ')[1] ?? '')
  const resources = oauth?.resources.map((resource) => resource.path) ?? [path]
  // The methods of one server may be in several routes.
  const canPost = routes.some((other) => {
    const pattern = parsePattern(other.route)
    const isSame = other.protocol === 'mcp' && other.root === route.root
    if (!isSame || typeof pattern === 'string') return other === route && isSame
    return (
      other.route.split(' ')[1] === route.route.split(' ')[1] && pattern.methods.includes('POST')
    )
  })
  const isElsewhere = route.auth.includes('oauth') && !resources.includes(path)
  return [
    route.origin === undefined ? 'only a route with an origin can speak "mcp"' : [],
    /[:*]/.test(path) ? '"mcp" needs one fixed path, without ":name" and "*"' : [],
    canPost ? [] : '"mcp" needs POST; write "*" as the method',
    isElsewhere ? `no resource of oauth has the path "${path}", so no token is for it` : [],
    route.price === undefined ? [] : 'a route that speaks "mcp" cannot have a price',
    route.websocket ? 'a route that speaks "mcp" cannot accept a WebSocket' : [],
  ]
    .flat()
    .map((complaint) => `protocol: ${complaint}`)
}

function limitsOf(route: ParsedRoute, tiers: Parsed['tiers']): MethodLimits {
  const own = route.limits.flatMap((parsed) => {
    return parsed === 'unlimited'
      ? []
      : [{ name: `${route.route} ${parsed.windowMs / 1000}s`, ...parsed }]
  })
  const withTier = (tier: string) => [...namedLimits(tier, tiers[tier]), ...own]
  const { tier } = route
  return {
    read: withTier(tier ?? 'read'),
    write: withTier(tier ?? 'write'),
    delete: withTier(tier ?? 'delete'),
  }
}

function quotedNames(record: object): string {
  return Object.keys(record)
    .map((name) => `"${name}"`)
    .join(', ')
}
