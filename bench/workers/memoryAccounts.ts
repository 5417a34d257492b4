/**
 * Objects of accounts that answer from memory, so that a call costs what the gateway costs. They
 * count the windows that isolates report, and strict limits, in windows that do not end during a
 * run.
 */
import type { AddressCounts } from '../../src/contract/addresses.ts'
import type { AccountHeart, HeartVerdict, SharedLimit } from '../../src/contract/heartbeat.ts'

/** The binding ACCOUNTS. */
export function createMemoryAccounts(): DurableObjectNamespace {
  const hearts = new Map<string, AccountHeart>()

  function heart(): AccountHeart {
    const open = new Map<
      string,
      { window: number; startedAt: number; endsAt: number; used: number }
    >()
    let opened = 0

    /** Adds requests of a limit to its open window, or to one that began `ageMs` ago. */
    function add({ name, windowMs }: SharedLimit, requests: number, ageMs: number): void {
      const now = Date.now()
      const known = open.get(name)
      if (known !== undefined && now < known.endsAt) {
        known.used += requests
        return
      }
      const startedAt = now - ageMs
      opened += 1
      open.set(name, { window: opened, startedAt, endsAt: startedAt + windowMs, used: requests })
    }

    function verdict(): HeartVerdict {
      const now = Date.now()
      const windows = [...open]
        .filter(([, { endsAt }]) => now < endsAt)
        .map(([name, { window, used, startedAt }]) => {
          return { name, window, used, ageMs: now - startedAt }
        })
      return { windows, epoch: 0, changes: [] }
    }

    return {
      async heartbeat({ windows }) {
        for (const { limit, requests, ageMs } of windows) add(limit, requests, ageMs)
        return verdict()
      },
      changed: async () => verdict(),
      flush: async () => ({}),
      now: () => 0,
      async take(limits: readonly SharedLimit[]) {
        const admitted = limits.every(({ name, count }) => (open.get(name)?.used ?? 0) < count)
        if (admitted) for (const limit of limits) add(limit, 1, 0)
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
