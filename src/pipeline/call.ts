/**
 * A call, which carries a request from stage to stage, and the form of a stage. Stages read headers
 * from the call's map, because a native `Headers` is slower.
 * See docs/decisions/0020.
 */
import type { Route } from '../config/config.ts'
import type { Caller } from '../credentials/caller.ts'
import { addressKey } from '../http/address.ts'
import type { BodyEnd } from '../http/bodies/pump.ts'
import type { WholeUpload } from '../http/bodies/upload.ts'
import type { Watch } from '../http/bodies/watch.ts'
import { HeaderList } from '../http/headerFields.ts'
import type { Target } from '../http/path.ts'
import type { Problem } from '../http/problem.ts'
import { lazy } from '../lib/lazy.ts'
import { type Eventually, when } from '../lib/when.ts'
import type { Env } from '../store/env.ts'
import type { Answer } from './answer.ts'

/** Answers a call. Fails with a Problem; any other error is answered with `internal_error`. */
export type Handler = (call: Call) => Eventually<Answer>

/**
 * A stage wraps the handler that comes after it. Stages are composed once for each route. For a
 * call, a stage calls `next` at most once. It lets the errors of `next` pass, unless it has
 * something to undo.
 */
export type Stage = (next: Handler) => Handler

/** The target of a call before `canonical` has read its URL. */
const UNREAD: Target = { path: '', query: '' }

/**
 * No call waits longer for its answer, unless it notices that its client disconnects, in
 * milliseconds.
 */
const LONGEST_MS = 120_000

/** One request on its way through the gateway. */
export class Call {
  /** The request's id, for logs, origins and callers. */
  readonly id = `req_${crypto.randomUUID()}`
  /** When the request came in, in epoch milliseconds. */
  readonly startedAt = Date.now()
  readonly request: Request
  readonly env: Env
  readonly method: string
  readonly url: string
  /**
   * The request's headers by lower-case name. The values of a repeated header are joined with ", ".
   */
  readonly headers: HeaderList
  /** Response headers by lower-case name, which the answer will carry whatever the answer is. */
  readonly responseHeaders: Record<string, string> = {}
  /** The one reading of the URL. Set by `canonical`. */
  target: Target = UNREAD
  /** The route that the call is for. Not set for a call of the gateway's own endpoints. */
  route: Route | undefined
  /** Set by `authenticate`. If the call is paid for, set again by `charge` or `meter`. */
  caller: Caller | undefined
  /** A payment credential on a route that takes payments. Nothing of it has been verified. */
  payment: string | undefined
  /** Whether the payment answers a challenge of the gateway, so that it was tried. */
  isPaymentTried = false
  /**
   * Starts a watch of the caller's credential, for an answer that may be open longer than a lease.
   * Set by `authenticate` for a caller with a credential.
   */
  watch: (() => Watch) | undefined
  /**
   * From this time on, a call without an answer has lost its client, in epoch milliseconds. The
   * platform ends the code of such a call without a word.
   */
  lostAt = this.startedAt + LONGEST_MS
  /** Called if the client disconnects before its answer. May be called twice. */
  onLost: (() => void) | undefined
  /** The body of the answer, if it is open after the answer has begun, and the way it ends. */
  open: { body: BodyInit | null; ended: Promise<BodyEnd> } | undefined
  /** The request's whole body and its memory, if a stage has read it. */
  held: WholeUpload | undefined
  /** How long the origin may take, in milliseconds, if that is less than the route's timeout. */
  timeoutMs: number | undefined
  /** The status that the origin answered with, for the log. */
  originStatus: number | undefined
  /** Why the call failed, for the log. */
  problem: Problem | undefined
  /** Why the call was answered with a challenge, for the log. */
  challenged: { problem: string; reason: string } | undefined
  /**
   * Set by an endpoint that has changed nothing for its caller, who may be anybody: the log samples
   * such answers.
   */
  hasChangedNothing = false
  readonly #context: { waitUntil(work: Promise<unknown>): void }
  #address: string | undefined

  constructor(request: Request, env: Env, context: { waitUntil(work: Promise<unknown>): void }) {
    this.request = request
    this.env = env
    this.#context = context
    this.method = request.method
    this.url = request.url
    this.headers = new HeaderList(request.headers)
  }

  /** Returns the value of a request header by its lower-case name, or null. */
  header(name: string): string | null {
    return this.headers.get(name) ?? null
  }

  /** The address that limits count the call by (http/address.ts). */
  get address(): string {
    this.#address ??= addressKey(this.header('cf-connecting-ip'), this.header('cf-worker'))
    return this.#address
  }

  /**
   * The gateway's own origin as the caller named it, like "https://xquik.com"; "" for a URL that
   * `canonical` refuses because its host is none.
   */
  get ownOrigin(): string {
    return URL.parse(this.url)?.origin ?? ''
  }

  /** Lets work go on after the answer. The platform ends it 30 s later at the latest. */
  readonly waitUntil = (work: Promise<unknown>): void => this.#context.waitUntil(work)

  /** Returns the path segment that the route names ":name", as it was sent. "" if there is none. */
  param(name: string): string {
    const index = this.route?.segments.indexOf(`:${name}`) ?? -1
    return index < 0 ? '' : (this.target.path.split('/')[index + 1] ?? '')
  }
}

/**
 * Returns the caller that `authenticate` found. Throws an Error if that stage did not run, because
 * a route without the stage must not answer.
 */
export function callerOf({ caller }: Call): Caller {
  if (caller === undefined) throw new Error('no caller: authenticate did not run')
  return caller
}

/**
 * Returns a handler that is loaded or made with its first call, because a cold isolate is asked for
 * few routes.
 */
export function lazyHandler(load: () => Eventually<Handler>): Handler {
  const loaded = lazy(load)
  return (call) => when(loaded(), (handler) => handler(call))
}

/** Returns the stage that says which route a call is for. */
export function forRoute(route: Route): Stage {
  return (next) => (call) => {
    call.route = route
    return next(call)
  }
}

/**
 * Wraps stages around a handler, the first stage outermost. False stands for a stage that has
 * nothing to do here.
 */
export function pipeline(stages: readonly (Stage | false)[], end: Handler): Handler {
  return stages.reduceRight<Handler>((next, stage) => (stage ? stage(next) : next), end)
}
