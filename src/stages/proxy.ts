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
import { addVary, answerHeaders, forwardedHeaders, privateCacheControl } from '../http/headers.ts'
import { Problem } from '../http/problem.ts'
import { type AppContext, callerOf, type Stage } from '../pipeline/context.ts'
import type { Isolate } from '../store/isolate.ts'
import { originUrl, reachOrigin, secretHeaders } from '../store/origins.ts'

/**
 * A Worker's fetch goes through the platform's cache, which does not know who is calling. A negative
 * time says "not at all"; the standard `cache: 'no-store'` would show in the origin's request headers.
 */
const NOT_CACHED = { cacheTtlByStatus: { '100-599': -1 } }

/** What a request is to the origin, once. */
interface Attempt {
  fetch: (signal: AbortSignal) => Promise<Response>
  /** Whether it may be sent a second time: no byte of an answer has come, and it changes nothing. */
  repeatable: boolean
}

export function proxy(route: Route, origin: Origin, config: Config, isolate: Isolate): Stage {
  return async function proxy(c) {
    const request = c.req.raw
    const reach = reachOrigin(c.env, origin)
    const upgrades =
      route.websocket && request.headers.get('upgrade')?.toLowerCase() === 'websocket'
    const headers = await headersFor(c)
    if (upgrades) headers.set('upgrade', 'websocket')
    const safe = request.method === 'GET' || request.method === 'HEAD'
    const body = safe ? null : cappedBody(request, route.bodyBytes)
    const url = originUrl(config, route, origin, reach, c.get('target'))
    const init: RequestInit = {
      method: request.method,
      headers,
      redirect: 'manual',
      cf: NOT_CACHED,
    }
    const attempt: Attempt = {
      fetch: (signal) => reach.fetch(url, { ...init, body: body?.stream ?? null, signal }),
      repeatable: safe,
    }
    const response = await answerOf(attempt, route.timeoutMs, request.signal, body?.broken)
    c.set('originStatus', response.status)
    return toCaller(c, response, upgrades, reach.url)
  }

  /** The caller's headers that pass, and what only the gateway says. */
  async function headersFor(c: AppContext): Promise<Headers> {
    const { headers: given } = c.req.raw
    const headers = forwardedHeaders(given, origin.requestHeaders, acceptEncodingOf(c.req.raw))
    const assertion = await isolate.assertions(c.env, callerOf(c), origin.audience)
    // Who pays by the result gets answers that can be counted: whole, and in plain.
    if (callerOf(c).kind === 'payment' && isPricedByResult(route)) {
      headers.set('accept-encoding', 'identity')
      for (const name of ['range', 'if-range']) headers.delete(name)
    }
    headers.set('turnpike-assertion', assertion)
    headers.set('x-request-id', c.get('requestId'))
    const address = given.get('cf-connecting-ip')
    if (address !== null) headers.set('x-forwarded-for', address)
    headers.set('x-forwarded-host', new URL(c.req.url).host)
    headers.set('x-forwarded-proto', new URL(c.req.url).protocol.slice(0, -1))
    for (const [name, value] of secretHeaders(c.env, origin)) headers.set(name, value)
    return headers
  }

  /** The origin's answer as the caller gets it. */
  function toCaller(
    c: AppContext,
    response: Response,
    upgrades: boolean,
    reached: string,
  ): Response {
    // Who has no credential of ours has none that could be revoked.
    const stillValid = c.get('stillValid')
    const watch = stillValid && { stillValid, everyMs: config.leaseMs / 5 }
    if (response.webSocket !== null) {
      if (!upgrades) throw new Problem('origin_unavailable', { cause: new Error('unasked 101') })
      const protocol = response.headers.get('sec-websocket-protocol')
      const headers = protocol === null ? {} : { 'sec-websocket-protocol': protocol }
      const webSocket = watch ? guardedSocket(response.webSocket, watch) : response.webSocket
      return new Response(null, { status: 101, webSocket, headers })
    }
    if (response.status < 200) {
      throw new Problem('origin_unavailable', { cause: new Error(`unasked ${response.status}`) })
    }
    const headers = answerHeaders(response.headers)
    if (route.protocol === 'mcp') {
      // A client must come back to us, with its token: it follows nothing, and asks nobody else for one.
      if (response.status >= 300 && response.status < 400) {
        const cause = new Error('a redirect: the URL of the origin must be the endpoint itself')
        throw new Problem('origin_unavailable', { cause })
      }
      headers.delete('www-authenticate')
    }
    if (callerOf(c).kind !== 'anonymous') {
      headers.set('cache-control', privateCacheControl(headers.get('cache-control')))
      const vary = ['X-API-Key', 'Authorization', 'Cookie']
      headers.set('vary', addVary(headers.get('vary'), vary))
    }
    const location = headers.get('location')
    if (location !== null) headers.set('location', ownLocation(c, location, reached))
    const { status, statusText, body } = response
    const streams = /^text\/event-stream\b/i.test(headers.get('content-type') ?? '')
    return new Response(streams && body && watch ? guardedStream(body, watch) : body, {
      status,
      statusText,
      headers,
    })
  }

  /** A redirect to the origin itself becomes one to the gateway; others are the caller's to follow or not. */
  function ownLocation(c: AppContext, location: string, reached: string): string {
    if (!URL.canParse(location, reached)) return location
    const base = new URL(reached)
    const url = new URL(location, reached)
    const relative = !/^(?:[a-z][a-z0-9+.-]*:|\/)/i.test(location)
    if (relative || url.origin !== base.origin) return location
    const path = url.pathname + url.search + url.hash
    const prefix = base.pathname.replace(/\/$/, '')
    if (!path.startsWith(`${prefix}/`)) return path
    const stripped = !origin.keepsBasePath && belowBase(config, c.get('target').path) !== null
    return (stripped ? config.basePath : '') + path.slice(prefix.length)
  }
}

/** What the client can decode. The platform puts its own word into the header and the client's into `cf`. */
function acceptEncodingOf(request: Request): string {
  const cf = request.cf as { clientAcceptEncoding?: unknown } | undefined
  const own = cf?.clientAcceptEncoding
  return typeof own === 'string' ? own : (request.headers.get('accept-encoding') ?? '')
}

/**
 * The answer, begun within the deadline. A failure before the answer is tried once more where that
 * changes nothing; both tries share the deadline.
 */
async function answerOf(
  attempt: Attempt,
  timeoutMs: number,
  clientGone: AbortSignal,
  bodyBroken: AbortSignal | undefined,
): Promise<Response> {
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), timeoutMs)
  const ends = [deadline.signal, clientGone]
  const signal = AbortSignal.any(bodyBroken === undefined ? ends : [...ends, bodyBroken])
  try {
    return await attempt.fetch(signal).catch((error) => {
      if (!attempt.repeatable || signal.aborted) throw error
      return attempt.fetch(signal)
    })
  } catch (cause) {
    if (bodyBroken?.aborted) throw bodyBroken.reason
    if (deadline.signal.aborted) throw new Problem('origin_timeout', { cause })
    throw new Problem('origin_unavailable', { cause })
  } finally {
    clearTimeout(timer)
  }
}
