/** The real gateway in the isolate of the test, in front of an origin that records its requests. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env as bindings } from 'cloudflare:workers'
import type { Config, Route } from '../../../src/config/config.ts'
import shipped from '../../../src/gateway.config.ts'
import { createGateway } from '../../../src/index.ts'
import type { Env } from '../../../src/store/env.ts'

export const env = bindings as unknown as Env & { DEMO: Fetcher }

export interface SeenRequest {
  method: string
  url: URL
  headers: Headers
  body: string
}

export type Answer = (request: Request) => Response | Promise<Response>

/** An origin that records every request with its body, and answers with `answer`. */
export function recordingOrigin(answer: Answer = () => Response.json({ from: 'origin' })) {
  const seen: SeenRequest[] = []
  const binding = {
    async fetch(input: RequestInfo, init?: RequestInit) {
      const request = new Request(input, init)
      const copy = request.clone()
      const gone = new Promise<never>((_, reject) => {
        request.signal.addEventListener('abort', () => reject(request.signal.reason))
      })
      // As on a real connection, the body of an aborted request never arrives whole.
      const body = await Promise.race([copy.text(), gone])
      seen.push({
        method: request.method,
        url: new URL(request.url),
        headers: request.headers,
        body,
      })
      return answer(request)
    },
  }
  return { seen, binding }
}

/** The shipped config, its origins behind the service binding ORIGIN, its routes after `change`. */
export function shippedGateway(change: (route: Route) => Partial<Route> = () => ({})): Config {
  return {
    ...shipped,
    // Tests wait for work that goes on after an answer.
    heartbeat: { ...shipped.heartbeat, pauseMs: 5 },
    routes: shipped.routes.map((route) => ({
      ...route,
      target: behindBinding(route.target),
      ...change(route),
    })),
  }
}

/** A route's target with its origin, if it has one, behind the binding ORIGIN. */
function behindBinding(target: Route['target']): Route['target'] {
  const location = { service: 'ORIGIN' }
  if ('origin' in target) return { origin: { ...target.origin, location } }
  return { ...target, merged: target.merged && { ...target.merged, location } }
}

/** A change of a route: no limits, for tests that call often as one account. */
export const unlimited = () => ({ limits: { read: [], write: [], delete: [] } })

/** Objects of addresses that nothing has been counted at: all tests come from one address. */
export function ownAddresses() {
  const own = crypto.randomUUID()
  return { getByName: (name: string) => env.ADDRESSES.getByName(`${own} ${name}`) }
}

export type Client = ReturnType<typeof clientOf>

/**
 * Calls a new gateway as the runtime calls it in an isolate. `call` resolves with the gateway's
 * answer; `settled` disconnects, and resolves when all work put off with `waitUntil` is done.
 */
export function clientOf(config: Config, bindings: Record<string, unknown> = {}) {
  const app = createGateway(config)
  const contexts: ExecutionContext[] = []
  const responses: Response[] = []
  const testEnv = { ...env, ADDRESSES: ownAddresses(), ...bindings } as unknown as Env
  return {
    async call(path: string, init: RequestInit = {}): Promise<Response> {
      const context = createExecutionContext()
      contexts.push(context)
      const url = path.startsWith('https:') ? path : `https://xquik.com${path}`
      const headers = new Headers(init.headers)
      if (!headers.has('cf-connecting-ip')) headers.set('cf-connecting-ip', '192.0.2.1')
      const request = new Request(url, { redirect: 'manual', ...init, headers })
      const response = await app.fetch(request, testEnv, context)
      responses.push(response)
      return response
    },
    async settled(): Promise<void> {
      // A body that nobody reads stays open, as on a connection.
      for (const { body, bodyUsed } of responses.splice(0)) {
        if (body !== null && !bodyUsed && !body.locked) await body.cancel()
      }
      for (const context of contexts.splice(0)) await waitOnExecutionContext(context)
    },
  }
}
