/** Reads a config file: the schema first, then what a schema cannot say. Every complaint names its place. */
import type { z } from 'zod/mini'
import { type Limit, namedLimits } from '../limits/limit.ts'
import type { Config, Origin, Route } from './config.ts'
import type { ConfigFile } from './file.ts'
import { oauthOf, tokenComplaints } from './oauth.ts'
import { bySpecificity, parsePattern } from './pattern.ts'
import { paymentsOf, priceComplaints, priceOf } from './prices.ts'
import { channelComplaints } from './resultPrices.ts'
import { rowClashes } from './routeClashes.ts'
import { configSchema, type ParsedConfig as Parsed, type ParsedRoute } from './schema.ts'
import { signInComplaints, signInOf } from './signIn.ts'

/**
 * Checks a config and makes it ready to serve. Names of origins and tiers are checked by the
 * compiler; all else here, at start. Throws one Error that lists, for everything that is wrong, the
 * row, the field, and what would be right.
 */
export function defineGateway<const OriginName extends string, const TierName extends string>(
  config: ConfigFile<OriginName, TierName>,
): Config {
  return parseConfig(config)
}

/** A config of unknown quality → a gateway. Throws one Error that lists everything wrong with it. */
export function parseConfig(config: unknown): Config {
  const result = configSchema.safeParse(config)
  if (!result.success) fail(result.error.issues.map((issue) => describeIssue(config, issue)))
  const parsed = result.data
  const complaints: string[] = []
  for (const tier of ['read', 'write', 'delete']) {
    if (!Object.hasOwn(parsed.tiers, tier))
      complaints.push(`tiers: "${tier}" is missing; methods need it`)
  }
  complaints.push(...channelComplaints(parsed))
  const origins = new Map<string, Origin>()
  for (const [name, origin] of Object.entries(parsed.origins)) {
    const read = readOrigin(name, origin)
    if (typeof read === 'string') complaints.push(`origin ${name}: ${read}`)
    else origins.set(name, read)
  }
  const routes: Route[] = []
  for (const row of parsed.routes) {
    const route = readRoute(row, parsed, origins)
    if (Array.isArray(route))
      complaints.push(...route.map((complaint) => `row "${row.route}": ${complaint}`))
    else routes.push(route)
  }
  complaints.push(...signInComplaints(parsed))
  complaints.push(...rowClashes(routes))
  if (complaints.length > 0) fail(complaints)
  const publicUrl = new URL(parsed.publicUrl)
  return {
    publicUrl: publicUrl.origin,
    realm: parsed.realm ?? publicUrl.host,
    hosts: new Set([publicUrl.hostname, ...parsed.hosts]),
    basePath: parsed.basePath,
    leaseMs: parsed.lease,
    apiKeys: parsed.apiKeys,
    sessions: {
      cookie: parsed.sessions.cookie,
      idleMs: parsed.sessions.idle,
      absoluteMs: parsed.sessions.absolute,
    },
    signIn: signInOf(parsed),
    mail: parsed.mail ?? null,
    unauthenticatedLimits: namedLimits('unauthenticated', parsed.addressLimits.unauthenticated),
    payments: paymentsOf(parsed),
    oauth: oauthOf(parsed),
    corsOrigins: new Set(parsed.cors.origins),
    routes: routes.sort(bySpecificity),
  }
}

function fail(complaints: string[]): never {
  throw new Error(
    `The gateway's config is wrong:\n${complaints.map((one) => `  - ${one}`).join('\n')}`,
  )
}

/** "row "GET /trends": timeout: "10 s" is no duration; …" */
function describeIssue(config: unknown, issue: z.core.$ZodIssue): string {
  const [first, index, ...rest] = issue.path
  if (first !== 'routes' || typeof index !== 'number')
    return [issue.path.join('.').replace(/\s/g, ' '), sentence(issue)].filter(Boolean).join(': ')
  const row = (config as { routes: { route?: unknown }[] }).routes[index]?.route
  const place = typeof row === 'string' ? `row "${row}"` : `row ${index + 1}`
  return [place, rest.join('.'), sentence(issue)].filter(Boolean).join(': ')
}

function sentence(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys')
    return `unknown field ${issue.keys.map((key) => `"${key}"`).join(', ')}`
  if (issue.code === 'invalid_value')
    return `must be one of ${issue.values.map((value) => `"${String(value)}"`).join(', ')}`
  if (issue.code === 'invalid_key') return 'is no name: letters and digits, a letter first'
  if (issue.code === 'invalid_type') return `is missing or not of the type ${issue.expected}`
  return issue.message
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

/** A row, or what is wrong with it. */
function readRoute(
  row: ParsedRoute,
  config: Parsed,
  origins: Map<string, Origin>,
): Route | string[] {
  const complaints: string[] = []
  const pattern = parsePattern(row.route)
  if (typeof pattern === 'string') complaints.push(`route: ${pattern}`)
  const origin = row.origin === undefined ? undefined : origins.get(row.origin)
  if ((row.origin === undefined) === (row.endpoint === undefined)) {
    complaints.push('needs exactly one of "origin" and "endpoint"')
  } else if (row.origin !== undefined && !Object.hasOwn(config.origins, row.origin)) {
    complaints.push(`origin: "${row.origin}" is not defined; known are ${list(config.origins)}`)
  }
  if (row.tier !== undefined && !Object.hasOwn(config.tiers, row.tier)) {
    complaints.push(`tier: "${row.tier}" is not defined; known are ${list(config.tiers)}`)
  }
  if (row.websocket && row.origin === undefined)
    complaints.push('websocket: only a row with an origin can take one')
  const windows = row.limits.map((limit) => (limit === 'unlimited' ? 0 : limit.windowMs))
  if (new Set(windows).size < windows.length) complaints.push('limits: two have the same window')
  complaints.push(
    ...mcpComplaints(row, config),
    ...priceComplaints(row, config),
    ...tokenComplaints(row, config),
  )
  if (complaints.length > 0 || typeof pattern === 'string') return complaints
  const target = row.endpoint !== undefined ? { endpoint: row.endpoint } : origin && { origin }
  if (target === undefined) return [] // the origin's own complaint says why
  return {
    ...pattern,
    segments: [...(row.root ? [] : config.basePath.split('/').slice(1)), ...pattern.segments],
    id: row.route,
    auth: row.auth,
    scope: row.scope ?? null,
    protocol: row.protocol,
    target,
    limitsFor: limitsOf(row, config.tiers),
    timeoutMs: row.timeout,
    bodyBytes: row.body ?? (row.endpoint === undefined ? 1_048_576 : 16_384),
    websocket: row.websocket,
    price: priceOf(row, config),
  }
}

/** An MCP server is one endpoint: one path, behind which one origin stands. */
function mcpComplaints(row: ParsedRoute, { basePath, oauth }: Parsed): string[] {
  if (row.protocol !== 'mcp') return []
  const path = (row.root ? '' : basePath) + (row.route.split(' ')[1] ?? '')
  const isElsewhere = row.auth.includes('oauth') && oauth !== undefined && oauth.resource !== path
  return [
    row.origin === undefined ? 'only a row with an origin can speak "mcp"' : [],
    /[:*]/.test(path) ? '"mcp" is spoken on one path: no ":name", no "*"' : [],
    isElsewhere ? `tokens are for "${oauth.resource}" (oauth.resource), not for "${path}"` : [],
    row.price === undefined ? [] : 'a row that speaks "mcp" cannot have a price',
    row.websocket ? 'a row that speaks "mcp" takes no websocket' : [],
  ]
    .flat()
    .map((complaint) => `protocol: ${complaint}`)
}

function limitsOf(row: ParsedRoute, tiers: Parsed['tiers']): (method: string) => readonly Limit[] {
  const own = row.limits.flatMap((parsed) => {
    return parsed === 'unlimited'
      ? []
      : [{ name: `${row.route} ${parsed.windowMs / 1000}s`, ...parsed }]
  })
  const withTier = (tier: string) => [...namedLimits(tier, tiers[tier]), ...own]
  const { tier } = row
  if (tier !== undefined) return always(withTier(tier))
  const [read, write, erase] = [withTier('read'), withTier('write'), withTier('delete')]
  return (method) =>
    method === 'DELETE' ? erase : /^(?:POST|PUT|PATCH)$/.test(method) ? write : read
}

function always<T>(value: T): () => T {
  return () => value
}

function list(record: object): string {
  return Object.keys(record)
    .map((name) => `"${name}"`)
    .join(', ')
}
