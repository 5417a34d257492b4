/** Store bindings that record their calls, and store bindings that fail. */
import type { Env } from '../../../src/store/env.ts'

/** The env's D1 and KV; `calls` has every call as "D1 withSession(first-primary)", "KV get", … */
export function recordingStores(env: Env): { bindings: Record<string, unknown>; calls: string[] } {
  const calls: string[] = []
  const counted = <T extends object>(store: string, target: T): T =>
    new Proxy(target, {
      get(object, name) {
        const value: unknown = Reflect.get(object, name)
        if (typeof value !== 'function') return value
        return (...args: unknown[]) => {
          calls.push(
            `${store} ${String(name)}${name === 'withSession' ? `(${String(args[0])})` : ''}`,
          )
          const result: unknown = value.apply(object, args)
          // The gateway calls the D1 session instead of the database.
          return name === 'withSession' ? counted(`${store} session`, result as object) : result
        }
      },
    })
  return { bindings: { DB: counted('D1', env.DB), SESSIONS: counted('KV', env.SESSIONS) }, calls }
}

/** A D1 or KV whose every method fails, or never answers. */
export function broken<T extends object>(how: 'fails' | 'hangs'): T {
  const respond = () => {
    if (how === 'hangs') return new Promise(() => undefined)
    throw new Error('D1_ERROR: table api_keys at 10.0.0.7 is on fire')
  }
  const statement: object = new Proxy(
    {},
    { get: (_, name) => (name === 'bind' ? () => statement : respond) },
  )
  const session = { prepare: () => statement, batch: respond, withSession: () => session }
  return { ...session, get: respond, put: respond, delete: respond } as unknown as T
}
