/**
 * Lets requests that ask a store the same question at the same time share one read.
 * See docs/decisions/0038.
 */
import { createBoundedMap } from '../../lib/boundedMap.ts'
import type { WaitUntil } from '../env.ts'

/**
 * How long a request waits for the read of another request by default, in milliseconds. That
 * request may have been ended by the platform, and its read with it.
 */
const PATIENCE_MS = 1_000

/** The most bytes of the reads that one memory knows. Reads of dead requests stay. */
const MAX_BYTES = 524_288
/** The bytes of a read, as estimated. */
const READ_BYTES = 192

const LATE = Symbol('late')

/** Resolves to the answer about `key`: of a read that is under way, else of `read`. */
export type SharedRead<V> = (
  key: string,
  read: () => Promise<V>,
  waitUntil: WaitUntil,
) => Promise<V>

/**
 * Creates the memory of the reads that are under way. The read of the first request goes on in its
 * `waitUntil`, so that it ends although its caller has gone. The other requests wait for it with a
 * deadline of `patienceMs`; after that, one of them reads again for all, and then each for itself.
 * A failure is shared too, because the store would be asked the same question. The oldest reads
 * make room for new ones: they go on, and nobody else shares them.
 */
export function createSharedReads<V>(patienceMs = PATIENCE_MS): SharedRead<V> {
  const underWay = createBoundedMap<Promise<V>>(MAX_BYTES, READ_BYTES)

  function start(key: string, read: () => Promise<V>, waitUntil: WaitUntil): Promise<V> {
    const own = read()
    underWay.set(key, own)
    const end = () => forget(key, own)
    waitUntil(own.then(end, end))
    return own
  }

  function forget(key: string, read: Promise<V>): void {
    if (underWay.get(key) === read) underWay.delete(key)
  }

  return async function shared(key, read, waitUntil) {
    for (let waits = 0; waits < 2; waits++) {
      const other = underWay.get(key)
      if (other === undefined) return start(key, read, waitUntil)
      const answer = await within(patienceMs, other)
      if (answer !== LATE) return answer
      forget(key, other)
    }
    return read()
  }
}

async function within<V>(ms: number, work: Promise<V>): Promise<V | typeof LATE> {
  let timer: number | null = null
  const late = new Promise<typeof LATE>((resolve) => {
    timer = setTimeout(() => resolve(LATE), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
