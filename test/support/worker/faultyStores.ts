/** D1 and KV that fail at one question of a request, in each way in which a distant store can. */
import type { Env } from '../../../src/store/env.ts'

/** The ways in which one question fails. The gateway waits for an answer until its deadline. */
export const STORE_FAULTS = [
  /** The store never gets the question. */
  'refused',
  /** The store does what it is asked to, and the answer is lost on the way. */
  'lost',
  /** The store does what it is asked to, and answers after the deadline. */
  'answered late',
  /** The store does what it is asked to after the deadline, before the retry. */
  'done late',
  /** The store does what it is asked to after the retry. */
  'overtaken',
] as const

export type StoreFault = (typeof STORE_FAULTS)[number]

/** The methods that ask a store something. All others prepare a question. */
const QUESTIONS = new Set(['all', 'batch', 'delete', 'first', 'get', 'list', 'put', 'raw', 'run'])

/** The env's D1 and KV, one of whose questions fails: the `nth`, counted from 1, of both stores. */
export function faultyStores(env: Env, fault: StoreFault, nth: number) {
  let asked = 0
  const held = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()

  async function failing(question: () => unknown): Promise<unknown> {
    if (fault === 'refused') throw new Error('D1_ERROR: the question was refused')
    if (fault === 'lost') {
      await question()
      throw new Error('Network connection lost.')
    }
    const early = fault === 'answered late' ? { answer: await question() } : null
    held.resolve()
    await released.promise
    return early === null ? question() : early.answer
  }

  const originals = new WeakMap<object, object>()
  const original = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(original) : (originals.get(value as object) ?? value)

  function faulty<T extends object>(store: T): T {
    const proxy = new Proxy(store, {
      get(target, name) {
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== 'function') return method
        return (...args: unknown[]) => {
          const call = () => method.apply(target, args.map(original)) as object
          if (!QUESTIONS.has(String(name))) return faulty(call())
          asked += 1
          return asked === nth ? failing(call) : call()
        }
      },
    })
    originals.set(proxy, store)
    return proxy
  }

  return {
    bindings: { DB: faulty(env.DB), SESSIONS: faulty(env.SESSIONS) },
    /** How many questions both stores were asked. */
    asked: () => asked,
    /** Whether the failing question has been asked. */
    hasFailed: () => asked >= nth,
    /** Resolves when the failing question is being held. */
    held: held.promise,
    /** Lets the held question go on. */
    release: released.resolve,
  }
}
