/** A database with the latency of a distant region. */

/** D1 that waits `delayMs` milliseconds before every call. */
export function delayedDatabase(database: D1Database, delayMs: number): D1Database {
  const later = <A extends unknown[]>(run: (...args: A) => unknown) => {
    return async (...args: A) => {
      await scheduler.wait(delayMs)
      return run(...args)
    }
  }
  const originals = new WeakMap<object, D1PreparedStatement>()

  function statement(inner: D1PreparedStatement): D1PreparedStatement {
    const slow = new Proxy(inner, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        if (name === 'bind') return (...args: unknown[]) => statement(target.bind(...args))
        return later(value.bind(target))
      },
    })
    originals.set(slow, inner)
    return slow
  }

  function slowed(target: D1Database | D1DatabaseSession): D1Database {
    const whole = {
      withSession: () => slowed(database.withSession('first-primary')),
      prepare: (sql: string) => statement(target.prepare(sql)),
      batch: later((statements: D1PreparedStatement[]) =>
        target.batch(statements.map((one) => originals.get(one) ?? one)),
      ),
    }
    return whole as unknown as D1Database
  }
  return slowed(database)
}
