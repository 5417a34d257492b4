/** A database that pauses the answer of one query. */

/**
 * D1 that runs the first query with `part` in its SQL, and holds its answer back until `release`
 * is called. `reading` resolves when D1 has answered.
 */
export function pausedRead(database: D1Database, part: string) {
  const read = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  let holds = true

  function statement(inner: D1PreparedStatement, sql: string): D1PreparedStatement {
    return new Proxy(inner, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        if (name === 'bind') return (...args: unknown[]) => statement(target.bind(...args), sql)
        return async (...args: unknown[]) => {
          const answer: unknown = await value.apply(target, args)
          if (holds && sql.includes(part)) {
            holds = false
            read.resolve()
            await released.promise
          }
          return answer
        }
      },
    })
  }

  const DB = new Proxy(database, {
    get(target, name) {
      if (name === 'withSession') return () => DB
      if (name === 'prepare') return (sql: string) => statement(target.prepare(sql), sql)
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  }) as D1Database
  return { DB, reading: read.promise, release: released.resolve }
}
