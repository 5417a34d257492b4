/** Connects Hono and the pipeline: Hono routes a request to one handler, which is a pipeline. */
import type { Context, Hono } from 'hono'
import { rawPathOf } from '../http/path.ts'
import { when } from '../lib/when.ts'
import type { Env } from '../store/env.ts'
import { answerFrom, toResponse } from './answer.ts'
import { Call, type Handler } from './call.ts'

/** The types of the gateway's Hono app. */
export interface GatewayApp {
  Bindings: Env
}

/** The types of a Hono app of endpoints, which gets the call in the place of bindings. */
export interface App {
  Bindings: { call: Call }
}

export type AppContext = Context<App>

/** Returns the path that Hono routes by: the path of the URL as it is, not decoded. */
export const getPath = ({ url }: Request): string => rawPathOf(url)

/** Returns a pipeline as a Hono handler. */
export function handle(handler: Handler) {
  return (c: Context<GatewayApp>) => {
    const call = new Call(c.req.raw, c.env, {
      waitUntil: (work) => c.executionCtx.waitUntil(work),
    })
    return when(handler(call), (answer) => toResponse(answer, call.responseHeaders))
  }
}

/** Returns a Hono app of endpoints as the end of a pipeline. */
export function endpointsOf(app: Hono<App>): Handler {
  return async (call) => answerFrom(await app.fetch(call.request, { call }))
}
