/** Store bindings whose faults leave it open whether a call took effect. */

/**
 * What becomes of a call: `lost` runs it and then fails; `late` runs it at once and answers after
 * the gateway has stopped waiting; `runs late` runs it only then.
 */
export type StoreFault = 'lost' | 'late' | 'runs late'

export const STORE_FAULTS: readonly StoreFault[] = ['lost', 'late', 'runs late']

/** Longer than the gateway waits for a store, in milliseconds. */
const LATE_MS = 3_300

/** A fault's state: `hits` counts the calls that it met; `settled` resolves when all have run. */
export interface Faulty {
  hits: number
  settled: () => Promise<unknown>
}

/** Counts down `times` matching calls, and lets the fault happen to each. */
function createFault(fault: StoreFault, isMet: (text: string) => boolean, times: number) {
  const running: Promise<unknown>[] = []
  const state: Faulty = { hits: 0, settled: () => Promise.allSettled(running) }

  async function happen(run: () => Promise<unknown>): Promise<unknown> {
    if (fault === 'runs late') await scheduler.wait(LATE_MS)
    const answer = await run()
    if (fault === 'lost') throw new Error('D1_ERROR: the answer was lost')
    if (fault === 'late') await scheduler.wait(LATE_MS)
    return answer
  }

  return {
    state,
    run(text: string, run: () => Promise<unknown>): Promise<unknown> {
      if (state.hits >= times || !isMet(text)) return run()
      state.hits += 1
      const happening = happen(run)
      running.push(happening)
      return happening
    },
  }
}

/** D1 in which the first `times` calls with `part` in their SQL (of a batch: in any) are faulty. */
export function faultyDatabase(
  database: D1Database,
  fault: StoreFault,
  part: string,
  times = 1,
): Faulty & { DB: D1Database } {
  const { state, run } = createFault(fault, (text) => text.includes(part), times)
  const originals = new WeakMap<object, { inner: D1PreparedStatement; sql: string }>()

  function statement(inner: D1PreparedStatement, sql: string): D1PreparedStatement {
    const faulty = new Proxy(inner, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        if (name === 'bind') return (...args: unknown[]) => statement(target.bind(...args), sql)
        return (...args: unknown[]) => run(sql, async () => value.apply(target, args))
      },
    })
    originals.set(faulty, { inner, sql })
    return faulty
  }

  function faultyClient(target: D1Database | D1DatabaseSession): D1Database {
    const client = {
      withSession: () => faultyClient(database.withSession('first-primary')),
      prepare: (sql: string) => statement(target.prepare(sql), sql),
      batch: (statements: D1PreparedStatement[]) => {
        const known = statements.map((one) => originals.get(one) ?? { inner: one, sql: '' })
        const text = known.map(({ sql }) => sql).join('\n')
        return run(text, () => target.batch(known.map(({ inner }) => inner)))
      },
    }
    return client as unknown as D1Database
  }
  return Object.assign(state, { DB: faultyClient(database) })
}

/** KV in which the first `times` calls of `method` are faulty. */
export function faultyNamespace(
  namespace: KVNamespace,
  fault: StoreFault,
  method: 'get' | 'put' | 'delete',
  times = 1,
): Faulty & { SESSIONS: KVNamespace } {
  const { state, run } = createFault(fault, (text) => text === method, times)
  const SESSIONS = new Proxy(namespace, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => run(String(name), async () => value.apply(target, args))
    },
  })
  return Object.assign(state, { SESSIONS })
}
