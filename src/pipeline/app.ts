/** How the pipeline meets Hono: Hono routes a request to one handler, and the handler is a pipeline. */
import type { Context, Hono } from 'hono'
import { when } from '../lib/when.ts'
import type { Env } from '../store/env.ts'
import { answerFrom, toResponse } from './answer.ts'
import { Call, type Handler } from './call.ts'

/** The gateway as Hono sees it. */
export interface GatewayApp {
  Bindings: Env
}

/** A Hono app of what the gateway answers itself: it is given the call in place of bindings. */
export interface App {
  Bindings: { call: Call }
}

export type AppContext = Context<App>

/** The path that Hono routes by: as it is in the URL, not decoded. */
export function getPath({ url }: Request): string {
  const start = url.indexOf('/', url.indexOf('://') + 3)
  const end = url.slice(start).search(/[?#]/)
  return start < 0 ? '' : end < 0 ? url.slice(start) : url.slice(start, start + end)
}

/** A pipeline as the one handler of what Hono has routed. */
export function handle(handler: Handler) {
  return (c: Context<GatewayApp>) => {
    const call = new Call(c.req.raw, c.env, {
      waitUntil: (work) => c.executionCtx.waitUntil(work),
    })
    return when(handler(call), (answer) => toResponse(answer, call.said))
  }
}

/** An app of endpoints as the end of a pipeline. */
export function endpointsOf(app: Hono<App>): Handler {
  return async (call) => answerFrom(await app.fetch(call.request, { call }))
}
