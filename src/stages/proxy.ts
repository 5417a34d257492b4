/** What does the origin say? Sealed identity in, the caller's credentials out, a deadline, streams as streams. */
import {
  belowBase,
  type Config,
  isPricedByResult,
  type Origin,
  type Route,
} from '../config/config.ts'
import { cappedBody } from '../http/body.ts'
import { guardedSocket, guardedStream } from '../http/guarded.ts'
import {
  addVary,
  droppedHeaders,
  forwardedHeaders,
  forwardingRule,
  privateCacheControl,
} from '../http/headers.ts'
import { Problem } from '../http/problem.ts'
import { memoize } from '../lib/memoize.ts'
import { when } from '../lib/when.ts'
import type { Answer } from '../pipeline/answer.ts'
import { type Call, callerOf, type Handler } from '../pipeline/call.ts'
import type { Env } from '../store/env.ts'
import type { Isolate } from '../store/isolate.ts'
import { originUrl, type ReachableOrigin, reachOrigin, secretHeaders } from '../store/origins.ts'

/**
 * A Worker's fetch goes through the platform's cache, which does not know who is calling. A negative
 * time says "not at all"; the standard `cache: 'no-store'` would show in the origin's request headers.
 */
const NOT_CACHED = { cacheTtlByStatus: { '100-599': -1 } }

/** What an answer to an identified caller varies by. */
const CREDENTIAL_HEADERS = ['X-API-Key', 'Authorization', 'Cookie']

/** An origin's answer is data: no script in it may act as a page of the gateway's own host. */
const SANDBOX = 'sandbox'

/** The end of a proxied route's pipeline. */
export function proxy(route: Route, origin: Origin, config: Config, isolate: Isolate): Handler {
  const passes = forwardingRule(origin.requestHeaders)
  const reached = memoize((env: Env) => reachOrigin(env, origin))
  const secrets = memoize((env: Env) => secretHeaders(env, origin))

  return (call) =>
    when(isolate.assertions(call.env, callerOf(call), origin.audience), (assertion) =>
      ask(call, assertion),
    )

  async function ask(call: Call, assertion: string): Promise<Answer> {
    const reach = reached(call.env)
    const upgrades = route.websocket && call.header('upgrade')?.toLowerCase() === 'websocket'
    const isSafe = call.method === 'GET' || call.method === 'HEAD'
    const body = isSafe ? null : bodyFor(call)
    const init: RequestInit = {
      method: call.method,
      headers: headersFor(call, assertion, upgrades),
      redirect: 'manual',
      cf: NOT_CACHED,
      body: body?.stream ?? null,
    }
    const response = await answerOf(
      {
        url: originUrl(config, route, origin, reach, call.target),
        init,
        reach,
        // No byte of an answer has come, and the request changes nothing.
        isRepeatable: isSafe,
        timeoutMs: route.timeoutMs,
        broken: body?.broken,
      },
      call,
    )
    call.originStatus = response.status
    return toCaller(call, response, upgrades, reach.url)
  }

  /** The request's body: as an earlier stage has read it, or as it comes, up to the route's cap. */
  function bodyFor(call: Call): { stream: BodyInit; broken?: AbortSignal } | null {
    return call.bytes === undefined
      ? cappedBody(call.request, route.bodyBytes)
      : { stream: call.bytes }
  }

  /** The caller's headers that pass, and what only the gateway says. */
  function headersFor(call: Call, assertion: string, upgrades: boolean): HeadersInit {
    const own: Record<string, string> = {
      'turnpike-assertion': assertion,
      'x-request-id': call.id,
      'x-forwarded-host': hostOf(call.url),
      'x-forwarded-proto': call.url.slice(0, call.url.indexOf(':')),
      ...secrets(call.env),
    }
    const address = call.header('cf-connecting-ip')
    if (address !== null) own['x-forwarded-for'] = address
    if (upgrades) own.upgrade = 'websocket'
    const isCounted = callerOf(call).kind === 'payment' && isPricedByResult(route)
    // A caller who pays by the result gets answers that can be counted: whole, and not compressed.
    if (isCounted) own['accept-encoding'] = 'identity'
    const forwarded = forwardedHeaders(
      call.headers,
      call.request.headers,
      isCounted ? (name) => passes(name) && name !== 'range' && name !== 'if-range' : passes,
      acceptEncodingOf(call),
    )
    if (!(forwarded instanceof Headers)) return Object.assign(forwarded, own)
    for (const name in own) forwarded.set(name, own[name] ?? '')
    return forwarded
  }

  /** The origin's answer as the caller gets it. */
  function toCaller(call: Call, from: Response, upgrades: boolean, originBase: string): Answer {
    // A caller without a credential of ours has none that could be revoked.
    const { stillValid } = call
    const watch = stillValid && { stillValid, everyMs: config.leaseMs / 5 }
    if (from.webSocket !== null) {
      if (!upgrades) throw unasked(from.status)
      const protocol = from.headers.get('sec-websocket-protocol')
      const headers: Record<string, string> = {}
      if (protocol !== null) headers['sec-websocket-protocol'] = protocol
      const webSocket = watch ? guardedSocket(from.webSocket, watch) : from.webSocket
      return { status: 101, headers, body: null, webSocket }
    }
    if (from.status < 200) throw unasked(from.status)
    const given = new Map<string, string>()
    from.headers.forEach((value, name) => {
      given.set(name, value)
    })
    const headers: Record<string, string | null> = droppedHeaders(given)
    const policy = given.get('content-security-policy')
    headers['content-security-policy'] = policy === undefined ? SANDBOX : `${policy}, ${SANDBOX}`
    if (route.protocol === 'mcp') {
      // A client must come back to us, with its token: it follows nothing, and asks nobody else for one.
      if (from.status >= 300 && from.status < 400) {
        const cause = new Error('a redirect: the URL of the origin must be the endpoint itself')
        throw new Problem('origin_unavailable', { cause })
      }
      if (given.has('www-authenticate')) headers['www-authenticate'] = null
    }
    if (callerOf(call).kind !== 'anonymous') {
      headers['cache-control'] = privateCacheControl(given.get('cache-control') ?? null)
      headers.vary = addVary(given.get('vary') ?? null, CREDENTIAL_HEADERS)
    }
    const location = given.get('location')
    if (location !== undefined) headers.location = ownLocation(call, location, originBase)
    const streams = /^text\/event-stream\b/i.test(given.get('content-type') ?? '')
    const body = streams && from.body && watch ? guardedStream(from.body, watch) : from.body
    return { status: from.status, headers, body, from, given }
  }

  /** A redirect to the origin itself becomes one to the gateway; others are the caller's to follow or not. */
  function ownLocation(call: Call, location: string, originBase: string): string {
    if (!URL.canParse(location, originBase)) return location
    const base = new URL(originBase)
    const url = new URL(location, originBase)
    const relative = !/^(?:[a-z][a-z0-9+.-]*:|\/)/i.test(location)
    if (relative || url.origin !== base.origin) return location
    const path = url.pathname + url.search + url.hash
    const prefix = base.pathname.replace(/\/$/, '')
    if (!path.startsWith(`${prefix}/`)) return path
    const stripped = !origin.keepsBasePath && belowBase(config, call.target.path) !== null
    return (stripped ? config.basePath : '') + path.slice(prefix.length)
  }
}

const unasked = (status: number) =>
  new Problem('origin_unavailable', { cause: new Error(`unasked ${status}`) })

/** The authority of an absolute URL: its host, with a port that is not the scheme's own. */
function hostOf(url: string): string {
  const start = url.indexOf('://') + 3
  return url.slice(start, url.indexOf('/', start))
}

/** What the client can decode. The platform puts its own word into the header and the client's into `cf`. */
function acceptEncodingOf(call: Call): string {
  const cf = call.request.cf as { clientAcceptEncoding?: unknown } | undefined
  const own = cf?.clientAcceptEncoding
  return typeof own === 'string' ? own : (call.header('accept-encoding') ?? '')
}

/** What a request is to the origin. */
interface Attempt {
  url: string
  init: RequestInit
  reach: ReachableOrigin
  /** Whether the request may be sent a second time. */
  isRepeatable: boolean
  timeoutMs: number
  /** Aborted when the request's body breaks off or is too large. */
  broken: AbortSignal | undefined
}

/**
 * The origin's answer, begun within the deadline. A failure before the answer is tried once more where that
 * changes nothing; both tries share the deadline. When the caller leaves, the platform ends the request to the
 * origin with the caller's own; a paid call outlives its caller, so there it is ended here.
 */
async function answerOf(attempt: Attempt, call: Call): Promise<Response> {
  const { url, init, reach, isRepeatable, timeoutMs, broken } = attempt
  const abort = new AbortController()
  const { signal } = abort
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    abort.abort()
  }, timeoutMs)
  broken?.addEventListener('abort', () => abort.abort())
  if (call.payment !== undefined) call.request.signal.addEventListener('abort', () => abort.abort())
  init.signal = signal
  try {
    return await reach.fetch(url, init)
  } catch (cause) {
    if (!isRepeatable || signal.aborted) throw failureOf(cause)
    return await reach.fetch(url, init).catch((again) => {
      throw failureOf(again)
    })
  } finally {
    clearTimeout(timer)
  }

  function failureOf(cause: unknown): unknown {
    if (broken?.aborted) return broken.reason
    return new Problem(isLate ? 'origin_timeout' : 'origin_unavailable', { cause })
  }
}
