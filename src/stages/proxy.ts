/**
 * What does the origin say? Forwards a call with a signed assertion of its caller in the place of
 * the caller's credentials, within a deadline, and streams the answer.
 */
import {
  belowBase,
  type Config,
  isPricedByResult,
  type Origin,
  type Route,
} from '../config/config.ts'
import { isPlainCoding } from '../http/bodies/length.ts'
import type { StreamedUpload, WholeUpload } from '../http/bodies/upload.ts'
import { acceptEncodingOf, type ClientFacts, versionOf } from '../http/clientFacts.ts'
import { exposedByOrigin } from '../http/exposedHeaders.ts'
import { HeaderList } from '../http/headerFields.ts'
import {
  addVary,
  addVia,
  droppedHeaders,
  forwardedHeaders,
  forwardingRule,
  privateCacheControl,
} from '../http/headers.ts'
import { onlyReads } from '../http/methods.ts'
import { ownUriHeaders, type Places } from '../http/originUris.ts'
import { authorityOf } from '../http/path.ts'
import { Problem } from '../http/problem.ts'
import { memoize, memoizeText } from '../lib/memoize.ts'
import { Patience } from '../lib/patience.ts'
import { when } from '../lib/when.ts'
import type { Answer } from '../pipeline/answer.ts'
import {
  guardedFor,
  mayBeLost,
  noticeLoss,
  uploadFor,
  withBoundedBody,
} from '../pipeline/bodies.ts'
import { type Call, callerOf, type Handler } from '../pipeline/call.ts'
import type { Env } from '../store/env.ts'
import type { Isolate } from '../store/isolate.ts'
import { fetchOrigin } from '../store/origins/originFetch.ts'
import {
  originUrl,
  type ReachableOrigin,
  reachOrigin,
  secretHeaders,
} from '../store/origins/origins.ts'

/**
 * Keeps the answer out of the platform's cache, which a Worker's fetch goes through and which
 * does not know the caller. A negative time turns caching off. The standard `cache: 'no-store'`
 * would add headers to the request that the origin sees.
 */
const NOT_CACHED = { cacheTtlByStatus: { '100-599': -1 } }

/** The methods that may be sent again after a lost connection (RFC 9110 section 9.2.2). */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])

/**
 * The policy that every answer of an origin gets. The answer is data: no script in it may act as a
 * page of the gateway's host.
 */
const SANDBOX = 'sandbox'

const keptPrivate = memoizeText(privateCacheControl)

/**
 * Returns the end of the pipeline of a route that has an origin. Throws:
 *
 * - `origin_unavailable` if the origin cannot be reached, or if its answer is one that the route
 *   does not allow (an upgrade that the caller did not ask for, a redirect of an MCP endpoint), or
 *   that cannot be passed on (a status that is no HTTP, 407, 426).
 * - `origin_timeout` if the answer does not begin within the route's deadline.
 * - `payload_too_large`, `request_timeout` or `invalid_input` for a request body that is larger
 *   than the route takes from this caller, that stops, or that breaks off.
 *
 * `isRead` says that the gateway reads the answer, instead of passing it on.
 */
export function proxy(
  route: Route,
  origin: Origin,
  config: Config,
  isolate: Isolate,
  isRead = false,
): Handler {
  const isForwarded = forwardingRule(origin.requestHeaders)
  const reachable = memoize((env: Env) => reachOrigin(env, origin))
  /** The names that are added to the `Vary` of an answer to an identified caller. */
  const aliases = config.apiKeys.headers.slice(1)
  const credentialHeaders = ['X-API-Key', ...aliases, 'Authorization', 'Cookie']
  const varyByCredential = memoizeText((vary: string | null) => addVary(vary, credentialHeaders))
  const secrets = memoize((env: Env) => secretHeaders(env, origin))
  const isMetered = isPricedByResult(route)

  return (call) =>
    when(isolate.assertions(call.env, callerOf(call), origin.audience), (assertion) =>
      forward(call, assertion),
    )

  async function forward(call: Call, assertion: string): Promise<Answer> {
    mayBeLost(call)
    const reach = reachable(call.env)
    const upgrades = route.websocket && call.header('upgrade')?.toLowerCase() === 'websocket'
    const isPassed = !isRead && call.payment === undefined
    /** Whether the results of the answer are counted, so that it must be whole. */
    const isCounted = isMetered && callerOf(call).kind === 'payment'
    const patience = new Patience(() => noticeLoss(call))
    let upload: WholeUpload | StreamedUpload | null = null
    try {
      if (!onlyReads(call.method)) upload = await uploadFor(call, route, config, isolate, patience)
      const streamed = upload !== null && 'ended' in upload ? upload : undefined
      const init: RequestInit = {
        method: call.method,
        headers: headersFor(call, assertion, upgrades, isCounted),
        redirect: 'manual',
        body: upload?.body ?? null,
      }
      if (!isRead && !isCounted) init.encodeResponseBody = 'manual'
      if (reach.isCached) init.cf = NOT_CACHED
      const response = await fetchOrigin({
        url: originUrl(config, route, origin, reach, call.target),
        init,
        reach,
        isRepeatable: IDEMPOTENT.has(call.method) && streamed === undefined,
        timeoutMs: Math.min(route.timeoutMs, call.timeoutMs ?? route.timeoutMs),
        upload: streamed,
        // A paid call goes on when its caller has left, but its request to the origin ends.
        disconnected: call.payment === undefined ? undefined : call.request.signal,
        patience,
      })
      call.originStatus = response.status
      mayBeLost(call, config.bodies.idleMs)
      const answer = toCaller(call, response, upgrades, reach)
      return isPassed
        ? await withBoundedBody(call, answer, response, config, patience, streamed)
        : { ...answer, body: response.body }
    } finally {
      patience.end()
      if (upload !== null && 'release' in upload) upload.release()
    }
  }

  /** Returns the headers for the origin: the caller's allowed headers, and the gateway's own. */
  function headersFor(
    call: Call,
    assertion: string,
    upgrades: boolean,
    isCounted: boolean,
  ): HeadersInit {
    const cf = call.request.cf as ClientFacts | undefined
    const own: Record<string, string> = {
      'turnpike-assertion': assertion,
      'x-request-id': call.id,
      via: addVia(call.headers.get('via'), versionOf(cf?.httpProtocol)),
      'x-forwarded-host': authorityOf(call.url),
      'x-forwarded-proto': call.url.slice(0, call.url.indexOf(':')),
      ...secrets(call.env),
    }
    const prefix = strippedBase(call.target.path)
    if (prefix !== '' && route.protocol !== 'mcp') own['x-forwarded-prefix'] = prefix
    const address = call.header('cf-connecting-ip')
    if (address !== null) own['x-forwarded-for'] = address
    if (upgrades) {
      own.upgrade = 'websocket'
      const protocols = call.header('sec-websocket-protocol')
      if (protocols !== null) own['sec-websocket-protocol'] = protocols
    }
    // An answer that the gateway reads must not be compressed.
    if (isCounted || isRead) own['accept-encoding'] = 'identity'
    const forwarded = forwardedHeaders(
      call.headers,
      call.request.headers,
      isCounted
        ? (name) => isForwarded(name) && name !== 'range' && name !== 'if-range'
        : isForwarded,
      acceptEncodingOf(cf, call.header('accept-encoding')),
    )
    if (!(forwarded instanceof Headers)) return Object.assign(forwarded, own)
    for (const name in own) forwarded.set(name, own[name] ?? '')
    return forwarded
  }

  /** Returns the origin's answer as the caller gets it, without its body. */
  function toCaller(call: Call, from: Response, upgrades: boolean, reach: ReachableOrigin): Answer {
    if (from.webSocket !== null) {
      if (!upgrades) throw unexpected(from.status)
      const protocol = from.headers.get('sec-websocket-protocol')
      const headers: Record<string, string> = {}
      if (protocol !== null) headers['sec-websocket-protocol'] = protocol
      const webSocket = guardedFor(call, from.webSocket)
      return { status: 101, headers, body: null, webSocket }
    }
    if (!isPassable(from.status)) throw unexpected(from.status)
    const fromHeaders = new HeaderList(from.headers)
    if (upgrades && from.status === 502 && fromHeaders.length === 0) throw unexpected('handshake')
    if (!isPlainCoding(fromHeaders.get('transfer-encoding'))) throw unexpected('transfer coding')
    const headers: Record<string, string | null> = droppedHeaders(fromHeaders)
    const policy = fromHeaders.get('content-security-policy')
    headers['content-security-policy'] = policy === undefined ? SANDBOX : `${policy}, ${SANDBOX}`
    if (route.protocol === 'mcp') {
      // A client must send its token to the gateway only, and get a token from the gateway only. So
      // it gets neither a redirect nor a challenge of the origin.
      if (from.status >= 300 && from.status < 400) {
        const cause = new Error('a redirect: the URL of the origin must be that of the endpoint')
        throw new Problem('origin_unavailable', { cause })
      }
      if (fromHeaders.has('www-authenticate')) headers['www-authenticate'] = null
    }
    if (callerOf(call).kind !== 'anonymous') {
      headers['cache-control'] = keptPrivate(fromHeaders.get('cache-control') ?? null)
      headers.vary = varyByCredential(fromHeaders.get('vary') ?? null)
    }
    headers.via = addVia(fromHeaders.get('via'))
    const exposed = call.responseHeaders['access-control-expose-headers']
    if (exposed !== undefined)
      call.responseHeaders['access-control-expose-headers'] = exposedByOrigin(exposed, fromHeaders)
    const own = ownUriHeaders(fromHeaders, () => placesOf(call, reach))
    for (const name in own) if (headers[name] !== null) headers[name] = own[name] ?? null
    return { status: from.status, headers, body: null, from, fromHeaders }
  }

  /** Returns the addresses of the resource that a call asks for. */
  function placesOf(call: Call, reach: ReachableOrigin): Places {
    const { path } = call.target
    const asked = originUrl(config, route, origin, reach, call.target)
    // The URL of an MCP server is that of its endpoint.
    const isEndpoint = route.protocol === 'mcp' && reach.endpoint !== null
    const front = isEndpoint ? path : strippedBase(path)
    return { base: reach.url, asked, callerUrl: call.url, front }
  }

  /** Returns the base path, if the origin gets a path without it, else "". */
  function strippedBase(path: string): string {
    return origin.keepsBasePath || belowBase(config, path) === null ? '' : config.basePath
  }
}

/**
 * Whether an answer with this status can be passed on. A status outside of 200 to 599 is no HTTP;
 * 407 and 426 need headers that are for one connection (RFC 9110 sections 15.5.8 and 15.5.22).
 */
const isPassable = (status: number) =>
  status >= 200 && status <= 599 && status !== 407 && status !== 426

const unexpected = (what: number | string) =>
  new Problem('origin_unavailable', { cause: new Error(`unexpected ${what}`) })
