/** Stores that fail once, at a chosen moment: before they do what is asked, or after it. */

export type Moment = 'before' | 'after'

/**
 * D1 whose next batch fails when `failNext` has been called: "before" it is run, or "after", when
 * only the answer is lost.
 */
export function flakyDatabase(database: D1Database) {
  let next: Moment | null = null
  const proxy = new Proxy(database, {
    get(target, name) {
      if (name === 'batch') {
        return async (statements: D1PreparedStatement[]) => {
          const moment = next
          next = null
          if (moment === 'before') throw new Error('D1_ERROR: network connection lost')
          const results = await target.batch(statements)
          if (moment === 'after') throw new Error('D1_ERROR: network connection lost')
          return results
        }
      }
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return {
    database: proxy,
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
