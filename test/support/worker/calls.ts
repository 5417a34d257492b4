/**
 * Calls for tests of one stage: made as the pipeline makes them, with a recorded handler after the
 * stage.
 */
import type { Config, Route } from '../../../src/config/config.ts'
import type { Caller } from '../../../src/credentials/caller.ts'
import { readTarget, type Target } from '../../../src/http/path.ts'
import { Problem } from '../../../src/http/problem.ts'
import type { Eventually } from '../../../src/lib/when.ts'
import { type Answer, json } from '../../../src/pipeline/answer.ts'
import { Call, type Handler } from '../../../src/pipeline/call.ts'
import type { Env } from '../../../src/store/env.ts'
import { env, ownAddresses } from './gateway.ts'

export interface CallSetup {
  env?: Env
  route?: Route
  caller?: Caller
  payment?: string
  /** In place of what `canonical` would read from the URL. */
  target?: Target
}

const putOff = new WeakMap<Call, Promise<unknown>[]>()

/**
 * A call of a path of https://gateway.test, or of a whole URL, as earlier stages would have left
 * it.
 */
export function callOf(path: string, init: RequestInit = {}, setup: CallSetup = {}): Call {
  const url = path.startsWith('/') ? `https://gateway.test${path}` : path
  const works: Promise<unknown>[] = []
  const call = new Call(new Request(url, init), setup.env ?? envWith({}), {
    waitUntil: (work) => void works.push(work),
  })
  putOff.set(call, works)
  call.target = setup.target ?? readTarget(call.url) ?? call.target
  call.route = setup.route
  call.caller = setup.caller
  call.payment = setup.payment
  return call
}

/** How many works a call has put off with `waitUntil`. */
export const putOffBy = (call: Call): number => putOff.get(call)?.length ?? 0

/** Resolves when the work that a call has put off is done. */
export async function settled(call: Call): Promise<void> {
  for (const work of putOff.get(call) ?? []) await work
}

/**
 * The test's bindings with some of them replaced, and objects of addresses that nothing has been
 * counted at: all tests come from one address.
 */
export const envWith = (bindings: object): Env => ({
  ...env,
  ADDRESSES: ownAddresses() as never,
  ...bindings,
})

/** The config's route with this id, or its only one. */
export function routeOf({ routes }: Config, id?: string): Route {
  const route = id === undefined ? routes[0] : routes.find((one) => one.id === id)
  if (route === undefined) throw new Error(`no route ${id}`)
  return route
}

/** The rest of the pipeline: `seen` has every call that it was given. */
export function recordingNext(answer: (call: Call) => Eventually<Answer> = () => json({})) {
  const seen: Call[] = []
  const next: Handler = (call) => {
    seen.push(call)
    return answer(call)
  }
  return { next, seen }
}

/** The rest of a pipeline that fails, at once or later. */
export function failingNext(error: unknown, when: 'at once' | 'later' = 'at once') {
  return recordingNext(() => {
    if (when === 'later') return Promise.reject(error)
    throw error
  })
}

/** The error that some work throws, at once or later. Throws if it does not. */
export async function thrownBy(work: () => unknown): Promise<unknown> {
  try {
    await work()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

/** The Problem that some work throws, at once or later. */
export async function problemBy(work: () => unknown): Promise<Problem> {
  const error = await thrownBy(work)
  if (error instanceof Problem) return error
  throw new Error('what was thrown is no Problem', { cause: error })
}

/** An answer's body as text. */
export const textOf = ({ body }: Answer): Promise<string> => new Response(body).text()

/** An answer's body as JSON. */
export async function jsonOf(answer: Answer): Promise<Record<string, unknown>> {
  return JSON.parse(await textOf(answer))
}
