/** Stores that fail once, at a chosen moment: before they do what is asked, or after it. */

export type Moment = 'before' | 'after'

/** The methods that send statements. `prepare` and `bind` only make them. */
const SENDS = new Set(['all', 'batch', 'first', 'raw', 'run'])

/**
 * D1 whose next statement or batch outside of D1's sessions fails when `failNext` has been called:
 * "before" it is run, or "after", when only the answer is lost.
 */
export function flakyDatabase(database: D1Database) {
  let next: Moment | null = null
  const originals = new WeakMap<object, object>()
  const original = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(original) : (originals.get(value as object) ?? value)

  async function send(ask: () => unknown): Promise<unknown> {
    const moment = next
    next = null
    if (moment === 'before') throw new Error('D1_ERROR: network connection lost')
    const results = await ask()
    if (moment === 'after') throw new Error('D1_ERROR: network connection lost')
    return results
  }

  function flaky<T extends object>(of: T): T {
    const proxy = new Proxy(of, {
      get(target, name) {
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== 'function') return method
        return (...args: unknown[]) => {
          const call = () => method.apply(target, args.map(original)) as object
          if (SENDS.has(String(name))) return send(call)
          return name === 'withSession' ? call() : flaky(call())
        }
      },
    })
    originals.set(proxy, of)
    return proxy
  }

  return {
    database: flaky(database),
    failNext: (moment: Moment) => {
      next = moment
    },
  }
}

/** KV whose writes fail while `isDown` is true. */
export function flakyKv(kv: KVNamespace) {
  const state = { isDown: false }
  const proxy = new Proxy(kv, {
    get(target, name) {
      if (name === 'put' && state.isDown) return () => Promise.reject(new Error('KV is away'))
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return { kv: proxy, state }
}
