/** What a request carries from stage to stage, and what a stage is. No stage reads a native `Headers`. */
import type { Route } from '../config/config.ts'
import type { Caller } from '../credentials/caller.ts'
import { addressKey } from '../http/address.ts'
import type { Target } from '../http/path.ts'
import type { Problem } from '../http/problem.ts'
import { lazy } from '../lib/lazy.ts'
import { type Eventually, when } from '../lib/when.ts'
import type { Env } from '../store/env.ts'
import type { Answer } from './answer.ts'

/** Answers a call. Throws a Problem, or anything else for `internal_error`. */
export type Handler = (call: Call) => Eventually<Answer>

/**
 * A stage is a function of what comes after it. It is put together once for each route, calls `next` at most
 * once for a call, and lets what `next` throws pass unless the stage has something to undo.
 */
export type Stage = (next: Handler) => Handler

/** Before `canonical` has read the URL. */
const UNREAD: Target = { path: '', query: '' }

/** One request on its way through the gateway. */
export class Call {
  readonly id = `req_${crypto.randomUUID()}`
  /** When the request came in, epoch milliseconds. */
  readonly startedAt = Date.now()
  readonly request: Request
  readonly env: Env
  readonly method: string
  readonly url: string
  /** The request's headers by lower-case name; the values of a repeated one are joined with ", ". */
  readonly headers = new Map<string, string>()
  /** How many characters the headers' names and values have. */
  readonly headerLength: number
  /** Response headers that every answer of this call carries, whatever the answer will be. */
  readonly said: Record<string, string> = {}
  /** The one reading of the URL; set by `canonical`. */
  target: Target = UNREAD
  /** The route that answers; not set for what the gateway answers itself. */
  route: Route | undefined
  /** Set by `authenticate`; for a payment, by `charge` or `meter`. */
  caller: Caller | undefined
  /** A payment credential, not yet looked at, on a route that takes one. */
  payment: string | undefined
  /** Whether the caller's credential is still valid: polled while a stream is open. */
  stillValid: (() => Promise<boolean>) | undefined
  /** The request's whole body, once a stage has read it. */
  bytes: Uint8Array<ArrayBuffer> | undefined
  /** The origin's own status, for the log. */
  originStatus: number | undefined
  /** Why the call failed, for the log. */
  problem: Problem | undefined
  readonly #context: { waitUntil(work: Promise<unknown>): void }
  #address: string | undefined

  constructor(request: Request, env: Env, context: { waitUntil(work: Promise<unknown>): void }) {
    this.request = request
    this.env = env
    this.#context = context
    this.method = request.method
    this.url = request.url
    let length = 0
    request.headers.forEach((value, name) => {
      length += name.length + value.length
      this.headers.set(name, value)
    })
    this.headerLength = length
  }

  /** The value of a request header by its lower-case name, or null. */
  header(name: string): string | null {
    return this.headers.get(name) ?? null
  }

  /** What counts as one client, by its address (http/address.ts). */
  get address(): string {
    this.#address ??= addressKey(this.header('cf-connecting-ip'))
    return this.#address
  }

  /** The gateway's own origin as the caller named it, like "https://xquik.com". */
  get ownOrigin(): string {
    return new URL(this.url).origin
  }

  /** Lets work go on after the answer, for 30 s at most. */
  readonly waitUntil = (work: Promise<unknown>): void => this.#context.waitUntil(work)

  /** The segment that the route names ":name", as the caller sent it. "" if there is none. */
  param(name: string): string {
    const at = this.route?.segments.indexOf(`:${name}`) ?? -1
    return at < 0 ? '' : (this.target.path.split('/')[at + 1] ?? '')
  }
}

/** The caller that `authenticate` found. Throws if the stage did not run: a route without it must not answer. */
export function callerOf({ caller }: Call): Caller {
  if (caller === undefined) throw new Error('no caller: authenticate did not run')
  return caller
}

/** A handler that is loaded with the first call that it answers. */
export function lazyHandler(load: () => Promise<Handler>): Handler {
  const loaded = lazy(load)
  return (call) => when(loaded(), (handler) => handler(call))
}

/** Stages around a handler, the first one outermost. False stands for a stage that has nothing to do here. */
export function pipeline(stages: readonly (Stage | false)[], end: Handler): Handler {
  return stages.reduceRight<Handler>((next, stage) => (stage ? stage(next) : next), end)
}
