/**
 * Objects of accounts that answer from memory, so that a call costs what the gateway costs. They
 * count strict limits, in windows that do not end during a run.
 */
import type { AddressCounts } from '../../src/contract/addresses.ts'
import type {
  AccountHeart,
  HeartVerdict,
  SharedLimit,
  SharedWindow,
} from '../../src/contract/heartbeat.ts'

/** The binding ACCOUNTS. */
export function createMemoryAccounts(): DurableObjectNamespace {
  const hearts = new Map<string, AccountHeart>()

  function heart(): AccountHeart {
    const used = new Map<string, number>()
    const windows = (): SharedWindow[] =>
      [...used].map(([name, count]) => ({ name, window: 1, used: count, ageMs: 0 }))
    const verdict = (): HeartVerdict => ({ windows: windows(), epoch: 0, changes: [] })
    return {
      heartbeat: async () => ({ windows: [], epoch: 0, changes: [] }),
      changed: async () => verdict(),
      flush: async () => ({}),
      async take(limits: readonly SharedLimit[]) {
        const admitted = limits.every(({ name, count }) => (used.get(name) ?? 0) < count)
        if (admitted) for (const { name } of limits) used.set(name, (used.get(name) ?? 0) + 1)
        return { ...verdict(), admitted }
      },
    }
  }

  const getByName = (name: string) => {
    const known = hearts.get(name) ?? heart()
    hearts.set(name, known)
    return known
  }
  return { getByName } as unknown as DurableObjectNamespace
}

/** The binding ADDRESSES, whose objects let everything through. */
export function createMemoryAddresses(): DurableObjectNamespace {
  const counts: AddressCounts = {
    report: async () => [],
    take: async () => ({ admitted: true, windows: [] }),
    giveBack: async () => undefined,
  }
  return { getByName: () => counts } as unknown as DurableObjectNamespace
}
